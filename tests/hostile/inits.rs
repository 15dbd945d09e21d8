//! Functions that cannot be made ready: the error says what is wrong, each time.

use serde_json::json;

use super::{neighbour::Street, support::jar_exec};

const INITIALISING: &str = "An error has occurred during initialization (see logs for details): ";

#[test]
fn each_wrong_main_says_what_is_wrong() {
    let street = Street::start();
    let of = |class: &str| format!("hostile.badmain.{class}");
    for (main, texts) in [
        (of("NotStatic"), &["NotStatic.main", "is not static"][..]),
        (of("NotPublic"), &["NotPublic.main", "is not public"]),
        (of("WrongReturn"), &["WrongReturn.main", "returns java.lang.String"]),
        (of("VoidReturn"), &["VoidReturn.main", "returns void"]),
        (of("ObjectReturn"), &["ObjectReturn.main", "returns java.lang.Object"]),
        (of("NoMethod"), &["NoMethod", "has no method main", "hostile.badmain.NoMethod#run"]),
        (of("TwoParameters"), &["takes (com.google.gson.JsonObject, java.lang.String)"]),
        (of("WrongParameter"), &["takes (java.lang.String[])"]),
        (of("Missing"), &["ClassNotFoundException: hostile.badmain.Missing", "the jar has no such class"]),
        (of("Right#missing"), &["hostile.badmain.Right", "has no method missing"]),
        ("hostile/badmain/Right".to_owned(), &["hostile/badmain/Right"]),
        ("Right".to_owned(), &["ClassNotFoundException: Right", "hostile.badmain.Right"]),
        ("#main".to_owned(), &["names no class"]),
        ("java.lang.String".to_owned(), &["java.lang.String has no method main"]),
        ("flock.boot.Host".to_owned(), &["ClassNotFoundException: flock.boot.Host"]),
    ] {
        street.host.put("bad", &json!({ "exec": jar_exec("hostile-bad-main", &main) })).expect(200);
        let error = street.fails_with("bad", &json!({}), INITIALISING);
        for text in texts {
            assert!(error.contains(text), "{main}: {error:?} does not say {text:?}");
        }
        // Once more: a failure is no success later.
        assert_eq!(street.fails_with("bad", &json!({}), INITIALISING), error, "{main}");
    }
}

#[test]
fn odd_but_sound_mains_are_called() {
    let street = Street::start();
    for (main, called) in [
        ("hostile.badmain.Right", "main"),
        ("hostile.badmain.Right#", "main"),
        ("hostile.badmain.Right#main", "main"),
        ("hostile.badmain.Right#other", "other"),
    ] {
        street.host.put("odd", &json!({ "exec": jar_exec("hostile-bad-main", main) })).expect(200);
        assert_eq!(street.host.result("odd", &json!({}))["called"], called, "{main}");
    }
    for main in ["hostile.badmain.Generic", "hostile.badmain.AnInterface"] {
        street.host.put("odd", &json!({ "exec": jar_exec("hostile-bad-main", main) })).expect(200);
        assert_eq!(street.host.result("odd", &json!({ "a": 1 })), json!({ "a": 1 }), "{main}");
    }
}

#[test]
fn initialisers_that_throw_are_named() {
    let street = Street::start();
    let of = |class: &str| jar_exec("hostile-static-init-throws", &format!("hostile.staticinit.{class}"));
    for (class, texts) in [
        (
            "StaticInit",
            &["static initializer of hostile.staticinit.StaticInit", "NumberFormatException", "not a number"]
                [..],
        ),
        ("StaticInitError", &["NoClassDefFoundError: made/up/Missing"]),
        ("StaticInitOverflow", &["StackOverflowError"]),
    ] {
        street.host.put("init", &json!({ "exec": of(class) })).expect(200);
        for round in 0..2 {
            let error = street.fails_with("init", &json!({}), INITIALISING);
            for text in texts {
                assert!(error.contains(text), "{class} {round}: {error:?} does not say {text:?}");
            }
        }
    }
    // A class that is used first inside the call: an error of the call, not of the initialisation.
    street.host.put("late", &json!({ "exec": of("LateInit") })).expect(200);
    let error = street.fails_with("late", &json!({}), "while invoking the action");
    assert!(error.contains("ExceptionInInitializerError"), "{error}");
}

#[test]
fn the_record_of_a_failed_initialisation_has_its_stack() {
    let street = Street::start();
    street.deploy("hostile-static-init-throws", "hostile.staticinit.StaticInit");
    let record = street.host.invoke("hostile-static-init-throws", &json!({})).expect(502).json();
    assert_eq!(record["response"]["status"], "action developer error");
    let logs = street.log_of(&record).join("\n");
    assert!(logs.contains("at hostile.staticinit.StaticInit.<clinit>(StaticInit.java:"), "{logs}");
    assert!(!logs.contains("at flock."), "{logs}");
}
