//! Code that is gone from the data directory, or damaged there: what can still be done with its action, and what says so.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    jars::jar_that_says,
    support::{Flockd, jar_exec},
};
use base64::{Engine, engine::general_purpose::STANDARD};

const LOST: &str = "The code of the action is lost on the host; deploy the action again.";
const ACTION: &str = "/api/v1/namespaces/_/actions/word";
const VERSIONS: &str = "/flock/v1/versions/word";

/// Files of code, and of what was made from it.
fn files(host: &Flockd) -> Vec<PathBuf> {
    let files = fs::read_dir(host.data().join("code")).unwrap().flatten();
    files.map(|file| file.path()).collect()
}

fn is_image(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "image")
}

/// Two versions; gives the files of the first one: its code, and its image.
fn two_versions(host: &Flockd) -> (PathBuf, PathBuf) {
    let before = files(host);
    let put = |word: &str| {
        let jar = STANDARD.encode(jar_that_says(word));
        let put = json!({ "exec": { "kind": "java:default", "code": jar, "main": "hello.Hello" } });
        host.put("word", &put).expect(200);
    };
    put("First");
    let made: Vec<PathBuf> = files(host).into_iter().filter(|path| !before.contains(path)).collect();
    put("Later");
    let one = |is: bool| made.iter().find(|path| is_image(path) == is).unwrap().clone();
    (one(false), one(true))
}

#[test]
fn an_action_without_its_code_can_be_deleted() {
    let host = Flockd::start();
    let damage: [fn(&PathBuf); 2] = [
        |path| fs::remove_file(path).unwrap(),
        |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        },
    ];
    for damage in damage {
        let before = files(&host);
        host.put("word", &json!({ "exec": jar_exec("hello", "hello.Hello") })).expect(200);
        let code = files(&host).into_iter().find(|path| !before.contains(path) && !is_image(path)).unwrap();
        damage(&code);
        assert_eq!(host.send("GET", ACTION, None).expect(500).error(), LOST);
        host.send("GET", &format!("{ACTION}?code=false"), None).expect(200);
        let updated = host.put("word", &json!({ "annotations": [] })).expect(200).json();
        assert_eq!(updated["exec"]["code"], Value::Null);
        let deleted = host.send("DELETE", ACTION, None).expect(200).json();
        assert_eq!((&deleted["name"], &deleted["exec"]["code"]), (&json!("word"), &Value::Null));
        host.send("GET", ACTION, None).expect(404);
        // As a start would.
        let _ = fs::remove_dir(&code);
    }
    host.put("word", &json!({ "exec": jar_exec("hello", "hello.Hello") })).expect(200);
    let deleted = host.send("DELETE", ACTION, None).expect(200).json();
    assert!(deleted["exec"]["code"].is_string());
}

#[test]
fn a_version_whose_code_is_lost_does_not_come_back() {
    let host = Flockd::start();
    let back = json!({ "version": "0.0.1" });
    let traffic = json!({ "traffic": { "0.0.1": 50 } });
    let (code, image) = two_versions(&host);
    let whole = fs::read(&code).unwrap();
    let refuse = |what: &str| {
        for (method, query, body) in
            [("POST", "", &back), ("POST", "?check=true", &back), ("PUT", "", &traffic)]
        {
            let refused = host.send(method, &format!("{VERSIONS}{query}"), Some(body));
            assert_eq!((refused.status, refused.error().as_str()), (500, LOST), "{what}: {method}{query}");
        }
        let current = host.send("GET", &format!("{ACTION}?code=false"), None).expect(200).json();
        assert_eq!(current["version"], "0.0.2", "{what}");
    };
    fs::remove_file(&image).unwrap();
    fs::write(&code, "damaged").unwrap();
    refuse("damaged, and nothing made from it");
    fs::remove_file(&code).unwrap();
    refuse("missing");
    // What is made from it can be made again.
    fs::write(&code, whole).unwrap();
    host.send("PUT", VERSIONS, Some(&traffic)).expect(200);
    assert_eq!(host.send("POST", VERSIONS, Some(&back)).expect(200).json()["version"], "0.0.3");
    host.invoke("word", &json!({})).expect(200);
}

#[test]
fn versions_go_on_after_the_largest_patch() {
    let host = Flockd::start();
    let mut put = json!({ "exec": jar_exec("hello", "hello.Hello"), "version": "0.7.4294967295" });
    assert_eq!(host.put("word", &put).expect(200).json()["version"], "0.7.4294967295");
    put.as_object_mut().unwrap().remove("version");
    assert_eq!(host.put("word", &put).expect(200).json()["version"], "0.8.0");
    assert_eq!(host.put("word", &put).expect(200).json()["version"], "0.8.1");
}
