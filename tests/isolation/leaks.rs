//! A function that keeps its own class loader alive after it was dropped is found and reported, with what holds it; one
//! that does not is not, and a neighbour notices nothing.

use serde_json::{Value, json};

use super::{
    support::{Options, eventually_within, flockd, source, source_exec},
    tenant::Street,
};

/// Leaks through a component of Swing that all share, as a static field that classes below may use.
const LEAKER: &str = r#"
import com.google.gson.*;
import javax.swing.ImageIcon;

public class Main {
    static final byte[] WEIGHT = new byte[1 << 20];

    public static class Held extends ImageIcon implements java.beans.PropertyChangeListener {
        public void propertyChange(java.beans.PropertyChangeEvent event) { }
        void stay() { component.addPropertyChangeListener(this); }
    }

    public static JsonObject main(JsonObject args) {
        new Held().stay();
        return args;
    }
}
"#;

fn leaks(street: &Street, auth: &str) -> Vec<Value> {
    let answer = street.host.send_as(Some(auth), "GET", "/flock/v1/leaks", None).expect(200).json();
    answer["rows"].as_array().unwrap().clone()
}

#[test]
fn a_function_whose_classes_do_not_go_is_reported_with_what_holds_it() {
    let street = Street::start_with(&Options::default());
    let host = &street.host;
    let operator = flockd().args(["keys", "operator", "--data"]).arg(host.data()).output().unwrap();
    let operator = String::from_utf8(operator.stdout).unwrap().trim().to_owned();
    let neighbour = "/api/v1/namespaces/_/actions/neighbour";
    let echo = json!({ "exec": source_exec(&source("return args;")) });
    host.send_as(Some(street.other()), "PUT", neighbour, Some(&echo)).expect(200);
    // One that leaks and one that does not; both are dropped by a new version.
    host.put("leaker", &json!({ "exec": source_exec(LEAKER) })).expect(200);
    host.put("honest", &echo).expect(200);
    for name in ["leaker", "honest"] {
        host.result(name, &json!({}));
        host.put(name, &json!({ "exec": source_exec(&source("return new JsonObject();")) })).expect(200);
        host.result(name, &json!({}));
    }
    eventually_within(std::time::Duration::from_secs(180), "the leak is reported", || {
        let call = format!("{neighbour}?blocking=true");
        host.send_as(Some(street.other()), "POST", &call, Some(&json!({ "a": 1 }))).expect(200);
        !leaks(&street, &host.auth).is_empty()
    });
    let found = leaks(&street, &host.auth);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["namespace"], &found[0]["action"]),
        (&json!("guest"), &json!("guest/leaker 0.0.1"))
    );
    let chain: Vec<&str> = found[0]["chain"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(chain[0].starts_with("root: "), "{chain:?}");
    let holders = ["Main$Held", "ImageIcon"];
    assert!(chain.iter().any(|link| holders.iter().any(|holder| link.contains(holder))), "{chain:?}");
    assert!(chain.last().unwrap().contains("FuncletLoader"), "{chain:?}");
    assert!(leaks(&street, street.other()).is_empty(), "another namespace sees its own alone");
    assert_eq!(leaks(&street, &operator).len(), 1);
    assert!(host.log().contains("the classes of a dropped function do not go"));
    eventually_within(std::time::Duration::from_secs(60), "the metric counts it", || {
        host.metric("flock_leaks") == 1.0
    });
    host.send_as(None, "GET", "/flock/v1/leaks", None).expect(401);
}
