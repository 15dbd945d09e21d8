//! Records of activations: lists and their filters, one record, its result, its log lines.

use serde_json::{Value, json};

use super::{NO_PATH, NOT_FOUND, activation_id, activations, annotation, deploy_as, expect_error, names};
use crate::support::{Flockd, Options, eventually, jar_exec};

fn list(host: &Flockd, query: &str) -> Value {
    host.send("GET", &activations(query), None).expect(200).json()
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|row| row["activationId"].as_str().unwrap().to_owned()).collect()
}

/// Runs an action and gives the id. The pause keeps the starts of two calls apart, so that filters by time can be held
/// to the millisecond.
fn run(host: &Flockd, name: &str, payload: &Value) -> String {
    let id = activation_id(&host.invoke(name, payload));
    std::thread::sleep(std::time::Duration::from_millis(3));
    id
}

#[test]
fn lists_are_filtered_cut_and_counted() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    assert_eq!(list(&host, ""), json!([]));
    assert_eq!(list(&host, "?count=true"), json!({"activations": 0}));

    let mut runs: Vec<String> =
        (0..32).map(|number| run(&host, "hello", &json!({"name": number.to_string()}))).collect();
    let echoes: Vec<String> = (0..3).map(|number| run(&host, "echo", &json!({"number": number}))).collect();
    runs.extend(echoes.iter().cloned());
    let newest: Vec<String> = runs.iter().rev().cloned().collect();
    eventually("all records are written", || list(&host, "?count=true") == json!({"activations": 35}));

    assert_eq!(ids(&list(&host, "")), newest[..30], "the default is 30");
    assert_eq!(ids(&list(&host, "?limit=0&skip=0")), newest, "0 means all there may be");
    assert_eq!(ids(&list(&host, "?limit=2&skip=1")), newest[1..3]);
    assert_eq!(list(&host, "?skip=35"), json!([]));
    assert_eq!(list(&host, "?count=true&skip=30"), json!({"activations": 5}));

    let only_echo = list(&host, "?name=echo");
    assert_eq!(names(&only_echo), ["echo", "echo", "echo"]);
    assert_eq!(ids(&only_echo), newest[..3]);
    assert_eq!(list(&host, "?name=echo&count=true"), json!({"activations": 3}));
    assert_eq!(list(&host, "?name=absent"), json!([]));
    assert_eq!(list(&host, "?name=pkg/echo"), json!([]), "that is another action");
    assert_eq!(list(&host, "?name="), list(&host, ""));

    // Both ends of a time are inside.
    let start = |id: &String| host.record(id)["start"].as_u64().unwrap();
    let (third, fifth) = (start(&runs[2]), start(&runs[4]));
    let between = |query: &str| ids(&list(&host, query));
    let middle: Vec<String> = runs[2..=4].iter().rev().cloned().collect();
    assert_eq!(between(&format!("?since={third}&upto={fifth}")), middle);
    assert_eq!(between(&format!("?since={}&upto={}", third + 1, fifth - 1)), runs[3..4]);
    assert_eq!(between(&format!("?upto={fifth}&limit=2")), middle[..2]);
    assert_eq!(between(&format!("?since={}", start(&runs[34]) + 1)), Vec::<String>::new());
    let since = format!("?since={third}&count=true&name=hello");
    assert_eq!(list(&host, &since), json!({"activations": 30}));

    // A row is the record without what may be large; with docs it is all.
    let row = &list(&host, "?limit=1")[0];
    let whole = host.record(&newest[0]);
    let mut short = whole.clone();
    for member in ["response", "logs"] {
        assert!(short.as_object_mut().unwrap().remove(member).is_some());
    }
    assert_eq!(row, &short);
    assert_eq!(list(&host, "?limit=1&docs=true"), json!([whole]));
    assert_eq!(list(&host, "?limit=1&docs=false"), json!([short]));

    // Before 1970 there is nothing; a name may begin with a slash; a flag without a value says nothing.
    assert_eq!(list(&host, "?upto=-1"), json!([]));
    assert_eq!(list(&host, "?since=-1&limit=1"), json!([short]));
    assert_eq!(list(&host, "?name=%2Fhello&limit=1"), list(&host, "?name=hello&limit=1"));
    assert_eq!(list(&host, "?limit=1&count&docs="), json!([short]));
    assert_eq!(list(&host, "?limit=1&limit=x"), json!([short]), "the first of several counts");
    for (query, text) in [
        ("?limit=201", "The value '201' is not in the range of 0 to 200 for activations."),
        ("?limit=x", "The value 'x' is not an integer for activations."),
        ("?skip=-1", "'skip' was malformed"),
        ("?count=x", "'count' was malformed"),
        ("?docs=x", "'docs' was malformed"),
        ("?since=x", "'since' was malformed"),
        ("?upto=1.5", "Parameter is not a valid value for epoch seconds: 1.5"),
        ("?name=a/b/c", "'name' was malformed"),
        ("?name=%2Fguest%2Fhello%2Fx", "'name' was malformed"),
        ("?limit=2147483648", "The value '2147483648' is not an integer for activations."),
        ("?skip=2147483648", "The value '2147483648' is not an integer for activations."),
        ("?count=true&docs=true", "The parameter 'docs' is not permitted with 'count'."),
    ] {
        expect_error(&host.send("GET", &activations(query), None), 400, text);
    }
}

#[test]
fn one_record_its_result_and_its_logs() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    deploy_as(&host, "chatty", "hostile-chatty", "hostile.chatty.Chatty");
    deploy_as(&host, "throws", "hostile-throws", "hostile.throwing.Throws");
    let part = |id: &str, part: &str| host.send("GET", &activations(&format!("/{id}{part}")), None);

    let id = run(&host, "chatty", &json!({"how": "both", "lines": 4, "bytesPerLine": 20}));
    let record = host.record(&id);
    assert_eq!(part(&id, "/result").expect(200).json(), record["response"]);
    assert_eq!(record["response"]["result"], json!({"lines": 4}));
    assert_eq!(part(&id, "/logs").expect(200).json(), json!({"logs": record["logs"]}));
    assert_eq!(part(&id, "/").expect(200).json(), record);
    let lines = record["logs"].as_array().unwrap();
    assert_eq!(lines.len(), 4, "{lines:?}");
    for (number, line) in lines.iter().enumerate() {
        let line = line.as_str().unwrap();
        let stream = if number % 2 == 0 { "stdout" } else { "stderr" };
        let (time, rest) = line.split_at(30);
        assert_eq!(rest, format!(" {stream}: 0{}", ".".repeat(19)), "{line}");
        let time = time.trim_end();
        assert!(
            time.ends_with('Z') && &time[4..5] == "-" && &time[10..11] == "T" && &time[19..20] == ".",
            "{line}"
        );
    }

    // Who fails has a result and logs too, with the way to the fault.
    let id = run(&host, "throws", &json!({"message": "boom"}));
    host.record(&id);
    let result = part(&id, "/result").expect(200).json();
    assert_eq!((&result["success"], &result["status"]), (&json!(false), &json!("action developer error")));
    assert!(result["result"]["error"].as_str().unwrap().contains("boom"), "{result}");
    let logs = part(&id, "/logs").expect(200).text();
    assert!(logs.contains("stdout: about to throw") && logs.contains("Throws.java:"), "{logs}");

    let quiet = run(&host, "hello", &json!({}));
    host.record(&quiet);
    assert_eq!(part(&quiet, "/logs").expect(200).json(), json!({"logs": []}));

    for part in ["", "/logs", "/result"] {
        let get = |id: &str| host.send("GET", &activations(&format!("/{id}{part}")), None);
        expect_error(&get("0123456789abcdef0123456789abcdef"), 404, NOT_FOUND);
        expect_error(&get("abc"), 400, "Activation id length is 3 but must be 32.");
        expect_error(&get(&"a".repeat(33)), 400, "Activation id length is 33 but must be 32.");
        expect_error(&get(&"%C3%A4".repeat(16)), 400, "not valid");
        expect_error(&get("0123456789abcdef0123456789abcdeg"), 400, "not valid");
        expect_error(&get("01234567-89ab-cdef-0123-456789ab"), 400, "not valid");
    }
    expect_error(&part(&id, "/nothing"), 404, NO_PATH);
    expect_error(&part(&id, "/logs/more"), 404, NO_PATH);
}

#[test]
fn logs_end_at_the_limit_of_the_action() {
    let host = Flockd::start_with(&Options::default().set("limits.action.logs-mebibytes-default", 1));
    let chatty = |name: &str, limits: Value| {
        let exec = jar_exec("hostile-chatty", "hostile.chatty.Chatty");
        host.put(name, &json!({"exec": exec, "limits": limits})).expect(200);
    };
    chatty("default", json!({}));
    chatty("none", json!({"logs": 0}));
    let notice = |bytes: u32| {
        format!("Logs were truncated because the total bytes size exceeds the limit of {bytes} bytes.")
    };

    let id = run(&host, "default", &json!({"lines": 1100, "bytesPerLine": 1023}));
    let record = host.record(&id);
    assert_eq!(annotation(&record, "limits")["logs"], 1);
    let lines = record["logs"].as_array().unwrap();
    assert!(lines.last().unwrap().as_str().unwrap().contains(&notice(1 << 20)), "{:?}", lines.last());
    // A line of 1023 bytes and its end: 1024 of them fill the limit. The last line is the notice.
    assert_eq!(lines.len(), 1025);
    assert_eq!(record["statusCode"], 0, "too much of it is no error");

    let id = run(&host, "none", &json!({"lines": 3}));
    let lines = &host.record(&id)["logs"];
    assert_eq!(lines.as_array().unwrap().len(), 1, "{lines}");
    assert!(lines[0].as_str().unwrap().contains(&notice(0)), "{lines}");
    let id = run(&host, "none", &json!({"lines": 0}));
    assert_eq!(host.record(&id)["logs"], json!([]));
}
