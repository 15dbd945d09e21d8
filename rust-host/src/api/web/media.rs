//! Content types: which are text, which are JSON. What is neither travels in base64.

/// A content type's parts, in lower case.
#[derive(Debug, PartialEq, Eq)]
pub struct Media {
    /// `type/subtype`.
    pub essence: String,
    /// Is there a `charset`?
    has_charset: bool,
    /// The parameters as they came, without `charset`.
    parameters: String,
}

/// Types that are text although their names do not begin with `text/`.
const TEXT: [&str; 10] = [
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/xml-dtd",
    "application/xhtml+xml",
    "application/atom+xml",
    "application/rss+xml",
    "application/soap+xml",
    "application/javascript",
    "application/ecmascript",
    "application/x-ndjson",
];

impl Media {
    /// Reads `type/subtype; name=value`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let essence = parts.next()?.to_ascii_lowercase();
        let (main, sub) = essence.split_once('/')?;
        let is_token = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+%'*`|~".contains(&byte))
        };
        if !is_token(main) || !is_token(sub) {
            return None;
        }
        let is_charset = |part: &str| {
            part.split('=').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("charset"))
        };
        let (charset, others): (Vec<&str>, Vec<&str>) =
            parts.filter(|part| !part.is_empty()).partition(|part| is_charset(part));
        let parameters = others.iter().map(|part| format!("; {part}")).collect();
        Some(Self { essence, has_charset: !charset.is_empty(), parameters })
    }

    /// JSON or something in JSON.
    pub fn is_json(&self) -> bool {
        self.essence == "application/json" || self.essence.ends_with("+json")
    }

    /// Text rather than bytes.
    pub fn is_text(&self) -> bool {
        self.essence.starts_with("text/")
            || self.is_json()
            || self.has_charset
            || TEXT.contains(&self.essence.as_str())
    }

    /// The header for a body of this type. Texts are sent in UTF-8, whatever the action has said.
    pub fn header(&self) -> String {
        let charset = if self.is_text() && !self.is_json() { "; charset=UTF-8" } else { "" };
        format!("{}{}{charset}", self.essence, self.parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_and_written() {
        for (text, header, is_text, is_json) in [
            ("text/html", "text/html; charset=UTF-8", true, false),
            ("Text/Plain; Charset=iso-8859-1", "text/plain; charset=UTF-8", true, false),
            ("application/json; charset=utf-8", "application/json", true, true),
            ("application/hal+json", "application/hal+json", true, true),
            ("image/png", "image/png", false, false),
            ("image/svg+xml", "image/svg+xml", false, false),
            ("image/svg+xml; charset=utf-8", "image/svg+xml; charset=UTF-8", true, false),
            ("multipart/form-data; boundary=x", "multipart/form-data; boundary=x", false, false),
            ("application/xml", "application/xml; charset=UTF-8", true, false),
        ] {
            let media = Media::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (media.header().as_str(), media.is_text(), media.is_json()),
                (header, is_text, is_json),
                "{text}"
            );
        }
        for bad in ["", "text", "text/", "/html", "te xt/html", "text/html/x", "t\u{e4}xt/html"] {
            assert_eq!(Media::parse(bad), None, "{bad:?}");
        }
    }
}
