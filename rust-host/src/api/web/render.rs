//! From a web action's result to an answer, by the extension of the path.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{Value, value::RawValue};
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    api::{
        error::ApiError,
        respond::{Reply, empty},
    },
    model::{
        action::is_base64,
        json::{Members, quote},
    },
};

use super::media::Media;

/// How a result is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extension {
    /// Status, headers and body are the action's. The default.
    Http,
    /// The result itself.
    Json,
    /// Its `body` or `html`.
    Html,
    /// Its `body` or `svg`.
    Svg,
    /// Its `body` or `text`.
    Text,
}

/// Most headers that an action may set.
const HEADERS_MAX: usize = 256;

/// Headers that say how the answer travels; they are the host's.
const OF_CONNECTION: [&str; 8] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Extension {
    /// A name without its extension, and that. An extension that is none belongs to the name.
    pub fn split(name: &str) -> (&str, Self) {
        for (ending, extension) in [
            (".http", Self::Http),
            (".json", Self::Json),
            (".html", Self::Html),
            (".svg", Self::Svg),
            (".text", Self::Text),
        ] {
            if let Some(base) = name.strip_suffix(ending) {
                return (base, extension);
            }
        }
        (name, Self::Http)
    }
}

/// The answer for a result, JSON text; none: an error without a value.
pub fn render(extension: Extension, result: Option<&str>) -> Result<Reply, ApiError> {
    let result = result.ok_or_else(property_missing)?;
    match extension {
        Extension::Http => http(result),
        Extension::Json => match result.trim_start().bytes().next() {
            Some(b'{' | b'[') => Ok(with_body(StatusCode::OK, "application/json", result.to_owned())),
            _ => Err(not_valid("application/json")),
        },
        Extension::Html => match property(result, "html") {
            Some(Value::String(text)) => Ok(with_body(StatusCode::OK, "text/html; charset=UTF-8", text)),
            _ => Err(not_valid("text/html")),
        },
        Extension::Svg => match property(result, "svg") {
            Some(Value::String(text)) => Ok(with_body(StatusCode::OK, "image/svg+xml", text)),
            _ => Err(not_valid("image/svg+xml")),
        },
        Extension::Text => {
            let text = match property(result, "text").ok_or_else(property_missing)? {
                Value::String(text) => text,
                value @ (Value::Object(_) | Value::Array(_)) => {
                    let mut text = String::new();
                    pretty(&value, 0, &mut text);
                    text
                }
                value => value.to_string(),
            };
            Ok(with_body(StatusCode::OK, "text/plain; charset=UTF-8", text))
        }
    }
}

/// A value as OpenWhisk prints it for people: each member of an object on a line of its own, a list on one.
fn pretty(value: &Value, indent: usize, into: &mut String) {
    match value {
        Value::Object(members) => {
            into.push_str("{\n");
            for (index, (name, member)) in members.iter().enumerate() {
                let comma = if index == 0 { "" } else { ",\n" };
                into.push_str(&format!("{comma}{:1$}{2}: ", "", indent + 2, quote(name)));
                pretty(member, indent + 2, into);
            }
            into.push_str(&format!("\n{:1$}}}", "", indent));
        }
        Value::Array(list) => {
            into.push('[');
            for (index, inner) in list.iter().enumerate() {
                into.push_str(if index == 0 { "" } else { ", " });
                pretty(inner, indent, into);
            }
            into.push(']');
        }
        other => into.push_str(&other.to_string()),
    }
}

/// What an object has under `body` or this name; of anything else, all of it.
fn property(result: &str, name: &str) -> Option<Value> {
    match serde_json::from_str(result).ok()? {
        Value::Object(mut members) => members.remove("body").or_else(|| members.remove(name)),
        other => Some(other),
    }
}

fn property_missing() -> ApiError {
    ApiError::not_found_because("Response does not include requested property.")
}

fn not_valid(media: &str) -> ApiError {
    ApiError::bad(format!("Response is not valid '{media}'."))
}

fn with_body(status: StatusCode, kind: &str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Reply::new(body.into());
    *reply.status_mut() = status;
    if let Ok(kind) = HeaderValue::from_str(kind) {
        reply.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    reply
}

fn http(result: &str) -> Result<Reply, ApiError> {
    let invalid = || not_valid("message/http");
    let members = Members::parse(result.as_bytes()).map_err(|_| invalid())?;
    let mut headers = match members.get("headers") {
        None => HeaderMap::new(),
        Some(text) => headers(text).ok_or_else(invalid)?,
    };
    let status = match members.get("statusCode") {
        None => None,
        Some(text) => Some(status(text).ok_or_else(invalid)?),
    };
    let kind = headers.remove(header::CONTENT_TYPE);
    let body = members.get("body").unwrap_or("null");
    let mut reply = match body.bytes().next() {
        Some(b'n') => empty(status.unwrap_or(StatusCode::NO_CONTENT)),
        Some(b'"') => match serde_json::from_str::<String>(body).map_err(|_| invalid())? {
            text if text.is_empty() => empty(status.unwrap_or(StatusCode::NO_CONTENT)),
            text => text_body(status.unwrap_or(StatusCode::OK), kind.as_ref(), text)?,
        },
        _ => json_body(status.unwrap_or(StatusCode::OK), kind.as_ref(), body)?,
    };
    let kind = reply.headers_mut().remove(header::CONTENT_TYPE);
    *reply.headers_mut() = headers;
    if let Some(kind) = kind {
        reply.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    Ok(reply)
}

/// A final status, as a number or as its digits.
fn status(text: &str) -> Option<StatusCode> {
    let number = match serde_json::from_str(text).ok()? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => f64::from(text.parse::<u16>().ok()?),
        _ => return None,
    };
    let whole = (200..600_u16).find(|code| f64::from(*code) == number)?;
    StatusCode::from_u16(whole).ok()
}

fn headers(text: &str) -> Option<HeaderMap> {
    let Value::Object(members) = serde_json::from_str(text).ok()? else { return None };
    let mut headers = HeaderMap::new();
    for (name, value) in members {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut values = Vec::new();
        flatten(&value, &mut values)?;
        if OF_CONNECTION.contains(&name.as_str()) {
            continue;
        }
        for value in values {
            if headers.len() >= HEADERS_MAX {
                return None;
            }
            headers.append(name.clone(), HeaderValue::from_bytes(value.as_bytes()).ok()?);
        }
    }
    Some(headers)
}

/// The texts of a header's value: one, or those of a list.
fn flatten(value: &Value, into: &mut Vec<String>) -> Option<()> {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Bool(flag) => into.push(flag.to_string()),
        Value::Number(number) => into.push(number.to_string()),
        Value::Array(list) => list.iter().try_for_each(|inner| flatten(inner, into))?,
        Value::Null | Value::Object(_) => return None,
    }
    Some(())
}

fn media(kind: Option<&HeaderValue>, default: &str) -> Result<Media, ApiError> {
    let text = match kind {
        None => default,
        Some(value) => value.to_str().unwrap_or_default(),
    };
    Media::parse(text).ok_or_else(|| ApiError::bad("Response did not specify a known content-type."))
}

fn mismatch() -> ApiError {
    ApiError::bad("Response type in header did not match generated content type.")
}

fn text_body(status: StatusCode, kind: Option<&HeaderValue>, text: String) -> Result<Reply, ApiError> {
    let media = media(kind, "text/html")?;
    let is_encoded = !media.is_text() || (media.is_json() && is_base64(&text));
    let body =
        if is_encoded { Bytes::from(STANDARD.decode(&text).map_err(|_| mismatch())?) } else { text.into() };
    Ok(with_body(status, &media.header(), body))
}

fn json_body(status: StatusCode, kind: Option<&HeaderValue>, body: &str) -> Result<Reply, ApiError> {
    // It was read from valid JSON; this takes the spaces around it away.
    let raw: &RawValue = serde_json::from_str(body).map_err(|_| mismatch())?;
    let media = media(kind, "application/json").ok().filter(Media::is_json).ok_or_else(mismatch)?;
    Ok(with_body(status, &media.header(), raw.get().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_from_known_extensions_only() {
        for (name, base, extension) in [
            ("a", "a", Extension::Http),
            ("a.http", "a", Extension::Http),
            ("a.b.json", "a.b", Extension::Json),
            ("a.xml", "a.xml", Extension::Http),
            ("a.json.svg", "a.json", Extension::Svg),
        ] {
            assert_eq!(Extension::split(name), (base, extension));
        }
    }

    #[test]
    fn statuses_are_final_ones() {
        for (text, code) in [("200", 200), ("418", 418), ("\"503\"", 503), ("200.0", 200), ("599", 599)] {
            assert_eq!(status(text).map(|status| status.as_u16()), Some(code), "{text}");
        }
        for bad in
            ["100", "199", "600", "0", "-1", "200.5", "\"x\"", "\"200.0\"", "null", "[]", "true", "1e9"]
        {
            assert_eq!(status(bad), None, "{bad}");
        }
    }
}
