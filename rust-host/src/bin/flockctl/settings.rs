//! Which host, which key, which namespace: flags before environment before file.
//!
//! The environment is read once, in `from_process`; everything else works on plain values, so
//! that the order can be tested without touching the process.

use std::collections::HashMap;
use std::path::PathBuf;

use ureq::http::Uri;

use crate::cli::Global;
use crate::failure::Failure;
use crate::wskprops::WskProps;

/// Where flockd listens when nothing says otherwise.
const DEFAULT_APIHOST: &str = "http://127.0.0.1:3233";

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Scheme, host and port, without a slash at the end.
    pub(crate) base_url: String,
    /// `uuid:key`.
    pub(crate) auth: Option<String>,
    /// The namespace of names that do not say one: `_` is the key's own.
    pub(crate) namespace: String,
}

impl Settings {
    pub(crate) fn from_process(global: &Global) -> Result<Settings, Failure> {
        let environment: HashMap<String, String> = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .collect();
        let props = match props_file(&environment)? {
            Some(path) => WskProps::read(&path)?,
            None => WskProps::default(),
        };
        Settings::merge(global, &environment, props)
    }

    fn merge(
        global: &Global,
        environment: &HashMap<String, String>,
        props: WskProps,
    ) -> Result<Settings, Failure> {
        let variable = |names: [&str; 2]| {
            let value = names.iter().find_map(|n| environment.get(*n));
            value.filter(|v| !v.is_empty()).cloned()
        };
        let apihost =
            global.apihost.clone().or_else(|| variable(["APIHOST", "__OW_API_HOST"])).or(props.apihost);
        let auth = global.auth.clone().or_else(|| variable(["AUTH", "__OW_API_KEY"])).or(props.auth);
        if let Some(auth) = &auth {
            check_auth(auth)?;
        }
        Ok(Settings {
            base_url: base_url(apihost.as_deref().unwrap_or(DEFAULT_APIHOST))?,
            auth,
            namespace: props.namespace.unwrap_or_else(|| "_".into()),
        })
    }
}

/// `WSK_CONFIG_FILE` replaces `~/.wskprops`. Only the one that was asked for has to exist.
fn props_file(environment: &HashMap<String, String>) -> Result<Option<PathBuf>, Failure> {
    if let Some(path) = environment.get("WSK_CONFIG_FILE").filter(|v| !v.is_empty()) {
        let path = PathBuf::from(path);
        if !path.is_file() {
            return Err(Failure::usage(format!(
                "WSK_CONFIG_FILE names {}, which is not a file",
                path.display()
            ))
            .advise("correct or unset WSK_CONFIG_FILE"));
        }
        return Ok(Some(path));
    }
    let home = environment.get("HOME").filter(|v| !v.is_empty());
    Ok(home.map(|home| PathBuf::from(home).join(".wskprops")).filter(|path| path.is_file()))
}

fn check_auth(auth: &str) -> Result<(), Failure> {
    let two_parts = auth.split_once(':').is_some_and(|(uuid, key)| !uuid.is_empty() && !key.is_empty());
    if two_parts && !auth.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Failure::usage("the key is not of the form UUID:KEY")
        .advise("copy the whole AUTH value that flockd wrote at its first start"))
}

/// `http://` for loopback and for any port but 443, `https://` otherwise.
fn base_url(apihost: &str) -> Result<String, Failure> {
    let bad = |why: &str| {
        Failure::usage(format!("the API host '{apihost}' {why}"))
            .advise("give it as HOST, HOST:PORT or http://HOST:PORT")
    };
    let trimmed = apihost.trim().trim_end_matches('/');
    if ["http:", "https:"].contains(&trimmed) {
        return Err(bad("names no host"));
    }
    let trimmed = trimmed.strip_suffix("/api/v1").unwrap_or(trimmed);
    let with_scheme = match trimmed.split_once("://") {
        Some(_) => trimmed.to_owned(),
        None => format!("{}://{trimmed}", guess_scheme(trimmed)),
    };
    let uri: Uri = with_scheme.parse().map_err(|_| bad("is not a host or a URL"))?;
    let authority = uri.authority().ok_or_else(|| bad("names no host"))?;
    if authority.as_str().contains('@') {
        return Err(bad("carries a user name; the key goes into --auth or AUTH"));
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(bad("has a path; only scheme, host and port belong there"));
    }
    match uri.scheme_str() {
        Some(scheme @ ("http" | "https")) => Ok(format!("{scheme}://{authority}")),
        _ => Err(bad("has a scheme other than http and https")),
    }
}

fn guess_scheme(host_and_port: &str) -> &'static str {
    let (host, port) = match host_and_port.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port)),
        _ => (host_and_port, None),
    };
    match port {
        Some("443") => "https",
        Some(_) => "http",
        None if is_loopback(host) => "http",
        None => "https",
    }
}

/// Whether the name or address is this machine's own.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<std::net::IpAddr>();
    bare.eq_ignore_ascii_case("localhost") || address.is_ok_and(|a| a.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        let owned = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string()));
        owned.collect()
    }

    fn props() -> WskProps {
        WskProps {
            apihost: Some("file:1".into()),
            auth: Some("file:key".into()),
            namespace: Some("team".into()),
        }
    }

    #[test]
    fn a_scheme_is_guessed_as_documented() {
        let table = [
            ("localhost", "http://localhost"),
            ("127.0.0.1:3233", "http://127.0.0.1:3233"),
            ("[::1]:3233", "http://[::1]:3233"),
            ("[::1]", "http://[::1]"),
            ("ow.example.com", "https://ow.example.com"),
            ("ow.example.com:443", "https://ow.example.com:443"),
            ("ow.example.com:8080", "http://ow.example.com:8080"),
            ("https://h:9/", "https://h:9"),
            ("http://h:9/api/v1", "http://h:9"),
        ];
        for (given, expected) in table {
            assert_eq!(base_url(given).ok().as_deref(), Some(expected), "for {given}");
        }
        for bad in ["", "ftp://h", "http://u:p@h", "http://h/x/y", "h h"] {
            assert!(base_url(bad).is_err(), "'{bad}' must be refused");
        }
    }

    #[test]
    fn flags_go_before_environment_before_file() {
        let flags =
            Global { apihost: Some("flag:2".into()), auth: Some("flag:key".into()), ..Global::default() };
        let variables = env(&[
            ("APIHOST", "env:3"),
            ("AUTH", "env:key"),
            ("__OW_API_HOST", "ow:4"),
            ("__OW_API_KEY", "ow:key"),
        ]);
        let pick = |global: &Global, variables: &HashMap<String, String>| {
            Settings::merge(global, variables, props()).map(|s| (s.base_url, s.auth))
        };
        let expect = |host: &str, auth: &str| (format!("http://{host}"), Some(auth.to_owned()));
        let none = Global::default();
        assert_eq!(pick(&flags, &variables).ok(), Some(expect("flag:2", "flag:key")));
        assert_eq!(pick(&none, &variables).ok(), Some(expect("env:3", "env:key")));
        let inside = env(&[("__OW_API_HOST", "ow:4"), ("__OW_API_KEY", "ow:key")]);
        assert_eq!(pick(&none, &inside).ok(), Some(expect("ow:4", "ow:key")));
        assert_eq!(pick(&none, &env(&[("APIHOST", "")])).ok(), Some(expect("file:1", "file:key")));
    }

    #[test]
    fn nothing_given_is_the_local_host_without_a_key() {
        let settings = Settings::merge(&Global::default(), &env(&[]), WskProps::default());
        let expected = Settings { base_url: DEFAULT_APIHOST.into(), auth: None, namespace: "_".into() };
        assert_eq!(settings.ok(), Some(expected));
    }

    #[test]
    fn a_key_without_two_parts_is_refused() {
        for bad in ["abc", ":k", "u:", "u:k\n"] {
            assert!(check_auth(bad).is_err(), "{bad:?}");
        }
        assert!(check_auth("u:k").is_ok());
    }
}
