//! What a restart keeps: actions, keys, records, code. And that a data directory has one host.

use serde_json::{Value, json};

use super::{
    support::{Flockd, Options, jar_exec, serve_command, source, source_exec},
    words::run,
};

fn stop(mut host: Flockd) {
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0), "{}", host.log());
}

#[test]
fn actions_keys_records_and_code_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let host = Flockd::start_on(folder.path(), &Options::default());
    let put = json!({
        "exec": jar_exec("hello", "hello.Hello"),
        "parameters": [{ "key": "name", "value": "Grüße" }],
        "annotations": [{ "key": "note", "value": [1, 2] }],
        "limits": { "timeout": 5000, "memory": 128, "logs": 1 },
    });
    host.put("hello", &put).expect(200);
    host.put("hello", &json!({ "publish": true })).expect(200);
    host.put("source", &json!({ "exec": source_exec(&source("    return args;")) })).expect(200);
    let sequence = json!({ "exec": { "kind": "sequence", "components": ["/_/hello", "/_/source"] } });
    host.put("both", &sequence).expect(200);
    host.put("gone", &put).expect(200);
    host.send("DELETE", "/api/v1/namespaces/_/actions/gone", None).expect(200);
    let list = |host: &Flockd| host.send("GET", "/api/v1/namespaces/_/actions", None).expect(200).json();
    let get = |host: &Flockd, name: &str| {
        host.send("GET", &format!("/api/v1/namespaces/_/actions/{name}"), None).expect(200).json()
    };
    let activations = |host: &Flockd| {
        host.send("GET", "/api/v1/namespaces/_/activations?docs=true&limit=200", None).expect(200).json()
    };
    for name in ["hello", "source", "both"] {
        host.invoke(name, &json!({})).expect(200);
    }
    let before =
        (list(&host), get(&host, "hello"), get(&host, "source"), activations(&host), host.auth.clone());
    assert_eq!(before.0.as_array().map(Vec::len), Some(3));
    assert!(before.3.as_array().unwrap().len() >= 5);
    stop(host);

    let host = Flockd::start_on(folder.path(), &Options::default());
    let after =
        (list(&host), get(&host, "hello"), get(&host, "source"), activations(&host), host.auth.clone());
    assert_eq!(after, before);
    assert_eq!(host.result("hello", &json!({}))["greeting"], "Hello, Grüße!");
    assert_eq!(host.result("both", &json!({ "name": "Ada" }))["greeting"], "Hello, Ada!");
    // Versions go on where they were.
    let next = host.put("hello", &json!({ "publish": false })).expect(200).json();
    assert_eq!(next["version"], "0.0.3");
    host.send("GET", "/api/v1/namespaces/_/actions/gone", None).expect(404);
}

/// A host on another JDK, or one whose images are gone or damaged, makes them again from the code.
#[test]
fn lost_or_damaged_images_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let host = Flockd::start_on(folder.path(), &Options::default());
    host.deploy("hello", "hello.Hello");
    host.deploy("echo", "Echo");
    host.deploy("counter", "counter.Counter");
    for number in 0..3 {
        host.put(&format!("source-{number}"), &numbered(number)).expect(200);
    }
    stop(host);
    let mut images = images(folder.path());
    assert_eq!(images.len(), 6);
    std::fs::remove_file(images.pop().unwrap()).unwrap();
    let cut = images.pop().unwrap();
    let bytes = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    // In the middle: of a class.
    let rotten = images.pop().unwrap();
    flip_a_byte(&rotten);
    let [one, other] = [images.pop().unwrap(), images.pop().unwrap()];
    let aside = folder.path().join("aside");
    for (from, to) in [(&one, &aside), (&other, &one), (&aside, &other)] {
        std::fs::rename(from, to).unwrap();
    }
    let folder_instead = images.pop().unwrap();
    std::fs::remove_file(&folder_instead).unwrap();
    // What a crash may leave: a partial file, a work folder, code of no action.
    for name in ["0123.partial", "4567"] {
        std::fs::write(folder.path().join("code").join(name), b"left").unwrap();
    }
    std::fs::create_dir(folder.path().join("code/89ab.work")).unwrap();

    let host = Flockd::start_on(folder.path(), &Options::default());
    std::fs::create_dir(&folder_instead).unwrap();
    assert_eq!(host.result("hello", &json!({ "name": "Ada" }))["greeting"], "Hello, Ada!");
    assert_eq!(host.result("echo", &json!({ "a": 1 })), json!({ "a": 1 }));
    assert!(host.result("counter", &json!({})).is_object());
    for number in 0..3 {
        assert_eq!(host.result(&format!("source-{number}"), &json!({}))["number"], number);
    }
    assert!(folder_instead.is_file());
    for name in ["0123.partial", "4567", "89ab.work"] {
        assert!(!folder.path().join("code").join(name).exists(), "{name} is still there");
    }
}

/// A function that answers with this number.
fn numbered(number: u32) -> Value {
    json!({ "exec": source_exec(&source(&format!(
        "JsonObject result = new JsonObject(); result.addProperty(\"number\", {number}); return result;"
    ))) })
}

/// Code that is not what was deployed does not run, and the other actions do not notice.
#[test]
fn damaged_code_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let host = Flockd::start_on(folder.path(), &Options::default());
    host.deploy("hello", "hello.Hello");
    stop(host);
    let image = images(folder.path()).pop().unwrap();
    let name = image.file_name().unwrap().to_str().unwrap().split('-').next().unwrap().to_owned();
    std::fs::remove_file(&image).unwrap();
    flip_a_byte(&folder.path().join("code").join(name));

    let host = Flockd::start_on(folder.path(), &Options::default());
    host.deploy("echo", "Echo");
    let said = host.invoke("hello", &json!({})).expect(500).error();
    assert!(said.contains("deploy the action again"), "{said}");
    assert!(host.log().contains("damaged; deploy the action again"), "{}", host.log());
    assert_eq!(host.result("echo", &json!({ "a": 1 })), json!({ "a": 1 }));
}

fn images(data: &std::path::Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(data.join("code"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "image"))
        .collect()
}

fn flip_a_byte(path: &std::path::Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x20;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_second_host_on_the_same_directory_is_refused() {
    let mut host = Flockd::start();
    let said = run(&mut serve_command(host.data(), &Options::default()));
    said.fails_with(&["is in use by another flockd", &host.data().display().to_string()]);
    assert!(!said.out.contains("listening"), "{said:?}");
    assert!(host.is_alive());
    host.send_as(None, "GET", "/ping", None).expect(200);
    let props = std::fs::read_to_string(host.data().join("wskprops")).unwrap();
    assert!(props.contains(&host.url), "the second host has changed wskprops: {props}");
}

/// A record of a blocking call is written behind, but a stop in order waits for it.
#[test]
fn records_of_the_last_moment_survive_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let host = Flockd::start_on(folder.path(), &Options::default());
    host.deploy("echo", "Echo");
    let ids: Vec<Value> = (0..300)
        .map(|number| {
            host.invoke("echo", &json!({ "number": number })).expect(200).json()["activationId"].clone()
        })
        .collect();
    stop(host);
    let host = Flockd::start_on(folder.path(), &Options::default());
    for (number, id) in ids.iter().enumerate() {
        let path = format!("/api/v1/namespaces/_/activations/{}/result", id.as_str().unwrap());
        let result = host.send("GET", &path, None).expect(200).json();
        assert_eq!(result["result"]["number"], number);
    }
}
