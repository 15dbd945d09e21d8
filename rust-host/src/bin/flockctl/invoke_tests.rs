//! The ends of an invocation and their exit codes, against a host of a few lines.

use clap::Parser;

use super::*;
use crate::cli::{Cli, Command};
use crate::client::tests::{client, fake_host, http};
use crate::output::{Output, Reader};

const ID: &str = "x-openwhisk-activation-id: abc\r\n";
const RECORD: &str =
    r#"{"activationId":"abc","response":{"status":"application error","result":{"error":"no"}}}"#;

/// Exit code, text of the failure, and what the host saw: request line and body.
fn invoke(words: &[&str], answer: &str) -> (u8, String, String) {
    let (url, host) = fake_host(vec![answer.to_owned()]);
    let session = Session {
        client: client(&url, Some("u:k")),
        output: Output::new(Reader::Program),
        namespace: "_".into(),
    };
    let words = ["flockctl", "invoke"].iter().chain(words);
    let Command::Invoke(args) = Cli::try_parse_from(words).expect("arguments").command else {
        panic!("invoke was asked for")
    };
    let (code, text) = match run(&session, &args) {
        Ok(()) => (0, String::new()),
        Err(failure) => (failure.kind.exit_code(), failure.text()),
    };
    let seen = host.join().expect("the host ends").remove(0);
    let line = seen.head.lines().next().unwrap_or_default();
    (code, text, format!("{line} {}", String::from_utf8_lossy(&seen.body)))
}

#[test]
fn requests_are_those_of_wsk() {
    let done = http("200 OK", ID, "{}");
    let table: [(&[&str], &str); 4] = [
        (&["h"], "h?blocking=false&result=false http/1.1 {}\n"),
        (&["h", "-b", "-p", "n", "3"], "h?blocking=true&result=false http/1.1 {\"n\":3}\n"),
        (&["p/h", "-r"], "p/h?blocking=true&result=true http/1.1 {}\n"),
        (&["h", "-r", "-t", "9"], "h?blocking=true&result=true&timeout=9 http/1.1 {}\n"),
    ];
    for (words, expected) in table {
        let (code, text, seen) = invoke(words, &done);
        assert_eq!((code, text.as_str()), (0, ""), "{words:?}");
        assert_eq!(seen, format!("post /api/v1/namespaces/_/actions/{expected}"));
    }
}

#[test]
fn each_end_has_its_exit_code() {
    let table: [(&[&str], String, u8); 9] = [
        (&["h"], http("202 Accepted", ID, "{\"activationId\":\"abc\"}"), 0),
        (&["h", "-b"], http("202 Accepted", ID, "{\"activationId\":\"abc\"}"), 8),
        (&["h", "-b"], http("200 OK", ID, "[1,2]"), 0),
        (&["h", "-b"], http("502 Bad Gateway", ID, RECORD), 1),
        (&["h", "-r"], http("502 Bad Gateway", ID, "{\"error\":{\"a\":1}}"), 1),
        (&["h", "-r"], http("502 Bad Gateway", "", "<html>a proxy</html>"), 7),
        (&["h", "-b"], http("500 Internal Server Error", ID, RECORD), 7),
        (&["h"], http("404 Not Found", "", "{\"error\":\"gone\",\"code\":\"t\"}"), 5),
        (&["h"], http("429 Too Many Requests", "", "{\"error\":\"slow\",\"code\":\"t\"}"), 6),
    ];
    for (words, answer, expected) in table {
        let (code, text, _) = invoke(words, &answer);
        assert_eq!(code, expected, "{words:?} {answer}: {text}");
        assert_eq!(code == 0, text.is_empty());
    }
}

#[test]
fn an_error_of_the_action_says_why_and_where_the_logs_are() {
    let (_, text, _) = invoke(&["h", "-b"], &http("502 Bad Gateway", ID, RECORD));
    assert!(text.starts_with("error: action h ended with application error: no (HTTP 502)"), "{text}");
    assert!(text.contains("flockctl activations logs abc"), "{text}");
}
