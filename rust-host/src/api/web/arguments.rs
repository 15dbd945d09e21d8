//! From a request to a web action's arguments, as OpenWhisk names them.
//!
//! | argument | what |
//! |---|---|
//! | `__ow_method` | the method, in lower case |
//! | `__ow_headers` | the headers, names in lower case |
//! | `__ow_path` | the rest of the path, as it came |
//! | `__ow_user` | the caller's namespace, if there is a key |
//! | `__ow_body` | a body that is no object and no form; in base64 where it is not text. Of a raw action: any body |
//! | `__ow_query` | of a raw action: the query, as it came |
//!
//! Otherwise each parameter of a route's path, over it of the query, and over it each member of the body, is an argument.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use percent_encoding::percent_decode;
use warp::http::{HeaderMap, header};

use crate::{
    api::{error::ApiError, request::Head, run::NOT_ALLOWED},
    invoke::payload::Payload,
    model::{
        Action,
        json::{Members, quote},
    },
};

use super::{Entry, media::Media};

/// The argument with the headers, names in lower case.
pub const HEADERS: &str = "__ow_headers";

/// Arguments that only the host sets.
const RESERVED: [&str; 6] = ["__ow_method", HEADERS, "__ow_path", "__ow_user", "__ow_query", "__ow_body"];

/// A request, read whole.
#[derive(Debug)]
pub struct Incoming<'a> {
    /// Its head.
    pub head: &'a Head,
    /// How it came here.
    pub entry: &'a Entry<'a>,
    /// Its body.
    pub body: Bytes,
    /// The caller's namespace, if there is a key.
    pub caller: Option<&'a str>,
    /// Does the action take body and query as they are?
    pub is_raw: bool,
}

/// What a body is to the action.
enum Content {
    None,
    /// Members, as `"name":value`.
    Members(Vec<(String, String)>),
    /// One value, JSON text.
    Whole(String),
}

/// The arguments, an object's text.
pub fn arguments(incoming: &Incoming<'_>, action: &Action) -> Result<Bytes, ApiError> {
    let mut members = metadata(incoming);
    let content = content(incoming)?;
    if incoming.is_raw {
        members.push(("__ow_query".to_owned(), quote(incoming.entry.query)));
        let body = if let Content::Whole(body) = content { body } else { "\"\"".to_owned() };
        members.push(("__ow_body".to_owned(), body));
        return Ok(object(&members));
    }
    let of_route = incoming.entry.parameters.iter().cloned();
    let mut given: Vec<(String, String)> = of_route
        .chain(pairs(incoming.entry.query.as_bytes()))
        .map(|(name, value)| (name, quote(&value)))
        .collect();
    match content {
        Content::None => {}
        Content::Members(of_body) => given.extend(of_body),
        Content::Whole(body) => members.push(("__ow_body".to_owned(), body)),
    }
    if given.iter().any(|(name, _)| RESERVED.contains(&name.as_str())) {
        return Err(ApiError::bad(NOT_ALLOWED));
    }
    // The last of equal names counts, so those of the body stand over those of the query.
    let mut seen = std::collections::HashSet::new();
    let mut kept: Vec<_> = given.into_iter().rev().filter(|(name, _)| seen.insert(name.clone())).collect();
    kept.reverse();
    crate::api::run::check_final(action, &Payload::Object(object(&kept)))?;
    members.extend(kept);
    Ok(object(&members))
}

fn metadata(incoming: &Incoming<'_>) -> Vec<(String, String)> {
    let head = incoming.head;
    let mut members = vec![
        ("__ow_method".to_owned(), quote(&head.method.as_str().to_ascii_lowercase())),
        (HEADERS.to_owned(), headers(&head.headers)),
        ("__ow_path".to_owned(), quote(&incoming.entry.path)),
    ];
    if let Some(namespace) = incoming.caller {
        members.push(("__ow_user".to_owned(), quote(namespace)));
    }
    members
}

/// The path after `/api/v1/web/NS/PKG/ACTION`.
pub(super) fn rest_of_path(path: &str) -> String {
    path.splitn(8, '/').nth(7).map(|rest| format!("/{rest}")).unwrap_or_default()
}

/// The headers as an object's text; several of one name are one, with commas.
pub fn headers(headers: &HeaderMap) -> String {
    let members: Vec<(String, String)> = headers
        .keys()
        .map(|name| {
            let values: Vec<Cow<'_, str>> =
                headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            (name.as_str().to_owned(), quote(&values.join(", ")))
        })
        .collect();
    String::from_utf8_lossy(&object(&members)).into_owned()
}

fn content(incoming: &Incoming<'_>) -> Result<Content, ApiError> {
    let body = &incoming.body;
    if body.is_empty() {
        return Ok(Content::None);
    }
    let kind = incoming.head.headers.get(header::CONTENT_TYPE);
    let media = kind.and_then(|value| Media::parse(value.to_str().ok()?));
    let is_json = media.as_ref().is_some_and(Media::is_json);
    if is_json && !incoming.is_raw {
        return json_content(body);
    }
    if !incoming.is_raw
        && media.as_ref().is_some_and(|media| media.essence == "application/x-www-form-urlencoded")
    {
        let fields = pairs(body).map(|(name, value)| (name, quote(&value))).collect();
        return Ok(Content::Members(fields));
    }
    // OpenWhisk hands JSON to raw actions in base64, too.
    let is_text = media.as_ref().is_some_and(|media| media.is_text() && media.essence != "application/json");
    Ok(Content::Whole(if is_text {
        quote(&String::from_utf8_lossy(body))
    } else {
        format!("\"{}\"", STANDARD.encode(body))
    }))
}

fn json_content(body: &Bytes) -> Result<Content, ApiError> {
    crate::model::json::check_depth(body).map_err(ApiError::malformed)?;
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        let members = Members::parse(body).map_err(ApiError::malformed)?;
        let own = members.0.iter().map(|(name, value)| (name.to_string(), value.get().to_owned()));
        return Ok(Content::Members(own.collect()));
    }
    let value: Box<serde_json::value::RawValue> =
        serde_json::from_slice(body).map_err(ApiError::malformed)?;
    Ok(Content::Whole(value.get().to_owned()))
}

/// The pairs of a query or form, decoded; a name without a value has an empty one.
fn pairs(text: &[u8]) -> impl Iterator<Item = (String, String)> {
    let decode = |part: &[u8]| {
        let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_decode(&spaced).decode_utf8_lossy().into_owned()
    };
    text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(move |pair| {
        match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (decode(&pair[..at]), decode(&pair[at + 1..])),
            None => (decode(pair), String::new()),
        }
    })
}

fn object(members: &[(String, String)]) -> Bytes {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("{}:{value}", quote(name))).collect();
    format!("{{{}}}", members.join(",")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_path_stays_as_it_came() {
        for (path, rest) in [
            ("/api/v1/web/ns/p/a.json", ""),
            ("/api/v1/web/ns/p/a.json/", "/"),
            ("/api/v1/web/ns/p/a/x%20y//z/", "/x%20y//z/"),
        ] {
            assert_eq!(rest_of_path(path), rest, "{path}");
        }
    }

    #[test]
    fn pairs_are_decoded() {
        let all: Vec<_> = pairs(b"a=1&b=x%26+y&c&=e&&d==%C3%A4").collect();
        let expect = [("a", "1"), ("b", "x& y"), ("c", ""), ("", "e"), ("d", "=\u{e4}")];
        assert_eq!(all, expect.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
