//! `versions`, `rollback`, `traffic`, `funclets`, and the flags of `deploy` that go with them.

use serde_json::{Value, json};

use super::{User, jar};
use crate::support::Flockd;

fn source(user: &User, text: &str) -> String {
    let code = format!(
        "import com.google.gson.JsonObject; public class Greet {{ public static JsonObject main(JsonObject args) {{ \
         JsonObject result = new JsonObject(); result.addProperty(\"says\", \"{text}\"); return result; }} }}"
    );
    user.write("Greet.java", &code).to_str().unwrap().to_owned()
}

fn says(user: &User) -> String {
    let result = user.run(&["invoke", "Greet", "-r", "--json"]).json();
    result["says"].as_str().unwrap().to_owned()
}

#[test]
fn versions_are_listed_split_and_brought_back() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["deploy", &source(&user, "one")]).ok();
    user.run(&["deploy", &source(&user, "two"), "--check", "--canary", "25"]).ok();
    let of_two = (0..20).filter(|_| says(&user) == "two").count();
    assert_eq!(of_two, 5);
    let text = user.run(&["versions", "Greet"]).ok();
    for part in ["VERSION", "0.0.2", "25 %", "0.0.1", "75 %"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    let half = user.run(&["traffic", "Greet", "0.0.1=50", "--json"]).json();
    assert_eq!(half["versions"][0]["percent"], 50);
    let text = user.run(&["traffic", "Greet"]).ok();
    assert!(text.contains("100 %"), "{text}");
    let text = user.run(&["rollback", "Greet", "0.0.1"]).ok();
    assert!(text.contains("0.0.3") && text.contains("a copy of 0.0.1"), "{text}");
    assert_eq!(says(&user), "one");
    let funclets = user.run(&["funclets", "--json"]).json();
    let row = funclets["rows"].as_array().unwrap().iter().find(|row| row["action"] == "guest/Greet").unwrap();
    assert_eq!((&row["version"], &row["state"]), (&json!("0.0.3"), &json!("ready")));
    assert!(row["initMicros"].as_u64().unwrap() > 0, "{row}");
    let text = user.run(&["funclets"]).ok();
    for part in ["STATE", "guest/Greet", "ready", " ms"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["versions", "greet"]).fails(5, &["action greet"]);
    user.run(&["deploy", &jar("hello"), "--name", "greet", "--canary", "10"]).fails(6, &["'canary'"]);
    user.run(&["deploy", &jar("hello"), "--name", "greet"]).ok();
    user.run(&["rollback", "greet"]).fails(5, &["no former version"]);
    user.run(&["rollback", "greet", "first"]).fails(6, &["semantic version malformed"]);
    user.run(&["traffic", "greet", "0.0.1"]).fails(2, &["VERSION=PERCENT"]);
    user.run(&["traffic", "greet", "0.0.9=10"]).fails(5, &["0.0.9 is not kept"]);
    let bad = user.write(
        "Bad.java",
        "public class Bad { static { if (true) throw new RuntimeException(\"no luck\"); } \
         public static com.google.gson.JsonObject main(com.google.gson.JsonObject args) { return args; } }",
    );
    let bad = bad.to_str().unwrap();
    user.run(&["deploy", bad, "--name", "greet", "--check"]).fails(6, &["was not put in place", "no luck"]);
    let version: Value = user.run(&["get", "greet", "--json"]).json();
    assert_eq!(version["version"], "0.0.1");
}
