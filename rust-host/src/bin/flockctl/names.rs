//! Names of actions as people type them, and the paths they become.
//!
//! `hello`, `pkg/hello`, `/ns/hello` and `/ns/pkg/hello` are names. A name without a namespace
//! gets the one from the settings. Every part is percent-encoded, so a name never changes the
//! path it is put into. Which characters a name may hold is the host's to say.

use crate::failure::Failure;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntityName {
    pub(crate) namespace: String,
    pub(crate) package: Option<String>,
    pub(crate) name: String,
}

impl EntityName {
    pub(crate) fn parse(text: &str, default_namespace: &str) -> Result<EntityName, Failure> {
        let bad = || {
            Failure::usage(format!("'{text}' is not the name of an action"))
                .advise("write NAME, PACKAGE/NAME, /NAMESPACE/NAME or /NAMESPACE/PACKAGE/NAME")
        };
        let (namespace, rest) = match text.strip_prefix('/') {
            Some(qualified) => qualified.split_once('/').ok_or_else(bad)?,
            None => (default_namespace, text),
        };
        let (package, name) = match rest.split_once('/') {
            Some((package, name)) => (Some(package), name),
            None => (None, rest),
        };
        let usable = |part: &str| !part.trim().is_empty() && !part.contains(['/', '\0', '\n']);
        if [Some(namespace), package, Some(name)].into_iter().flatten().all(usable) {
            return Ok(EntityName {
                namespace: namespace.to_owned(),
                package: package.map(str::to_owned),
                name: name.to_owned(),
            });
        }
        Err(bad())
    }

    /// `/api/v1/namespaces/NS/actions/[PACKAGE/]NAME`
    pub(crate) fn action_path(&self) -> String {
        let collection = collection_path(&self.namespace, "actions");
        match &self.package {
            Some(package) => format!("{collection}/{}/{}", encode(package), encode(&self.name)),
            None => format!("{collection}/{}", encode(&self.name)),
        }
    }

    /// The name without its namespace, as in the `name` filter of activations.
    pub(crate) fn short(&self) -> String {
        match &self.package {
            Some(package) => format!("{package}/{}", self.name),
            None => self.name.clone(),
        }
    }

    /// `/NS/[PACKAGE/]NAME`, the form of a sequence's components.
    pub(crate) fn qualified(&self) -> String {
        format!("/{}/{}", self.namespace, self.short())
    }
}

/// `/api/v1/namespaces/NS/COLLECTION`
pub(crate) fn collection_path(namespace: &str, collection: &str) -> String {
    format!("/api/v1/namespaces/{}/{collection}", encode(namespace))
}

/// Percent-encodes all but the unreserved characters of RFC 3986. A part of dots alone would be
/// read as "this folder" on the way, so its dots are encoded too.
pub(crate) fn encode(part: &str) -> String {
    let only_dots = part.bytes().all(|b| b == b'.');
    let mut encoded = String::with_capacity(part.len());
    for byte in part.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-_~".contains(&byte);
        if plain || (byte == b'.' && !only_dots) {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}

/// `?a=1&b=2` from the pairs that have a value.
pub(crate) fn query(pairs: &[(&str, Option<String>)]) -> String {
    let mut text = String::new();
    for (key, value) in pairs {
        if let Some(value) = value {
            text.push(if text.is_empty() { '?' } else { '&' });
            text += &format!("{key}={}", encode(value));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_forms_and_their_paths() {
        let table = [
            ("hello", "/api/v1/namespaces/_/actions/hello", "/_/hello"),
            ("p/hello", "/api/v1/namespaces/_/actions/p/hello", "/_/p/hello"),
            ("/ns/hello", "/api/v1/namespaces/ns/actions/hello", "/ns/hello"),
            ("/ns/p/a b", "/api/v1/namespaces/ns/actions/p/a%20b", "/ns/p/a b"),
            ("a?b#c%", "/api/v1/namespaces/_/actions/a%3Fb%23c%25", "/_/a?b#c%"),
            ("..", "/api/v1/namespaces/_/actions/%2E%2E", "/_/.."),
        ];
        for (text, path, qualified) in table {
            let name = EntityName::parse(text, "_").ok();
            let both = name.map(|n| (n.action_path(), n.qualified()));
            assert_eq!(both, Some((path.into(), qualified.into())), "for {text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in ["", "/", "/a", "a/", "a/b/c", "/a/b/c/d", "//a", " ", "a\nb"] {
            assert!(EntityName::parse(bad, "_").is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_query_holds_what_has_a_value() {
        let text = query(&[("a", Some("1".into())), ("b", None), ("c", Some("x y&".into()))]);
        assert_eq!(text, "?a=1&c=x%20y%26");
        assert_eq!(query(&[("a", None)]), "");
    }
}
