//! `usage`, `top`, the flags of the budgets, and what a record shows of its usage.

use serde_json::json;

use super::{User, jar};
use crate::support::{Flockd, flockd};

#[test]
fn a_bill_and_a_live_table() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["top", "--once", "--interval-millis", "100"]).says(&["ACTION", "no function is loaded"]);
    host.deploy("hello", "hello.Hello");
    for _ in 0..3 {
        user.run(&["invoke", "hello", "-b"]).ok();
    }
    let bill = user.run(&["usage"]).says(&["ACTION", "CALLS", "CPU", "/guest/hello", "total", " ms"]);
    let cells: Vec<&str> = bill.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(cells[..3], ["/guest/hello", "3", "0"], "{bill}");
    user.run(&["usage", "--by", "namespace", "--since", "30d"]).says(&["NAMESPACE", "guest", "total"]);
    let single = user.run(&["usage", "--by", "activation", "--limit", "2", "--since", "10m"]);
    let single = single.says(&["ACTIVATION", "OUTCOME", "success", "total"]);
    assert_eq!(single.lines().count(), 4, "a heading, two rows, the total: {single}");
    let object = user.run(&["usage", "--json"]).json();
    assert_eq!((&object["by"], &object["total"]["calls"]), (&json!("action"), &json!(3)));
    user.run(&["usage", "--by", "user"]).fails(2, &["namespace", "activation"]);
    user.run(&["usage", "--since", "soon"]).fails(2, &["soon"]);
    user.run(&["usage", "--limit", "0"]).fails(6, &["'limit'", "HTTP 400"]);

    let table = user.run(&["top", "--once", "--interval-millis", "100", "--sort", "heap"]);
    table.says(&["ACTION", "CALLS/S", "CPU %", "/guest/hello", "success 3"]);
    let object = user.run(&["top", "--once", "--json", "--interval-millis", "100"]).json();
    assert_eq!(object["rows"][0]["action"], "guest/hello");
    assert!(object["rows"][0]["cpuPercent"].as_f64().is_some_and(|percent| percent < 5.0), "{object}");
    assert_eq!(object["rows"][0]["callsPerSecond"], 0.0, "nothing was called in that interval");
    user.run(&["top", "--sort", "colour"]).fails(2, &["colour"]);
    user.run(&["top", "--interval-millis", "5"]).fails(2, &["5"]);

    let shown = user.run(&["activations", "get", "--last"]);
    shown.says(&["outcome", "success", "cpu", "allocated"]);

    let output = flockd().args(["keys", "operator", "--data"]).arg(host.data()).output().unwrap();
    let key = String::from_utf8(output.stdout).unwrap();
    let operator = User::new().with("APIHOST", &host.url).with("AUTH", key.trim());
    operator.run(&["usage"]).says(&["/guest/hello"]);
    operator.run(&["list"]).fails(4, &["401"]);
}

#[test]
fn budgets_are_flags_of_deploy() {
    let host = Flockd::start();
    let user = User::of(&host);
    let flags = "--cpu 500 --threads 4 --classes 1000 --sockets 2 --temp-bytes 1048576 --allocation-rate 100";
    let jar = jar("hello");
    let words: Vec<&str> = ["deploy", jar.as_str()].into_iter().chain(flags.split(' ')).collect();
    user.run(&words).ok();
    let action = user.run(&["get", "hello", "--json"]).json();
    let limits = json!({"concurrency": 1, "logs": 10, "memory": 256, "timeout": 60_000, "cpu": 500, "threads": 4,
        "classes": 1000, "sockets": 2, "tempBytes": 1_048_576, "allocationRate": 100});
    assert_eq!(action["limits"], limits);
    user.run(&["get", "hello"]).says(&["cpu", "500 ms", "temp files", "1048576 bytes", "100 MB/s"]);
    user.run(&["deploy", &jar, "--cpu", "5"]).fails(6, &["cpu 5 milliseconds below allowed threshold of 10"]);
    user.run(&["deploy", &jar, "--threads", "many"]).fails(2, &["--threads"]);
    // wsk has no such flags: the annotation does it.
    user.run(&["deploy", &jar, "-a", "flock-limits", "{\"cpu\":600}"]).ok();
    assert_eq!(user.run(&["get", "hello", "--json"]).json()["limits"]["cpu"], 600);
}
