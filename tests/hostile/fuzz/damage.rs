//! Makes requests that are nearly right, and some that are nothing like it.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{super::support::Flockd, Dice, head};

const ODD_TEXTS: [&str; 16] = [
    "",
    "a",
    "../../etc/passwd",
    "%00",
    "%ff%fe",
    "%2e%2e%2f",
    "_",
    "guest",
    "null",
    "0",
    "-1",
    "9223372036854775808",
    "ü😀",
    "a b",
    "'; DROP TABLE actions;--",
    "\u{0}\u{1f}\u{7f}",
];
const METHODS: [&str; 10] =
    ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "get", "BREW"];
const PARTS: [&str; 18] = [
    "api",
    "v1",
    "namespaces",
    "_",
    "guest",
    "actions",
    "activations",
    "limits",
    "packages",
    "triggers",
    "rules",
    "web",
    "echo",
    "metrics",
    "logs",
    "result",
    "00000000000000000000000000000000",
    "",
];
const QUERY: [&str; 13] = [
    "limit",
    "skip",
    "count",
    "docs",
    "since",
    "upto",
    "name",
    "overwrite",
    "code",
    "blocking",
    "result",
    "timeout",
    "x",
];
const VALUES: [&str; 14] = [
    "true",
    "false",
    "1",
    "0",
    "-1",
    "30",
    "201",
    "99999999999999999999",
    "abc",
    "",
    "%",
    "%zz",
    "1e9",
    "%E2%98%83",
];

/// What the generator starts from.
pub(crate) struct Garbage {
    jar: Vec<u8>,
}

impl Garbage {
    pub(crate) fn new(jar: &[u8]) -> Self {
        Self { jar: jar.to_owned() }
    }

    /// Bytes that are no request.
    pub(crate) fn noise(&self, dice: &mut Dice) -> Vec<u8> {
        let length = 1 + dice.roll(2_000) as usize;
        match dice.roll(4) {
            0 => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            1 => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
                .iter()
                .copied()
                .chain(dice.bytes(length))
                .collect(),
            2 => "\r\n".repeat(length).into_bytes(),
            _ => dice.bytes(length),
        }
    }

    /// A request with flipped, missing, doubled or foreign bytes.
    pub(crate) fn damaged(&self, dice: &mut Dice, request: &[u8]) -> Vec<u8> {
        let mut bytes = request.to_owned();
        for _ in 0..=dice.roll(6) {
            if bytes.is_empty() {
                break;
            }
            let at = dice.roll(bytes.len() as u64) as usize;
            match dice.roll(5) {
                0 => bytes[at] ^= 1 << dice.roll(8),
                1 => bytes.truncate(at),
                2 => {
                    let end = (at + 1 + dice.roll(40) as usize).min(bytes.len());
                    bytes.drain(at..end);
                }
                3 => {
                    let end = (at + 1 + dice.roll(60) as usize).min(bytes.len());
                    let twice = bytes[at..end].to_owned();
                    bytes.splice(at..at, twice);
                }
                _ => {
                    let length = 1 + dice.roll(20) as usize;
                    let foreign = dice.bytes(length);
                    bytes.splice(at..at, foreign);
                }
            }
        }
        bytes
    }

    /// Lengths and codings that contradict the body or each other.
    pub(crate) fn framing(&self, dice: &mut Dice, host: &Flockd) -> Vec<u8> {
        let lines = dice.pick(&[
            "Content-Length: 5\r\n\r\n{}",
            "Content-Length: 1\r\n\r\n{}",
            "Content-Length: 0\r\n\r\n{}",
            "Content-Length: -1\r\n\r\n{}",
            "Content-Length: 0x10\r\n\r\n{}",
            "Content-Length: 2, 2\r\n\r\n{}",
            "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
            "Content-Length: 99999999999999999999999\r\n\r\n{}",
            "Content-Length: 4294967296\r\n\r\n{}",
            "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
            "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n2;ext=1\r\n{}\r\n0\r\nTrailer: x\r\n\r\n",
            "Transfer-Encoding: gzip\r\n\r\n{}",
            "Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
            "Expect: something-else\r\nContent-Length: 2\r\n\r\n{}",
            "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}",
        ]);
        format!("{}Content-Type: application/json\r\n{lines}", head(host, "POST", &self.echo(dice)))
            .into_bytes()
    }

    /// Headers that are too many, too long, or odd.
    pub(crate) fn headers(&self, dice: &mut Dice, host: &Flockd) -> Vec<u8> {
        let length = 1 << dice.roll(20);
        let many = match dice.roll(9) {
            0 => "X-A: b\r\n".repeat(1 + dice.roll(400) as usize),
            1 => format!("X-Long: {}\r\n", "x".repeat(length)),
            2 => format!("{}: x\r\n", "N".repeat(length)),
            3 => "X-Fold: a\r\n b\r\n".to_owned(),
            4 => format!("X-Request-ID: {}\r\n", "r".repeat(length.min(4096))),
            5 => "X-Request-ID: a\u{1}b\r\n".to_owned(),
            6 => "Authorization: Basic AAAA\r\nAuthorization: Basic ====\r\n".to_owned(),
            7 => ": empty\r\nNoColon\r\n".to_owned(),
            _ => format!(
                "Authorization: {}\r\n",
                dice.pick(&["", "Basic", "Basic %%%", "Digest x", "Basic Og=="])
            ),
        };
        let head = head(host, "GET", &self.list(dice));
        if dice.roll(3) == 0 {
            // Without the credentials.
            let bare: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with("Auth")).collect();
            return format!("{}{many}\r\n", bare.join("\r\n")).into_bytes();
        }
        format!("{head}{many}\r\n").into_bytes()
    }

    pub(crate) fn method(&self, dice: &mut Dice) -> &'static str {
        dice.pick(&METHODS)
    }

    /// A path of known and odd parts.
    pub(crate) fn path(&self, dice: &mut Dice) -> String {
        let mut path = String::from(if dice.roll(3) == 0 { "" } else { "/api/v1/namespaces/_" });
        for _ in 0..=dice.roll(5) {
            path.push('/');
            if dice.roll(4) == 0 {
                path.push_str(&escape(dice.pick(&ODD_TEXTS)));
            } else {
                path.push_str(dice.pick(&PARTS));
            }
        }
        if dice.roll(60) == 0 {
            path.push_str(&"/x".repeat(20_000));
        }
        path + &self.query(dice)
    }

    /// A list or a record, with odd parameters.
    pub(crate) fn list(&self, dice: &mut Dice) -> String {
        let what = dice.pick(&[
            "actions",
            "activations",
            "limits",
            "actions/echo",
            "activations/00000000000000000000000000000000",
            "activations/xyz/logs",
        ]);
        format!("/api/v1/namespaces/_/{what}{}", self.query(dice))
    }

    fn query(&self, dice: &mut Dice) -> String {
        let mut query = String::from("?");
        for _ in 0..dice.roll(4) {
            query.push_str(dice.pick(&QUERY));
            query.push('=');
            query.push_str(dice.pick(&VALUES));
            query.push_str(dice.pick(&["&", "&&", "", "=&"]));
        }
        if query.len() == 1 { String::new() } else { query }
    }

    /// The path of a call of echo, most often a blocking one.
    pub(crate) fn echo(&self, dice: &mut Dice) -> String {
        let query =
            dice.pick(&["?blocking=true", "?blocking=true&result=true", "", "?blocking=true&timeout=50"]);
        format!("/api/v1/namespaces/_/actions/echo{query}")
    }

    /// The path of an action to write.
    pub(crate) fn action(&self, dice: &mut Dice) -> String {
        let name =
            if dice.roll(2) == 0 { escape(dice.pick(&ODD_TEXTS)) } else { format!("fuzz{}", dice.roll(8)) };
        format!("/api/v1/namespaces/_/actions/{name}?overwrite={}", dice.pick(&["true", "false", "x"]))
    }

    /// JSON text: right, wrong, deep, wide, or not even text.
    pub(crate) fn json(&self, dice: &mut Dice) -> Vec<u8> {
        let depth = 1 << dice.roll(17);
        match dice.roll(12) {
            0 => format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth)).into_bytes(),
            1 => "{\"a\":".repeat(depth).into_bytes(),
            2 => format!("{{\"n\":{}}}", "9".repeat(1 + dice.roll(50_000) as usize)).into_bytes(),
            3 => format!(
                "{{\"n\":{}}}",
                dice.pick(&["1e999999999", "-0", "1e-999999999", "0x1", "01", ".5", "NaN", "1."])
            )
            .into_bytes(),
            4 => format!("{{\"big\":\"{}\"}}", "x".repeat(1 << (10 + dice.roll(11)))).into_bytes(),
            5 => {
                let length = dice.roll(300) as usize;
                let noise = dice.bytes(length);
                [&b"{\"a\":\""[..], &noise, b"\"}"].concat()
            }
            6 => b"{\"a\":\"\\ud800\",\"\\udc00\":\"\\u0000\"}".to_vec(),
            7 => dice
                .pick(&[
                    "",
                    "null",
                    "[]",
                    "[1]",
                    "\"x\"",
                    "1",
                    "{\"a\":1,\"a\":2}",
                    "{\"a\":1}}",
                    "{a:1}",
                    "\u{feff}{}",
                ])
                .as_bytes()
                .to_vec(),
            8 => format!("{{{}\"z\":0}}", "\"k\":1,".repeat(dice.roll(20_000) as usize)).into_bytes(),
            9 => {
                let text = self.value(dice, 5).to_string();
                self.damaged(dice, text.as_bytes())
            }
            _ => json!({ "value": self.value(dice, 5) }).to_string().into_bytes(),
        }
    }

    fn value(&self, dice: &mut Dice, depth: usize) -> Value {
        match dice.roll(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => (dice.roll(2) == 0).into(),
            2 => (dice.roll(u64::MAX).cast_signed()).into(),
            3 => (f64::from_bits(dice.roll(u64::MAX))).into(),
            4 => dice.pick(&ODD_TEXTS).into(),
            5 => (0..dice.roll(5)).map(|_| self.value(dice, depth - 1)).collect(),
            _ => (0..dice.roll(5))
                .map(|_| (dice.pick(&ODD_TEXTS).to_owned(), self.value(dice, depth - 1)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    /// The body of a PUT whose fields have all kinds of values.
    pub(crate) fn entity(&self, dice: &mut Dice) -> Vec<u8> {
        let mut entity = json!({
            "exec": { "kind": "java:default", "code": STANDARD.encode(&self.jar), "main": "hello.Hello" },
            "limits": { "timeout": 1000, "memory": 256, "logs": 1, "concurrency": 1 },
            "parameters": [{ "key": "name", "value": "Ada" }],
            "annotations": [{ "key": "a", "value": 1 }],
            "version": "0.0.1",
            "publish": false,
        });
        for _ in 0..=dice.roll(3) {
            let place = dice.pick(&[
                "/exec",
                "/exec/kind",
                "/exec/main",
                "/limits",
                "/limits/timeout",
                "/limits/memory",
                "/limits/logs",
                "/limits/concurrency",
                "/parameters",
                "/parameters/0",
                "/parameters/0/key",
                "/annotations",
                "/annotations/0/value",
                "/version",
                "/publish",
                "",
            ]);
            if let Some(field) = entity.pointer_mut(place) {
                *field = match dice.roll(6) {
                    0 => json!({ "kind": "sequence", "components": ["/_/echo", dice.pick(&ODD_TEXTS)] }),
                    1 => json!("java:99"),
                    _ => self.value(dice, 3),
                };
            }
        }
        let text = entity.to_string();
        if dice.roll(4) == 0 { self.damaged(dice, text.as_bytes()) } else { text.into_bytes() }
    }

    /// A PUT of a damaged jar, or of damaged base64.
    pub(crate) fn jar(&self, dice: &mut Dice) -> Vec<u8> {
        let mut jar = self.jar.clone();
        for _ in 0..dice.roll(8) {
            let at = dice.roll(jar.len() as u64) as usize;
            jar[at] ^= 1 << dice.roll(8);
        }
        if dice.roll(4) == 0 {
            jar.truncate(dice.roll(jar.len() as u64) as usize);
        }
        let mut code = STANDARD.encode(jar);
        // Text that is no base64 would be taken for Java source, and the compiler takes its time: seldom.
        match dice.roll(40) {
            0 => code.push('*'),
            1 => code.truncate(code.len() / 2 * 2),
            2 => code.push_str("===="),
            _ => {}
        }
        let main = dice.pick(&[
            "hello.Hello",
            "hello.Hello#main",
            "x",
            "#",
            "hello.Hello#\u{0}",
            "java.lang.System#exit",
        ]);
        json!({ "exec": { "kind": "java:default", "code": code, "main": main } }).to_string().into_bytes()
    }
}

/// Percent-encodes what a request line cannot hold.
fn escape(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_graphic() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
            },
        )
        .collect()
}
