//! The recorded requests, command by command, and what wsk reads from the answers.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::wire::Run;
use crate::support::{Answer, Flockd, jar_bytes};

pub(super) fn code() -> String {
    STANDARD.encode(jar_bytes("hello"))
}

/// The body of `wsk action create NAME hello.jar --main hello.Hello`.
fn create_body(name: &str) -> Value {
    json!({
        "namespace": "_",
        "name": name,
        "exec": {"kind": "java:default", "code": code(), "main": "hello.Hello"},
    })
}

/// What wsk takes from an action, to print it and to build its next request.
#[track_caller]
fn expect_action(answer: Answer, name: &str, version: &str) -> Value {
    let action = answer.expect(200).json();
    assert_eq!((&action["name"], &action["version"]), (&json!(name), &json!(version)));
    assert_eq!(action["namespace"], "guest", "wsk builds URLs with it");
    assert!(action["publish"].is_boolean() && action["updated"].is_u64(), "{action}");
    assert!(action["exec"]["kind"].is_string() && action["parameters"].is_array(), "{action}");
    for limit in ["timeout", "memory", "logs", "concurrency"] {
        assert!(action["limits"][limit].is_u64(), "{limit}: {action}");
    }
    action
}

fn annotation<'a>(entity: &'a Value, key: &str) -> &'a Value {
    let list = entity["annotations"].as_array().unwrap();
    list.iter().find(|each| each["key"] == key).map_or(&Value::Null, |each| &each["value"])
}

/// wsk prints `error` and, in brackets, `code`.
#[track_caller]
pub(super) fn expect_error(answer: Answer, status: u16, text: &str) {
    let body = answer.expect(status).json();
    assert!(body["error"].as_str().unwrap().contains(text), "{body}");
    assert!(body["code"].is_string(), "{body}");
}

#[test]
fn actions() {
    let host = Flockd::start();
    let wsk = || Run::new(&host);

    // property get --apibuild, --apibuildno: without a key.
    let mut run = wsk();
    for _ in 0..2 {
        let info = run.get_open("/api/v1").expect(200).json();
        assert!(info["build"].is_string() && info["buildno"].is_string(), "{info}");
    }

    // action create hello hello.jar --main hello.Hello
    let path = "/namespaces/_/actions/hello";
    let made = wsk().send("PUT", &format!("{path}?overwrite=false"), Some(&create_body("hello")));
    let made = expect_action(made, "hello", "0.0.1");
    assert_eq!((&made["exec"]["kind"], &made["exec"]["binary"]), (&json!("java:8"), &json!(true)));
    let again = wsk().send("PUT", &format!("{path}?overwrite=false"), Some(&create_body("hello")));
    expect_error(again, 409, "resource already exists");

    // ... --kind java:8 -m 256 -t 5000 -l 1 -c 1 -p k v -a n x
    let mut body = create_body("pkg/full");
    body["exec"]["kind"] = "java:8".into();
    body["limits"] = json!({"timeout": 5000, "memory": 256, "logs": 1, "concurrency": 1});
    body["parameters"] = json!([{"key": "k", "value": "v"}]);
    body["annotations"] = json!([{"key": "n", "value": "x"}]);
    let full = wsk().send("PUT", "/namespaces/_/actions/full?overwrite=false", Some(&body));
    let full = expect_action(full, "full", "0.0.1");
    assert_eq!((&full["limits"], &full["parameters"]), (&body["limits"], &body["parameters"]));
    assert_eq!(annotation(&full, "n"), "x");

    // action create pkg/hello hello.jar: the slash stands in path and body. The package must exist.
    let path_in_package = "/namespaces/_/actions/pkg/hello?overwrite=false";
    let absent = "The requested resource does not exist.";
    expect_error(wsk().send("PUT", path_in_package, Some(&create_body("pkg/hello"))), 404, absent);

    // action update hello -m 512: asks first, sends what changes.
    let mut run = wsk();
    expect_action(run.get(&format!("{path}?code=false")), "hello", "0.0.1");
    let change = json!({"namespace": "_", "name": "hello", "limits": {"memory": 512}});
    let changed =
        expect_action(run.send("PUT", &format!("{path}?overwrite=true"), Some(&change)), "hello", "0.0.2");
    assert_eq!((&changed["limits"]["memory"], &changed["exec"]), (&json!(512), &made["exec"]));

    // action update hello --web true: sends the whole merged list.
    let mut run = wsk();
    let known = expect_action(run.get(&format!("{path}?code=false")), "hello", "0.0.2");
    assert_eq!(known["exec"]["code"], Value::Null);
    let mut list = known["annotations"].as_array().unwrap().clone();
    for (key, value) in [("web-export", true), ("raw-http", false), ("final", true)] {
        list.push(json!({"key": key, "value": value}));
    }
    let web = json!({"namespace": "_", "name": "hello", "annotations": list});
    let web = expect_action(run.send("PUT", &format!("{path}?overwrite=true"), Some(&web)), "hello", "0.0.3");
    assert_eq!(web["annotations"].as_array().unwrap().len(), list.len(), "none stands twice");
    assert_eq!((annotation(&web, "web-export"), annotation(&web, "final")), (&json!(true), &json!(true)));
    // ... --web false --del-annotation raw-http
    let mut run = wsk();
    run.get(&format!("{path}?code=false")).expect(200);
    let off = json!({
        "namespace": "_", "name": "hello", "delAnnotations": ["raw-http"],
        "annotations": [{"key": "web-export", "value": false}, {"key": "final", "value": false}],
    });
    let off = expect_action(run.send("PUT", &format!("{path}?overwrite=true"), Some(&off)), "hello", "0.0.4");
    assert_eq!((annotation(&off, "web-export"), annotation(&off, "raw-http")), (&json!(false), &Value::Null));
    // action update absent: wsk takes 404 for "make it anew".
    let mut run = wsk();
    expect_error(run.get("/namespaces/_/actions/fresh?code=false"), 404, absent);
    let fresh = run.send("PUT", "/namespaces/_/actions/fresh?overwrite=true", Some(&create_body("fresh")));
    expect_action(fresh, "fresh", "0.0.1");

    // action create copy --copy hello: the exec of the answer, with its binary.
    let mut run = wsk();
    let whole = expect_action(run.get(&format!("{path}?code=true")), "hello", "0.0.4");
    assert_eq!((&whole["exec"]["code"], &whole["exec"]["binary"]), (&json!(code()), &json!(true)));
    let mut copy = whole.clone();
    copy["name"] = "copy".into();
    copy.as_object_mut().unwrap().retain(|key, _| !["updated", "version"].contains(&key.as_str()));
    let copied = run.send("PUT", "/namespaces/_/actions/copy?overwrite=false", Some(&copy));
    assert_eq!(expect_action(copied, "copy", "0.0.1")["exec"], whole["exec"]);

    // action create seq --sequence hello,/guest/copy; action create d --docker image
    let sequence = json!({
        "namespace": "_", "name": "seq",
        "exec": {"kind": "sequence", "components": ["/_/hello", "/guest/copy"]},
    });
    let sequence = wsk().send("PUT", "/namespaces/_/actions/seq?overwrite=false", Some(&sequence));
    let sequence = expect_action(sequence, "seq", "0.0.1");
    assert_eq!(sequence["exec"]["components"], json!(["/guest/hello", "/guest/copy"]));
    let docker = json!({"namespace": "_", "name": "d", "exec": {"kind": "blackbox", "image": "some/image"}});
    let docker = wsk().send("PUT", "/namespaces/_/actions/d?overwrite=false", Some(&docker));
    expect_error(docker, 400, "The specified runtime 'blackbox' is not supported by this platform.");

    // action get hello; --save; one that is not there
    expect_action(wsk().get(&format!("{path}?code=false")), "hello", "0.0.4");
    let saved = expect_action(wsk().get(&format!("{path}?code=true")), "hello", "0.0.4");
    let bytes = STANDARD.decode(saved["exec"]["code"].as_str().unwrap()).unwrap();
    assert_eq!(bytes, jar_bytes("hello"), "the jar comes back as it went");
    expect_error(wsk().get("/namespaces/_/actions/absent?code=false"), 404, absent);

    // action list, action list pkg, action list /guest
    let rows = wsk().get("/namespaces/_/actions?limit=30&skip=0").expect(200).json();
    for row in rows.as_array().unwrap() {
        assert!(row["name"].is_string() && row["version"].is_string() && row["updated"].is_u64(), "{row}");
        assert_eq!(row["namespace"], "guest");
        assert!(annotation(row, "exec").is_string(), "wsk prints the kind from it: {row}");
    }
    assert_eq!(rows.as_array().unwrap().len(), 5);
    assert_eq!(wsk().get("/namespaces/guest/actions?limit=30&skip=0").expect(200).json(), rows);
    expect_error(wsk().get("/namespaces/_/actions/pkg/?limit=30&skip=0"), 404, absent);

    // action delete
    for name in ["seq", "copy", "fresh", "full", "hello"] {
        let path = format!("/namespaces/_/actions/{name}");
        assert_eq!(wsk().send("DELETE", &path, None).expect(200).json()["name"], name);
    }
    expect_error(wsk().send("DELETE", path, None), 404, absent);
    assert_eq!(wsk().get("/namespaces/_/actions?limit=30&skip=0").expect(200).json(), json!([]));
}

#[test]
fn invocations_and_activations() {
    let host = Flockd::start();
    let wsk = || Run::new(&host);
    let path = "/namespaces/_/actions/hello";
    wsk().send("PUT", &format!("{path}?overwrite=false"), Some(&create_body("hello"))).expect(200);

    // action invoke hello: the empty payload is `{}` and a line feed.
    let answer =
        wsk().send("POST", &format!("{path}?blocking=false&result=false"), Some(&json!({}))).expect(202);
    let first = answer.json()["activationId"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("x-openwhisk-activation-id"), Some(first.as_str()));
    host.record(&first);
    // -b; -r -p name Ada; -P file
    let ada = json!({"name": "Ada"});
    let record =
        wsk().send("POST", &format!("{path}?blocking=true&result=false"), Some(&ada)).expect(200).json();
    assert_eq!(record["response"]["result"], json!({"greeting": "Hello, Ada!"}));
    assert_eq!(
        (&record["response"]["success"], &record["response"]["status"]),
        (&json!(true), &json!("success"))
    );
    let result =
        wsk().send("POST", &format!("{path}?blocking=true&result=true"), Some(&ada)).expect(200).json();
    assert_eq!(result, json!({"greeting": "Hello, Ada!"}));
    // -r -p name 3: wsk reads values as JSON where it can, and hello takes no number.
    let mut run = wsk();
    let failed =
        run.send("POST", &format!("{path}?blocking=true&result=true"), Some(&json!({"name": 3}))).expect(502);
    assert_eq!(failed.json(), json!({"error": "'name' must be a string"}));
    // -b of the same: wsk tells an error of the action from one of the host by these members.
    let failed = run
        .send("POST", &format!("{path}?blocking=true&result=false"), Some(&json!({"name": 3})))
        .expect(502);
    let failed = failed.json();
    assert_eq!(failed["response"]["success"], false);
    assert_eq!(failed["response"]["result"]["error"], "'name' must be a string");
    let newest = failed["activationId"].as_str().unwrap();
    host.record(newest);
    expect_error(
        wsk().send("POST", "/namespaces/_/actions/absent?blocking=false&result=false", Some(&json!({}))),
        404,
        "The requested resource does not exist.",
    );

    // activation list, activation list hello -f -l 3 --since 1 --upto N
    let rows = wsk().get("/namespaces/_/activations?limit=30&skip=0").expect(200).json();
    assert_eq!(rows.as_array().unwrap().len(), 5);
    assert_eq!(rows[0]["activationId"], newest, "the newest is first");
    for row in rows.as_array().unwrap() {
        assert!(row["start"].is_u64() && row["duration"].is_u64() && row["statusCode"].is_u64(), "{row}");
        assert_eq!(
            (&row["namespace"], &row["name"], &row["version"]),
            (&json!("guest"), &json!("hello"), &json!("0.0.1"))
        );
        assert_eq!(annotation(row, "kind"), "java:8");
    }
    // wsk prints those without as warm. A call that comes while an asynchronous one runs has an instance of its own.
    let cold = rows.as_array().unwrap().iter().filter(|row| annotation(row, "initTime").is_u64()).count();
    assert!((1..rows.as_array().unwrap().len()).contains(&cold), "{cold} cold: {rows}");
    let upto = u64::MAX >> 11;
    let full = format!("/namespaces/_/activations?docs=true&limit=3&name=hello&since=1&skip=0&upto={upto}");
    let full = wsk().get(&full).expect(200).json();
    assert_eq!(full.as_array().unwrap().len(), 3);
    assert!(full[0]["response"]["result"].is_object() && full[0]["logs"].is_array(), "{full}");

    // activation get, logs, result; with --last one more question first
    let mut run = wsk();
    let last = run.get("/namespaces/_/activations?limit=1&skip=0").expect(200).json();
    assert_eq!(last[0]["activationId"], newest);
    let path = format!("/namespaces/_/activations/{newest}");
    let record = run.get(&path).expect(200).json();
    for (key, value) in
        [("activationId", json!(newest)), ("subject", json!("guest")), ("publish", json!(false))]
    {
        assert_eq!(record[key], value);
    }
    assert_eq!(wsk().get(&format!("{path}/logs")).expect(200).json()["logs"], record["logs"]);
    let result = wsk().get(&format!("{path}/result")).expect(200).json();
    assert_eq!((&result["success"], &result["result"]), (&json!(false), &record["response"]["result"]));
    expect_error(
        wsk().get("/namespaces/_/activations/0123456789abcdef0123456789abcdef"),
        404,
        "does not exist",
    );
    expect_error(wsk().get("/namespaces/_/activations/short"), 400, "must be 32");

    // activation poll, activation poll hello: the last one, then again and again all since.
    let mut run = wsk();
    let last = run.get("/namespaces/_/activations?docs=true&limit=1&skip=0").expect(200).json();
    let since = last[0]["start"].as_u64().unwrap() + 1;
    let poll = |run: &mut Run, more: &str| {
        let rows = run.get(&format!("/namespaces/_/activations?docs=true&limit=0{more}")).expect(200).json();
        rows.as_array().unwrap().clone()
    };
    assert!(poll(&mut run, &format!("&since={since}")).is_empty());
    std::thread::sleep(std::time::Duration::from_millis(2));
    let path = "/namespaces/_/actions/hello?blocking=true&result=true";
    for _ in 0..2 {
        let answer = wsk().send("POST", path, Some(&ada)).expect(200);
        host.record(answer.header("x-openwhisk-activation-id").unwrap());
    }
    for more in ["", "&name=hello"] {
        let rows = poll(&mut run, &format!("{more}&since={since}"));
        assert_eq!(rows.len(), 2, "limit=0 is not none");
        assert!(
            rows.iter().all(|row| row["logs"].is_array() && row["response"]["result"].is_object()),
            "{rows:?}"
        );
    }
    assert!(poll(&mut run, &format!("&name=other&since={since}")).is_empty());
}

#[test]
fn sequences_namespaces_and_what_else_is_asked() {
    let host = Flockd::start();
    let wsk = || Run::new(&host);
    wsk().send("PUT", "/namespaces/_/actions/hello?overwrite=false", Some(&create_body("hello"))).expect(200);
    let chain = json!({
        "namespace": "_", "name": "chain", "exec": {"kind": "sequence", "components": ["/_/hello", "/_/hello"]},
    });
    wsk().send("PUT", "/namespaces/_/actions/chain?overwrite=false", Some(&chain)).expect(200);
    let path = "/namespaces/_/actions/chain?blocking=true&result=false";
    let record = wsk().send("POST", path, Some(&json!({"name": "Ada"}))).expect(200).json();
    assert_eq!(record["response"]["result"], json!({"greeting": "Hello, stranger!"}));
    // wsk activation logs of a sequence prints the ids of its parts, with which the user asks on.
    let id = record["activationId"].as_str().unwrap();
    host.record(id);
    let logs = wsk().get(&format!("/namespaces/_/activations/{id}/logs")).expect(200).json();
    let part = logs["logs"][1].as_str().unwrap();
    assert_eq!(host.record(part)["cause"], id);
    let broken = json!({
        "namespace": "_", "name": "broken", "exec": {"kind": "sequence", "components": ["/_/hello", "/_/absent"]},
    });
    let broken = wsk().send("PUT", "/namespaces/_/actions/broken?overwrite=false", Some(&broken));
    expect_error(broken, 400, "Sequence component does not exist.");
    let mut run = wsk();
    run.get("/namespaces/_/actions/chain?code=false").expect(200);
    let shorter = json!({
        "namespace": "_", "name": "chain", "exec": {"kind": "sequence", "components": ["/_/hello"]},
    });
    let shorter = run.send("PUT", "/namespaces/_/actions/chain?overwrite=true", Some(&shorter));
    assert_eq!(expect_action(shorter, "chain", "0.0.2")["exec"]["components"], json!(["/guest/hello"]));

    // namespace list; namespace get, list: four lists.
    assert_eq!(wsk().get("/namespaces").expect(200).json(), json!(["guest"]));
    let mut run = wsk();
    for (collection, count) in [("actions", 2), ("packages", 0), ("triggers", 0), ("rules", 0)] {
        let rows = run.get(&format!("/namespaces/_/{collection}?limit=0&skip=0")).expect(200).json();
        assert_eq!(rows.as_array().unwrap().len(), count, "{collection}");
    }
    // property get --all; project deploy reads the kinds first.
    let mut run = wsk();
    run.get_open("/api/v1").expect(200);
    assert_eq!(run.get("/namespaces").expect(200).json(), json!(["guest"]));
    let kinds = wsk().get_open("/").expect(200).json();
    let kinds = kinds["runtimes"]["java"].as_array().unwrap();
    for kind in kinds {
        assert!(
            kind["kind"].is_string() && kind["default"].is_boolean() && kind["deprecated"].is_boolean(),
            "{kind}"
        );
        // An object here, and the client takes nothing of the answer.
        assert!(kind["image"].is_string(), "{kind}");
    }
    // package list, package list /whisk.system, package get; trigger and rule list
    for path in ["_/packages", "_/triggers", "_/rules"] {
        assert_eq!(
            wsk().get(&format!("/namespaces/{path}?limit=30&skip=0")).expect(200).json(),
            json!([]),
            "{path}"
        );
    }
    for path in ["packages/p", "triggers/t", "rules/r"] {
        expect_error(wsk().get(&format!("/namespaces/_/{path}")), 404, "does not exist");
    }
    // api create /club /books get hello: the action, which must be a web action, then the route; api list.
    let mut run = wsk();
    let action = run.get("/namespaces/_/actions/hello?code=false").expect(200).json();
    assert_eq!(annotation(&action, "web-export"), &Value::Null);
    let uuid = host.auth.split_once(':').unwrap().0;
    let manage = |operation: &str, more: &str| {
        format!("/web/whisk.system/apimgmt/{operation}.http?accesstoken=DUMMY+TOKEN&spaceguid={uuid}{more}")
    };
    let body = json!({"apidoc": {"namespace": "_", "gatewayBasePath": "/club", "gatewayPath": "/books", "gatewayMethod": "GET",
        "id": "API:_:/club", "action": {"name": "hello", "namespace": "_", "backendMethod": "GET", "authkey": host.auth,
        "backendUrl": format!("{}/api/v1/web/_/default/hello.http", host.url)}}});
    let made = run.send("POST", &manage("createApi", "&responsetype=json"), Some(&body)).expect(200).json();
    // wsk prints gwApiUrl and the path, and reads the action of each operation.
    assert_eq!(made["gwApiUrl"], format!("{}/routes/guest/club", host.url));
    assert_eq!(made["apidoc"]["paths"]["/books"]["get"]["x-openwhisk"]["action"], "hello");
    let listed = wsk().get(&manage("getApi", "&limit=30&skip=0")).expect(200).json();
    assert_eq!(listed["apis"][0]["value"], made);
    wsk().send("DELETE", &manage("deleteApi", "&basepath=%2Fclub"), None).expect(200);
    assert_eq!(wsk().get(&manage("getApi", "&limit=30&skip=0")).expect(200).json(), json!({"apis": []}));
    // Another namespace by its name.
    expect_error(wsk().get("/namespaces/other/actions?limit=30&skip=0"), 403, "not authorized");
}
