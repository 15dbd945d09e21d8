//! JSON text that is looked into and put together, without reading the values in it.

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::{
    invoke::payload::Payload,
    model::json::{Members, check_depth, quote},
};

/// The member that something that is no object is put into.
pub(super) const VALUE: &str = "value";

/// The field that says why a result is an error.
pub(super) const ERROR: &str = "error";

/// A part of a text, without a copy.
pub(super) fn part(text: &Bytes, part: &str) -> Bytes {
    text.slice_ref(part.as_bytes())
}

/// The text as a payload: an object or an array as it is, anything else in an object under that name.
pub(super) fn boxed(text: Bytes, name: &str) -> Payload {
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => Payload::Object(text),
        Some(b'[') => Payload::Array(text),
        _ => Payload::Object(wrap(&text, name)),
    }
}

/// The text as an object: an object as it is, anything else in one under that name.
pub(super) fn boxed_object(text: Bytes, name: &str) -> Bytes {
    match boxed(text, name) {
        Payload::Object(text) => text,
        Payload::Array(text) => wrap(&text, name),
    }
}

fn wrap(text: &[u8], name: &str) -> Bytes {
    let mut object = format!("{{{}:", quote(name)).into_bytes();
    object.extend_from_slice(text);
    object.push(b'}');
    object.into()
}

/// The text of a payload.
pub(super) fn of(payload: &Payload) -> &Bytes {
    match payload {
        Payload::Object(text) | Payload::Array(text) => text,
    }
}

/// Has the text, an object's, an error?
pub(super) fn has_error(text: &[u8]) -> bool {
    Members::parse(text).is_ok_and(|members| members.has(ERROR))
}

/// The value of a field of a payload.
pub(super) fn field(payload: &Payload, names: &[String]) -> Option<Bytes> {
    let Payload::Object(text) = payload else { return None };
    let mut found = text.clone();
    for name in names {
        let members = Members::parse(&found).ok()?;
        let value = members.get(name)?;
        found = text.slice_ref(value.as_bytes());
    }
    Some(found)
}

/// A value as a choice compares it: of a string its characters, of anything else its text.
pub(super) fn plain(value: &[u8]) -> String {
    serde_json::from_slice::<String>(value).unwrap_or_else(|_| String::from_utf8_lossy(value).into_owned())
}

/// The elements of an array; none: it is no array.
pub(super) fn elements(text: &Bytes) -> Option<Vec<Bytes>> {
    check_depth(text).ok()?;
    let list: Vec<&RawValue> = serde_json::from_slice(text).ok()?;
    Some(list.into_iter().map(|element| part(text, element.get())).collect())
}

/// An array of these.
pub(super) fn list(elements: &[Bytes]) -> Bytes {
    let mut text = vec![b'['];
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        text.extend_from_slice(element);
    }
    text.push(b']');
    text.into()
}

/// An object of these.
pub(super) fn object<'a>(members: impl Iterator<Item = (&'a str, &'a [u8])>) -> Bytes {
    let mut text = vec![b'{'];
    for (name, value) in members {
        if text.len() > 1 {
            text.push(b',');
        }
        text.extend_from_slice(quote(name).as_bytes());
        text.push(b':');
        text.extend_from_slice(value);
    }
    text.push(b'}');
    text.into()
}

/// An object with the members of another over its own.
pub(super) fn overlaid(under: &[u8], over: &[u8]) -> Result<Bytes, String> {
    let (under, over) = (Members::parse(under)?, Members::parse(over)?);
    let kept = under.0.iter().filter(|(name, _)| !over.has(name));
    Ok(object(kept.chain(&over.0).map(|(name, value)| (name.as_ref(), value.get().as_bytes()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[test]
    fn fields_are_found_through_members() {
        let payload = Payload::Object(bytes(r#"{"a":{"b":"x\n","c":[1, {}]},"n":1.50}"#));
        let names = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        let find = |text: &str| field(&payload, &names(text)).map(|value| plain(&value));
        assert_eq!(find("a.b").as_deref(), Some("x\n"));
        assert_eq!(find("n").as_deref(), Some("1.50"));
        assert_eq!((find("a.x"), find("n.x"), find("x")), (None, None, None));
        let list = field(&payload, &names("a.c")).and_then(|text| elements(&text));
        assert_eq!(list, Some(vec![bytes("1"), bytes("{}")]));
        assert_eq!(elements(&bytes("{}")), None);
    }

    #[test]
    fn texts_are_put_together() -> Result<(), String> {
        assert_eq!(list(&[bytes("1"), bytes("[]")]), "[1,[]]");
        assert_eq!(list(&[]), "[]");
        assert_eq!(overlaid(br#"{"a":1,"b":2}"#, br#"{"b":3,"c":4}"#)?, r#"{"a":1,"b":3,"c":4}"#);
        assert_eq!(overlaid(b"{}", b"{}")?, "{}");
        assert_eq!(boxed_object(bytes("[1]"), "value"), r#"{"value":[1]}"#);
        assert_eq!(boxed_object(bytes("{}"), "value"), "{}");
        assert!(has_error(br#"{"error":null}"#) && !has_error(b"[]"));
        Ok(())
    }
}
