//! What the operator allows functions beyond their own folder and the public network: files, addresses, listening.
//!
//! Each of the three keys is a list of `[NAMESPACE[/ACTION]=]WHAT`; without a scope an entry is for all. Rights to files
//! add up; of the addresses the entries of the narrowest scope count, so that a namespace can be given less than all. The
//! answer for an action is a text that the gate reads (`flock.boot.Policy`); it is made once for each loaded version.

use std::{
    fmt::Write,
    net::IpAddr,
    path::{Path, PathBuf},
};

use crate::model::EntityName;

/// Every namespace, where nothing but a scope is said.
const ALL: &str = "*";

/// See the head of this file.
#[derive(Debug, Clone, Default)]
pub struct Isolation {
    files: Vec<(Scope, String)>,
    nets: Vec<(Scope, String)>,
    listeners: Vec<Scope>,
}

/// Whom an entry is for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    All,
    Namespace(String),
    Action(String),
}

/// An entry that says nothing.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {entry:?} {why}")]
pub struct IsolationError {
    key: &'static str,
    entry: String,
    why: &'static str,
}

impl Isolation {
    /// From the values of `isolation.files-allow`, `isolation.net-allow` and `isolation.listen`.
    pub fn parse(files: &[String], nets: &[String], listeners: &[String]) -> Result<Self, IsolationError> {
        let mut isolation = Self::default();
        for entry in files {
            let (scope, what) = scoped(entry);
            let line = files_line(what).ok_or_else(|| IsolationError {
                key: "isolation.files-allow",
                entry: entry.clone(),
                why: "is no [NAMESPACE[/ACTION]=]/PATH or /PATH:rw",
            })?;
            isolation.files.push((scope, line));
        }
        for entry in nets {
            let (scope, what) = scoped(entry);
            let line = net_line(what).ok_or_else(|| IsolationError {
                key: "isolation.net-allow",
                entry: entry.clone(),
                why: "is no [NAMESPACE[/ACTION]=]WHAT[:PORT] with WHAT one of public, private, loopback, none, an address or ADDRESS/BITS ([ADDRESS] before a port, for IPv6)",
            })?;
            isolation.nets.push((scope, line));
        }
        isolation.listeners = listeners.iter().map(|entry| scope(entry)).collect();
        Ok(isolation)
    }

    /// The folders beside their own in which functions may use files.
    pub fn folders(&self) -> Vec<PathBuf> {
        let paths =
            self.files.iter().flat_map(|(_, lines)| lines.lines()).filter_map(|line| line.split_once(' '));
        paths.map(|(_, path)| PathBuf::from(path)).filter(|path| path.parent().is_some()).collect()
    }

    /// What the gate is told for an action of this name, `NAMESPACE/[PACKAGE/]ACTION`.
    pub fn policy(&self, namespace: &EntityName, action: &str) -> String {
        let holds = |scope: &Scope| match scope {
            Scope::All => true,
            Scope::Namespace(name) => name == namespace.as_str(),
            Scope::Action(name) => name == action,
        };
        let mut text = String::new();
        for (_, line) in self.files.iter().filter(|(scope, _)| holds(scope)) {
            text.push_str(line);
        }
        let narrowest =
            self.nets.iter().filter(|(scope, _)| holds(scope)).map(|(scope, _)| scope.width()).min();
        for (_, line) in
            self.nets.iter().filter(|(scope, _)| holds(scope) && Some(scope.width()) == narrowest)
        {
            text.push_str(line);
        }
        if self.listeners.iter().any(holds) {
            text.push_str("listen\n");
        }
        text
    }
}

impl Scope {
    fn width(&self) -> u8 {
        match self {
            Self::Action(_) => 0,
            Self::Namespace(_) => 1,
            Self::All => 2,
        }
    }
}

fn scope(text: &str) -> Scope {
    if text == ALL {
        Scope::All
    } else if text.contains('/') {
        Scope::Action(text.to_owned())
    } else {
        Scope::Namespace(text.to_owned())
    }
}

fn scoped(entry: &str) -> (Scope, &str) {
    match entry.split_once('=') {
        Some((name, what)) if !name.starts_with('/') => (scope(name), what),
        _ => (Scope::All, entry),
    }
}

fn files_line(what: &str) -> Option<String> {
    let (path, word) = match what.strip_suffix(":rw") {
        Some(path) => (path, "write"),
        None => (what, "read"),
    };
    let is_clean =
        path.starts_with('/') && !path.contains(['\n', '\0']) && !path.split('/').any(|part| part == "..");
    // Where links lead is compared as well, so both forms are allowed.
    let real = Path::new(path).canonicalize().ok().and_then(|real| real.to_str().map(str::to_owned));
    is_clean.then(|| {
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        let mut lines = format!("{word} {path}\n");
        if let Some(real) = real.filter(|real| real != path) {
            let _ = writeln!(lines, "{word} {real}");
        }
        lines
    })
}

fn net_line(what: &str) -> Option<String> {
    if what == "none" {
        return Some(String::new());
    }
    let (target, port) = with_port(what)?;
    let port = port.map_or_else(String::new, |port| format!(" {port}"));
    if ["public", "private", "loopback"].contains(&target) {
        return Some(format!("net {target}{port}\n"));
    }
    let (address, bits) = match target.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
        None => (target, None),
    };
    let bytes = match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let most = u8::try_from(bytes.len() * 8).ok()?;
    let bits = bits.unwrap_or(most);
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    (bits <= most).then(|| format!("net {hex}/{bits}{port}\n"))
}

/// A port after the last colon; an IPv6 address has one only behind brackets.
fn with_port(what: &str) -> Option<(&str, Option<u16>)> {
    if let Some(rest) = what.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((address, Some(port.parse().ok().filter(|port| *port > 0)?))),
            None => rest.is_empty().then_some((address, None)),
        };
    }
    match what.matches(':').count() {
        1 => {
            let (target, port) = what.split_once(':')?;
            Some((target, Some(port.parse().ok().filter(|port| *port > 0)?)))
        }
        _ => Some((what, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn isolation(files: &[&str], nets: &[&str], listeners: &[&str]) -> Result<Isolation, IsolationError> {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        Isolation::parse(&owned(files), &owned(nets), &owned(listeners))
    }

    fn policy(isolation: &Isolation, namespace: &str, action: &str) -> String {
        EntityName::parse(namespace)
            .map(|name| isolation.policy(&name, &format!("{namespace}/{action}")))
            .unwrap_or_default()
    }

    #[test]
    fn the_narrowest_addresses_count_and_files_add_up() -> Result<(), IsolationError> {
        let all = isolation(
            &["/no-such-folder", "one=/none/of-these:rw"],
            &["public", "one=none", "one/open=10.0.0.0/8:5432", "two=[::1]:80"],
            &["two"],
        )?;
        assert_eq!(policy(&all, "three", "a"), "read /no-such-folder\nnet public\n");
        assert_eq!(policy(&all, "one", "a"), "read /no-such-folder\nwrite /none/of-these\n");
        let open = "read /no-such-folder\nwrite /none/of-these\nnet 0a000000/8 5432\n";
        assert_eq!(policy(&all, "one", "open"), open);
        let two = "read /no-such-folder\nnet 00000000000000000000000000000001/128 80\nlisten\n";
        assert_eq!(policy(&all, "two", "a"), two);
        Ok(())
    }

    #[test]
    fn what_says_nothing_is_an_error() {
        for file in ["relative", "ns=relative", "/a/../b", ""] {
            assert!(isolation(&[file], &[], &[]).is_err(), "{file}");
        }
        for net in ["", "example.org", "10.0.0.0/33", "public:0", "public:x", "[::1", "ns=", "1.2.3"] {
            assert!(isolation(&[], &[net], &[]).is_err(), "{net}");
        }
    }
}
