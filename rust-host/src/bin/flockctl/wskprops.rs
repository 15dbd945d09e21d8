//! The properties file that OpenWhisk's clients share: `KEY=VALUE` lines.
//!
//! Lines that are empty or begin with `#` say nothing. A line without `=` is an error that names
//! the line, since a misspelt key would otherwise send a request to the wrong host.

use std::path::Path;

use crate::failure::Failure;

/// The keys that this client reads; all others are left to other clients.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct WskProps {
    pub(crate) apihost: Option<String>,
    pub(crate) auth: Option<String>,
    pub(crate) namespace: Option<String>,
}

impl WskProps {
    pub(crate) fn read(path: &Path) -> Result<WskProps, Failure> {
        let text = std::fs::read_to_string(path).map_err(|e| Failure::file("read", path, &e))?;
        WskProps::parse(&text).map_err(|line| {
            Failure::usage(format!("{}:{line}: this line is not KEY=VALUE", path.display()))
                .advise("write lines such as APIHOST=http://127.0.0.1:3233 and AUTH=UUID:KEY")
        })
    }

    /// `Err` holds the number of the first line that cannot be read.
    pub(crate) fn parse(text: &str) -> Result<WskProps, usize> {
        let mut props = WskProps::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim().trim_start_matches('\u{feff}');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').ok_or(index + 1)?;
            let value = unquote(value.trim());
            let slot = match key.trim() {
                "APIHOST" => &mut props.apihost,
                "AUTH" => &mut props.auth,
                "NAMESPACE" => &mut props.namespace,
                _ => continue,
            };
            *slot = Some(value.to_owned()).filter(|v| !v.is_empty());
        }
        Ok(props)
    }
}

fn unquote(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    inner.unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_comments_spaces_and_quotes() {
        let props =
            WskProps::parse("# mine\n\nAPIHOST = http://h:1\r\nAUTH=\"u:k=\"\nNAMESPACE=\nAPIVERSION=v1\n");
        let expected =
            WskProps { apihost: Some("http://h:1".into()), auth: Some("u:k=".into()), namespace: None };
        assert_eq!(props, Ok(expected));
    }

    #[test]
    fn a_line_without_an_equals_sign_is_named() {
        assert_eq!(WskProps::parse("AUTH=a:b\nAPIHOST h\n"), Err(2));
    }

    #[test]
    fn the_last_of_two_values_counts() {
        let props = WskProps::parse("AUTH=a:b\nAUTH=c:d\n").map(|p| p.auth);
        assert_eq!(props, Ok(Some("c:d".into())));
    }
}
