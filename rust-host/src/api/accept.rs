//! `Accept`: a client of the API or of a web action gets no answer of a type that it does not take, but a 406 that names it.
//!
//! OpenWhisk does so for every answer that has a body, errors too.

use warp::http::{HeaderMap, header};

use super::{
    error::ApiError,
    respond::{ACTIVATION_ID, Reply},
};

/// The answer, or the error in its place.
pub fn checked(accept: &[String], reply: Reply, transaction_id: &str) -> Reply {
    let kind = reply.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = match kind {
        Some(kind) if !reply.body().is_empty() && !is_accepted(accept, kind) => kind,
        _ => return reply,
    };
    let mut refused = ApiError::not_acceptable(kind).reply(transaction_id);
    // The action has run all the same.
    if let Some(id) = reply.headers().get(ACTIVATION_ID) {
        refused.headers_mut().insert(ACTIVATION_ID, id.clone());
    }
    refused
}

/// The values of the header, if there is one.
pub fn of(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.map(str::to_owned).collect()
}

/// Is there a range for this type whose weight is not zero? Of several ranges the narrowest counts. Without a range that
/// can be read anything is accepted.
fn is_accepted(accept: &[String], kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let main = essence.split('/').next().unwrap_or_default();
    let mut is_any = true;
    let mut narrowest: Option<(u8, bool)> = None;
    for range in accept.iter().flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let Some((of_main, of_sub)) = name.split_once('/') else { continue };
        is_any = false;
        let width = match (of_main, of_sub) {
            ("*", "*") => 0,
            (of_main, "*") if of_main == main => 1,
            _ if name == essence => 2,
            _ => continue,
        };
        let is_wanted = parts.filter_map(|part| part.split_once('=')).all(|(key, value)| {
            !key.trim().eq_ignore_ascii_case("q")
                || value.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0)
        });
        if narrowest.is_none_or(|(known, _)| width >= known) {
            narrowest = Some((width, is_wanted));
        }
    }
    is_any || narrowest.is_some_and(|(_, is_wanted)| is_wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_weighed() {
        for (accept, kind, expect) in [
            ("", "text/html", true),
            ("nonsense", "text/html", true),
            ("*/*", "application/json", true),
            ("text/*", "text/html; charset=UTF-8", true),
            ("Text/HTML", "text/html; charset=UTF-8", true),
            ("text/html, application/xml;q=0.9, */*;q=0.8", "application/json", true),
            ("application/json", "text/html; charset=UTF-8", false),
            ("text/xml, image/*", "text/html", false),
            ("*/*, application/json;q=0", "application/json", false),
            ("application/json;q=0.1, */*;q=0", "application/json", true),
            ("*/*;q=0", "application/json", false),
        ] {
            assert_eq!(is_accepted(&[accept.to_owned()], kind), expect, "{accept} {kind}");
        }
        assert!(is_accepted(&[], "text/html"));
        assert!(is_accepted(&["text/xml".to_owned(), "text/html".to_owned()], "text/html"));
    }
}
