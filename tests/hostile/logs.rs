//! Functions that print much, late, from other threads, or not text; and functions that break their streams.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    neighbour::Street,
    support::{jar_exec, source},
};

fn lines_of(street: &Street, payload: Value) -> Vec<String> {
    let record = street.beside(|| street.host.invoke("hostile-chatty", &payload)).expect(200).json();
    street.log_of(&record)
}

#[test]
fn lines_come_in_order_from_both_streams() {
    let street = Street::start();
    street.deploy("hostile-chatty", "hostile.chatty.Chatty");
    for how in ["out", "err", "thread"] {
        let lines = lines_of(&street, json!({ "how": how, "lines": 200, "bytesPerLine": 10 }));
        let stream = if how == "err" { "stderr" } else { "stdout" };
        let expected: Vec<_> = (0..200).map(|n| format!("{stream}: {n:.<10}")).collect();
        assert_eq!(lines, expected, "{how}");
    }
    let lines = lines_of(&street, json!({ "how": "both", "lines": 20, "bytesPerLine": 1 }));
    let expected: Vec<_> =
        (0..20).map(|n| format!("{}: 0", if n % 2 == 0 { "stdout" } else { "stderr" })).collect();
    assert_eq!(lines, expected);
}

#[test]
fn lines_over_the_limit_are_cut_with_a_notice() {
    let street = Street::start();
    let put = json!({ "exec": jar_exec("hostile-chatty", "hostile.chatty.Chatty"), "limits": { "logs": 1 } });
    street.host.put("hostile-chatty", &put).expect(200);
    for how in ["out", "no-newline", "thread"] {
        let lines = lines_of(&street, json!({ "how": how, "lines": 30_000, "bytesPerLine": 100 }));
        let (notice, kept) = lines.split_last().unwrap();
        assert_eq!(
            notice,
            "stderr: Logs were truncated because the total bytes size exceeds the limit of 1048576 bytes.",
            "{how}"
        );
        let bytes: usize = kept.iter().map(|line| line.len() - "stdout: ".len() + 1).sum();
        assert!((1_048_000..=1_048_577).contains(&bytes), "{how}: {bytes}");
    }
    let put = json!({ "limits": { "logs": 0 } });
    street.host.put("hostile-chatty", &put).expect(200);
    assert_eq!(lines_of(&street, json!({ "lines": 3 })).len(), 1);
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    let street = Street::start();
    street.deploy("hostile-chatty", "hostile.chatty.Chatty");
    let lines = lines_of(&street, json!({ "how": "raw", "lines": 2 }));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line.starts_with("stdout: a\u{fffd}\u{fffd}\0\u{1b}")), "{lines:?}");
}

/// What a thread prints after the answer belongs to a later call of the same function, or to none: never to another one.
#[test]
fn late_lines_never_reach_another_action() {
    let street = Street::start();
    street.deploy("hostile-chatty", "hostile.chatty.Chatty");
    street.host.put("other", &json!({ "exec": jar_exec("hello", "hello.Hello") })).expect(200);
    assert!(lines_of(&street, json!({ "how": "late", "lines": 5 })).is_empty());
    let deadline = std::time::Instant::now() + Duration::from_millis(600);
    while std::time::Instant::now() < deadline {
        let record = street.host.invoke("other", &json!({})).expect(200).json();
        assert!(street.log_of(&record).is_empty(), "{record}");
    }
    let record =
        street.host.invoke("hostile-chatty", &json!({ "lines": 1, "bytesPerLine": 1 })).expect(200).json();
    let lines = street.log_of(&record);
    assert_eq!(lines.last().map(String::as_str), Some("stdout: 0"), "{lines:?}");
    assert!(lines.len() <= 6, "{lines:?}");
}

#[test]
fn broken_streams_stay_with_the_function_that_broke_them() {
    let street = Street::start();
    let prints =
        source("    System.out.println(\"out\");\n    System.err.println(\"err\");\n    return args;");
    street.deploy_source("prints", &prints, 10_000);
    for how in ["close-out", "close-err", "close-in", "null-out", "own-out", "broken-out"] {
        // A fresh function for each: what it does to its streams stays with it.
        let name = format!("breaks-{how}");
        street
            .host
            .put(
                &name,
                &json!({ "exec": jar_exec("hostile-close-streams", "hostile.closestreams.CloseStreams") }),
            )
            .expect(200);
        let answer = street.beside(|| street.host.invoke(&name, &json!({ "how": how })));
        let record = answer.json();
        let lines = street.log_of(&record);
        assert_eq!(
            lines.first().map(String::as_str),
            Some(&*format!("stdout: before {how}")),
            "{how}: {record}"
        );
        match how {
            "broken-out" => assert!([200, 502].contains(&answer.status), "{how}: {record}"),
            _ => assert_eq!(answer.status, 200, "{how}: {record}"),
        }
        if how == "own-out" {
            assert_eq!(record["response"]["result"]["captured"], "kept by the function");
            assert!(!lines.iter().any(|line| line.contains("kept")), "{lines:?}");
        }
        if how.starts_with("close") || how == "own-out" {
            assert!(lines.contains(&format!("stderr: err after {how}")), "{how}: {lines:?}");
        }
        let record = street.host.invoke("prints", &json!({})).expect(200).json();
        assert_eq!(street.log_of(&record), ["stdout: out", "stderr: err"], "after {how}");
    }
}

#[test]
fn nothing_that_functions_print_is_in_the_hosts_own_streams() {
    let street = Street::start();
    street.deploy("hostile-chatty", "hostile.chatty.Chatty");
    for how in ["both", "thread", "late", "raw"] {
        lines_of(&street, json!({ "how": how, "lines": 3, "bytesPerLine": 40 }));
    }
    std::thread::sleep(Duration::from_millis(500));
    assert!(!street.host.stdout().iter().any(|line| line.contains("....")), "{:?}", street.host.stdout());
    assert!(!street.host.log().contains("...."), "{}", street.host.log());
}
