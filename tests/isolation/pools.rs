//! What the JDK hands on from one caller to the next, or does for a function on a thread of its own making: lists of revocations by
//! address, digests of nothing, writers of beans, validators of XML, room for text, listeners of sounds; and maps by numbers and texts that a caller chooses, which
//! forget nothing.

use serde_json::{Value, json};

use super::{
    support::{Flockd, Options, eventually, jar_exec, source, source_exec},
    tenant::Street,
};

const JAR: &str = "hostile-pools";
const MAIN: &str = "hostile.pools.Pools";
/// As much of the name of the thread that tells listeners of sounds as the kernel keeps.
const TELLS_OF_SOUNDS: &str = "Java Sound Even";
/// As much of the name of the thread that plays.
const PLAYS: &str = "Java Sound Sequ";

fn delete(street: &Street) {
    street.host.send("DELETE", "/api/v1/namespaces/_/actions/pools", None).expect(200);
}

/// Writes a bean as XML; what the class is like is the function's own.
fn writer(order: &str, made: &str) -> Value {
    source_exec(&format!(
        r#"
import com.google.gson.*;

public class Main {{
    {order}

    public static JsonObject main(JsonObject args) {{
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        try (java.beans.XMLEncoder encoder = new java.beans.XMLEncoder(bytes)) {{
            encoder.setExceptionListener(failed -> args.addProperty("failed", failed.toString()));
            Order order = {made};
            encoder.writeObject(order);
        }}
        args.addProperty("seven", bytes.toString().contains("<int>7</int>"));
        return args;
    }}
}}
"#
    ))
}

/// A function of the victim's that holds so many times 20 MiB at once.
fn deploy_holder(street: &Street, times: u32) {
    let path = "/api/v1/namespaces/_/actions/holds";
    let body = format!(
        "byte[][] held = new byte[{times}][]; for (int i = 0; i < {times}; i++) held[i] = new byte[20 << 20];\n\
         args.addProperty(\"held\", held.length); return args;"
    );
    let body = json!({ "exec": source_exec(&source(&body)), "limits": { "memory": 512 } });
    street.host.send_as(Some(street.other()), "PUT", path, Some(&body)).expect(200);
}

/// The names of the host's threads.
fn threads(host: &Flockd) -> Vec<String> {
    std::fs::read_dir(format!("/proc/{}/task", host.pid()))
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("comm")).ok())
        .map(|name| name.trim_end().to_owned())
        .collect()
}

#[test]
fn a_list_of_revocations_that_one_function_has_made_up_is_not_believed_by_another() {
    let street = Street::start();
    street.deploy(JAR);
    assert_eq!(street.attack("pools", &json!({ "how": "revoke" }))["end"], "valid", "by its own lie");
    for _ in 0..2 {
        assert_eq!(street.victim("pools", &json!({ "how": "check" }))["end"], "REVOKED");
    }
    assert_eq!(street.attack("pools", &json!({ "how": "heard" }))["heard"], "[guest]");
}

#[test]
fn a_digest_of_nothing_that_one_function_has_made_up_is_not_anothers() {
    let street = Street::start();
    street.deploy(JAR);
    assert_eq!(street.attack("pools", &json!({ "how": "hash" }))["length"], 128);
    for _ in 0..2 {
        assert_eq!(street.victim("pools", &json!({ "how": "decrypt" }))["text"], "secret");
    }
}

/// By the name of its class the JDK remembers who writes a bean.
#[test]
fn how_a_bean_is_written_is_not_remembered_for_a_class_of_the_same_name() {
    let street = Street::start();
    let usual = writer(
        "public static class Order { int id; public int getId() { return id; } public void setId(int id) { this.id = id; } }",
        "new Order(); order.setId(7)",
    );
    let other = writer(
        "public static class Order { @java.beans.ConstructorProperties({\"none\"}) public Order(int none) {} }",
        "new Order(3)",
    );
    let path = "/api/v1/namespaces/_/actions/writes";
    street.host.put("writes", &json!({ "exec": other })).expect(200);
    street.host.send_as(Some(street.other()), "PUT", path, Some(&json!({ "exec": usual }))).expect(200);
    assert_eq!(street.attack("writes", &json!({}))["seven"], false);
    for _ in 0..2 {
        assert_eq!(json!(street.victim("writes", &json!({}))), json!({ "seven": true }));
    }
}

#[test]
fn a_validator_that_was_given_back_twice_works_for_one_at_a_time() {
    let street = Street::start();
    street.deploy(JAR);
    let alone = street.victim("pools", &json!({ "how": "nested" }));
    let errors = |count| {
        Value::from(format!("[{}]", vec!["cvc-datatype-valid.1.2.1:, cvc-type.3.1.3:"; count].join(", ")))
    };
    assert_eq!((&alone["outer"], &alone["inner"]), (&errors(2), &errors(1)));
    // All of them stand before the pool at once, or the attack is none.
    assert_eq!(street.attack("pools", &json!({ "how": "double" }))["blocked"], 8);
    for _ in 0..4 {
        assert_eq!(street.victim("pools", &json!({ "how": "nested" })), alone);
    }
}

#[test]
fn the_thread_that_tells_listeners_of_sounds_ends_with_the_function() {
    let street = Street::start();
    for how in ["sound", "spin"] {
        let body = json!({ "exec": jar_exec(JAR, MAIN) });
        street.host.put("pools", &body).expect(200);
        assert_eq!(street.host.result("pools", &json!({ "how": how })), json!({}), "{how}");
        assert!(threads(&street.host).iter().any(|name| name == TELLS_OF_SOUNDS), "{how}");
        delete(&street);
        eventually(how, || {
            !threads(&street.host).iter().any(|name| name == TELLS_OF_SOUNDS || name == PLAYS)
        });
        assert!(street.host.metric("flock_lost_lanes") < 1.0, "{how}");
    }
}

/// Each call leaves 90 MiB or more if it leaves anything; the functions are deleted, the victim takes 400, and the heap has 512.
#[test]
fn what_the_jdk_remembers_by_number_or_text_goes_with_the_function() {
    let street = Street::start_with(&Options::default().set("jvm.heap-max-mebibytes", 512));
    deploy_holder(&street, 20);
    assert_eq!(street.victim("holds", &json!({}))["held"], 20);
    for how in ["lengths", "listeners", "numbers", "patterns"] {
        leave(&street, how);
        assert_eq!(street.victim("holds", &json!({}))["held"], 20, "{how}");
    }
}

/// Deploys the function, calls it and deletes it.
fn leave(street: &Street, how: &str) {
    let body = json!({ "exec": jar_exec(JAR, MAIN), "limits": { "memory": 512 } });
    street.host.put("pools", &body).expect(200);
    assert_eq!(street.host.result("pools", &json!({ "how": how })), json!({}), "{how}");
    delete(street);
}

/// The same by names of digests, signatures, zones of time and files with keys, of 4 MiB each.
#[test]
fn what_the_jdk_remembers_by_long_names_goes_with_the_function() {
    let street = Street::start_with(&Options::default().set("jvm.heap-max-mebibytes", 512));
    deploy_holder(&street, 20);
    for how in ["digests", "signatures", "zones", "tables"] {
        leave(&street, how);
        assert_eq!(street.victim("holds", &json!({}))["held"], 20, "{how}");
    }
}

/// The texts take 128 MiB while they are measured; the victim takes 300, and the heap has 384.
#[test]
fn the_room_that_the_jdk_has_taken_for_texts_is_given_back() {
    let street = Street::start_with(&Options::default().set("jvm.heap-max-mebibytes", 384));
    deploy_holder(&street, 15);
    assert_eq!(street.victim("holds", &json!({}))["held"], 15);
    leave(&street, "texts");
    for _ in 0..3 {
        assert_eq!(street.victim("holds", &json!({}))["held"], 15);
    }
}
