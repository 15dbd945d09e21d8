//! Packages: how they are made, what their actions inherit, what others may do with a shared one, and what goes with one.

use serde_json::{Value, json};

use super::{
    NO_PATH, NOT_FOUND, actions, activation_id, annotation, expect_error, names, tenants::create_key,
};
use crate::support::{Answer, Flockd, Options, eventually, jar_exec};

/// `/api/v1/namespaces/NS/packagesREST`.
fn packages(namespace: &str, rest: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/packages{rest}")
}

fn put(host: &Flockd, name: &str, body: &Value) -> Answer {
    host.send("PUT", &packages("_", &format!("/{name}?overwrite=true")), Some(body))
}

fn echo(parameters: &Value) -> Value {
    json!({ "exec": jar_exec("echo", "Echo"), "parameters": parameters })
}

#[test]
fn a_package_is_made_changed_listed_and_deleted() {
    let host = Flockd::start_with(&Options::default().set("limits.parameters-max-bytes", 2000));
    let body = json!({
        "namespace": "_", "name": "tools", "publish": true,
        "parameters": [{"key": "a", "value": 1}], "annotations": [{"key": "description", "value": "x"}],
    });
    let path = packages("_", "/tools");
    let made = host.send("PUT", &path, Some(&body)).expect(200).json();
    for (key, value) in [
        ("namespace", json!("guest")),
        ("name", json!("tools")),
        ("version", json!("0.0.1")),
        ("publish", json!(true)),
        ("binding", json!({})),
        ("parameters", body["parameters"].clone()),
        ("annotations", body["annotations"].clone()),
    ] {
        assert_eq!(made[key], value, "{key}");
    }
    assert!(made["updated"].is_u64(), "{made}");
    expect_error(&host.send("PUT", &path, Some(&body)), 409, "resource already exists");
    // What is wrong with the package of a binding comes before that its own name is taken.
    let to_nothing = json!({"binding": {"namespace": "_", "name": "absent"}});
    let text = "Binding references a package that does not exist.";
    expect_error(&host.send("PUT", &path, Some(&to_nothing)), 400, text);
    expect_error(&host.send("PUT", &format!("{path}?overwrite=false"), None), 409, "resource already exists");

    // What an update leaves out stays; a list that it has replaces the old one.
    let changed = put(&host, "tools", &json!({"parameters": []})).expect(200).json();
    assert_eq!((&changed["version"], &changed["publish"]), (&json!("0.0.2"), &json!(true)));
    assert_eq!((&changed["parameters"], &changed["annotations"]), (&json!([]), &body["annotations"]));
    let changed = put(&host, "tools", &json!({"publish": false, "version": "1.2.3"})).expect(200).json();
    assert_eq!((&changed["version"], &changed["publish"]), (&json!("1.2.3"), &json!(false)));
    let read = host.send("GET", &path, None).expect(200).json();
    let mut expect = changed.clone();
    (expect["actions"], expect["feeds"]) = (json!([]), json!([]));
    assert_eq!(read, expect);

    host.send("PUT", &packages("_", "/second"), None).expect(200);
    let list = host.send("GET", &packages("_", ""), None).expect(200).json();
    assert_eq!(names(&list), ["second", "tools"], "the last changed is first");
    assert_eq!((&list[1]["binding"], &list[1]["parameters"]), (&json!(false), &Value::Null));
    for (query, expect) in
        [("?limit=1", vec!["second"]), ("?limit=1&skip=1", vec!["tools"]), ("?skip=2", vec![])]
    {
        assert_eq!(
            names(&host.send("GET", &packages("_", query), None).expect(200).json()),
            expect,
            "{query}"
        );
    }
    let count = host.send("GET", &packages("_", "?count=true"), None).expect(200).json();
    assert_eq!(count, json!({"packages": 2}));
    let limit = host.send("GET", &packages("_", "?limit=201"), None);
    expect_error(&limit, 400, "The value '201' is not in the range of 0 to 200 for packages.");

    assert_eq!(host.send("DELETE", &path, None).expect(200).json(), changed);
    // OpenWhisk names what is not there when a package is read, and only then.
    expect_error(&host.send("GET", &path, None), 404, "The requested resource 'guest/tools' does not exist.");
    expect_error(&host.send("DELETE", &path, None), 404, NOT_FOUND);

    let malformed = "The request content was malformed:";
    for (name, body, status, text) in [
        ("default", json!({}), 400, "Package name 'default' is reserved."),
        ("a%2Fb", json!({}), 400, "The name of the entity contains illegal characters."),
        ("p", json!([]), 400, malformed),
        ("p", json!({"publish": "yes"}), 400, malformed),
        ("p", json!({"parameters": {}}), 400, malformed),
        ("p", json!({"version": "1.2.3.4"}), 400, malformed),
        ("p", json!({"binding": "x"}), 400, malformed),
        ("p", json!({"binding": {"namespace": "guest"}}), 400, malformed),
        ("p", json!({"binding": {"namespace": "guest", "name": 1}}), 400, malformed),
        (
            "p",
            json!({"parameters": [{"key": "a", "value": "x".repeat(2000)}]}),
            413,
            "parameters larger than allowed",
        ),
        (
            "p",
            json!({"annotations": [{"key": "a", "value": "x".repeat(2000)}]}),
            413,
            "annotations larger than allowed",
        ),
    ] {
        expect_error(&put(&host, name, &body), status, text);
    }
    expect_error(&host.send("GET", &packages("_", "/p"), None), 404, "'guest/p' does not exist.");
    for (method, rest, allowed) in [
        ("POST", "/second", "GET, PUT, DELETE"),
        ("POST", "", "GET"),
        ("PATCH", "/second", "GET, PUT, DELETE"),
    ] {
        let answer = host.send(method, &packages("_", rest), None);
        expect_error(&answer, 405, &format!("HTTP method not allowed, supported methods: {allowed}"));
    }
}

#[test]
fn actions_live_in_packages_and_names_are_taken_once() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    host.send("PUT", &packages("_", "/tools"), None).expect(200);
    let made = host.put("tools/echo", &echo(&json!([]))).expect(200).json();
    assert_eq!((&made["namespace"], &made["name"]), (&json!("guest/tools"), &json!("echo")));
    expect_error(
        &host.send("PUT", &actions("/tools/echo"), Some(&echo(&json!([])))),
        409,
        "resource already exists",
    );
    // The same name without a package, and in another one, is another action.
    host.put("echo", &echo(&json!([{"key": "plain", "value": true}]))).expect(200);
    assert_eq!(host.result("tools/echo", &json!({"x": 1})), json!({"x": 1}));
    assert_eq!(host.result("echo", &json!({"x": 1})), json!({"plain": true, "x": 1}));
    assert_eq!(
        host.send("GET", &actions("/tools/echo?code=false"), None).expect(200).json()["version"],
        "0.0.1"
    );

    let all = host.send("GET", &actions(""), None).expect(200).json();
    assert_eq!(names(&all), ["echo", "echo", "hello"]);
    let inside = host.send("GET", &actions("/tools/"), None).expect(200).json();
    assert_eq!((names(&inside), &inside[0]["namespace"]), (vec!["echo".to_owned()], &json!("guest/tools")));
    let read = host.send("GET", &packages("_", "/tools"), None).expect(200).json();
    assert_eq!(
        (&read["actions"][0]["name"], &read["actions"][0]["version"]),
        (&json!("echo"), &json!("0.0.1"))
    );
    host.put(
        "tools/feed",
        &json!({"exec": jar_exec("echo", "Echo"), "annotations": [{"key": "feed", "value": true}]}),
    )
    .expect(200);
    let read = host.send("GET", &packages("_", "/tools"), None).expect(200).json();
    assert_eq!(
        (names(&read["actions"]), names(&read["feeds"])),
        (vec!["echo".to_owned()], vec!["feed".to_owned()])
    );

    // The record's path has the package, and so has the filter of a list.
    let id = activation_id(&host.invoke("tools/echo", &json!({})));
    let record = host.record(&id);
    assert_eq!(annotation(&record, "path"), "guest/tools/echo");
    let found = |name: &str| {
        let path = format!("/api/v1/namespaces/_/activations?name={name}");
        host.send("GET", &path, None).expect(200).json().as_array().unwrap().len()
    };
    assert_eq!((found("tools/echo"), found("echo"), found("tools/feed")), (2, 1, 0));

    let other = "Resource by this name exists but is not in this collection.";
    expect_error(&host.send("PUT", &packages("_", "/hello"), None), 409, other);
    expect_error(&host.send("GET", &packages("_", "/hello"), None), 409, other);
    expect_error(&host.send("DELETE", &packages("_", "/hello"), None), 409, other);
    expect_error(&host.put("tools", &echo(&json!([]))), 409, other);
    expect_error(&host.send("GET", &actions("/tools"), None), 409, other);
    expect_error(&host.send("POST", &actions("/tools"), None), 409, other);
    expect_error(&host.send("DELETE", &actions("/tools"), None), 409, other);
    expect_error(&host.put("hello/a", &echo(&json!([]))), 409, other);
    // A slash at the end makes it the list of what is in it, which is only read.
    for method in ["PUT", "POST", "DELETE"] {
        expect_error(&host.send(method, &actions("/tools/"), None), 404, NO_PATH);
    }
    expect_error(&host.put("absent/a", &echo(&json!([]))), 404, NOT_FOUND);
    for method in ["GET", "POST", "DELETE"] {
        expect_error(&host.send(method, &actions("/tools/absent"), None), 404, NOT_FOUND);
    }

    // A package with something in it stays, unless it is forced.
    let not_empty = "Package not empty (contains 2 entities). Set force param or delete package contents.";
    expect_error(&host.send("DELETE", &packages("_", "/tools"), None), 409, not_empty);
    host.send("DELETE", &actions("/tools/feed"), None).expect(200);
    let not_empty = "Package not empty (contains 1 entity). Set force param or delete package contents.";
    expect_error(&host.send("DELETE", &packages("_", "/tools?force=false"), None), 409, not_empty);
    host.send("DELETE", &packages("_", "/tools?force=true"), None).expect(200);
    expect_error(&host.send("GET", &actions("/tools/echo"), None), 404, NOT_FOUND);
    host.send("PUT", &packages("_", "/tools"), None).expect(200);
    expect_error(&host.send("POST", &actions("/tools/echo"), None), 404, NOT_FOUND);
}

#[test]
fn parameters_are_inherited_and_final_ones_hold() {
    let host = Flockd::start();
    let list = |pairs: &[(&str, &str)]| -> Value {
        pairs.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
    };
    let package = json!({"parameters": list(&[("a", "package"), ("b", "package"), ("c", "package"), ("d", "package")])});
    put(&host, "tools", &package).expect(200);
    let own = list(&[("c", "action"), ("d", "action")]);
    host.put("tools/echo", &echo(&own)).expect(200);
    let binding = json!({
        "binding": {"namespace": "_", "name": "tools"}, "parameters": list(&[("b", "binding"), ("c", "binding")]),
    });
    put(&host, "bound", &binding).expect(200);

    let plain = json!({"a": "package", "b": "package", "c": "action", "d": "call"});
    let call = json!({"d": "call"});
    assert_eq!(host.result("tools/echo", &call), plain);
    let bound = json!({"a": "package", "b": "binding", "c": "action", "d": "call"});
    assert_eq!(host.result("bound/echo", &call), bound);
    // A reader sees what a call would get. The stored action is as it was.
    let keys = |name: &str| -> Vec<String> {
        let read = host.send("GET", &actions(&format!("/{name}?code=false")), None).expect(200).json();
        let list = read["parameters"].as_array().unwrap();
        list.iter()
            .map(|each| format!("{}={}", each["key"].as_str().unwrap(), each["value"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(keys("bound/echo"), ["a=package", "b=binding", "c=action", "d=action"]);
    assert_eq!(keys("tools/echo"), ["a=package", "b=package", "c=action", "d=action"]);
    let updated =
        host.put("tools/echo", &json!({"annotations": [{"key": "final", "value": true}]})).expect(200).json();
    assert_eq!(updated["parameters"], own);

    // A final action fixes what it inherits, too.
    let fixed = "Request defines parameters that are not allowed (e.g., reserved properties).";
    expect_error(&host.invoke("tools/echo", &json!({"a": 1})), 400, fixed);
    expect_error(&host.invoke("bound/echo", &json!({"b": 1})), 400, fixed);
    assert_eq!(host.result("bound/echo", &json!({"e": 1}))["e"], 1);

    // A change of the package reaches its actions at once.
    put(&host, "tools", &json!({"parameters": list(&[("a", "new")])})).expect(200);
    assert_eq!(host.result("tools/echo", &json!({})), json!({"a": "new", "c": "action", "d": "action"}));
    let both = json!({"a": "new", "b": "binding", "c": "action", "d": "action"});
    assert_eq!(host.result("bound/echo", &json!({})), both);

    // The environment is inherited as well, and a binding's function is not that of the package.
    let init = json!({"parameters": [{"key": "FROM", "value": "package", "init": true}]});
    put(&host, "tools", &init).expect(200);
    let init = json!({"parameters": [{"key": "FROM", "value": "binding", "init": true}]});
    put(&host, "bound", &init).expect(200);
    let source = crate::support::source(
        "JsonObject r = new JsonObject(); r.addProperty(\"from\", System.getenv(\"FROM\")); return r;",
    );
    host.put("tools/env", &json!({"exec": crate::support::source_exec(&source)})).expect(200);
    for _ in 0..2 {
        assert_eq!(host.result("tools/env", &json!({})), json!({"from": "package"}));
        assert_eq!(host.result("bound/env", &json!({})), json!({"from": "binding"}));
    }
}

#[test]
fn bindings_stand_for_packages() {
    let host = Flockd::start();
    host.deploy("hello", "hello.Hello");
    host.send("PUT", &packages("_", "/tools"), None).expect(200);
    host.put("tools/echo", &echo(&json!([]))).expect(200);
    let to = |name: &str| json!({"binding": {"namespace": "_", "name": name}});
    let provider = json!({"namespace": "guest", "name": "tools"});
    let made = put(&host, "bound", &to("tools")).expect(200).json();
    assert_eq!((&made["binding"], annotation(&made, "binding")), (&provider, &provider));
    let listed = host.send("GET", &packages("_", "?limit=1"), None).expect(200).json();
    assert_eq!((&listed[0]["name"], &listed[0]["binding"]), (&json!("bound"), &provider));
    let read = host.send("GET", &packages("_", "/bound"), None).expect(200).json();
    assert_eq!((&read["name"], names(&read["actions"])), (&json!("bound"), vec!["echo".to_owned()]));
    assert_eq!(names(&host.send("GET", &actions("/bound/"), None).expect(200).json()), ["echo"]);

    let answer = host.invoke("bound/echo", &json!({"x": 1})).expect(200);
    let record = host.record(&activation_id(&answer));
    assert_eq!(
        (annotation(&record, "path"), annotation(&record, "binding")),
        (&json!("guest/tools/echo"), &json!("guest/bound"))
    );

    // A binding may be pointed elsewhere; a package cannot become one, nor a binding bind a binding.
    put(&host, "other", &json!({})).expect(200);
    assert_eq!(put(&host, "bound", &to("other")).expect(200).json()["binding"]["name"], "other");
    expect_error(&host.invoke("bound/echo", &json!({})), 404, NOT_FOUND);
    assert_eq!(put(&host, "bound", &to("tools")).expect(200).json()["version"], "0.0.3");
    for (name, binding, status, text) in [
        ("other", to("tools"), 409, "Resource is a package and cannot be converted into a binding."),
        ("twice", to("bound"), 400, "Cannot bind to another package binding."),
        ("bad", to("absent"), 400, "Binding references a package that does not exist."),
        ("bad", to("hello"), 409, "Cannot bind to a resource that is not a package."),
        (
            "bad",
            json!({"binding": {"namespace": "other", "name": "tools"}}),
            403,
            "not authorized to access 'other/tools'",
        ),
    ] {
        expect_error(&put(&host, name, &binding), status, text);
    }
    let refused = "Operation not permitted on package binding.";
    expect_error(&host.put("bound/new", &echo(&json!([]))), 400, refused);
    expect_error(&host.send("DELETE", &actions("/bound/echo"), None), 400, refused);

    // Sequences take actions in packages, also through a binding, and see neither themselves nor what is not there.
    put(&host, "bound", &json!({"parameters": [{"key": "name", "value": "Ada"}]})).expect(200);
    let sequence = |components: Value| json!({"exec": {"kind": "sequence", "components": components}});
    let made = host.put("tools/both", &sequence(json!(["/_/bound/echo", "/_/hello"]))).expect(200).json();
    assert_eq!(made["exec"]["components"], json!(["/guest/bound/echo", "/guest/hello"]));
    assert_eq!(host.result("tools/both", &json!({})), json!({"greeting": "Hello, Ada!"}));
    assert_eq!(host.result("bound/both", &json!({"name": "Bob"})), json!({"greeting": "Hello, Bob!"}));
    let hop =
        host.invoke("bound/both", &json!({})).expect(200).json()["logs"][0].as_str().unwrap().to_owned();
    assert_eq!(annotation(&host.record(&hop), "binding"), "guest/bound");
    expect_error(
        &host.put("tools/both", &sequence(json!(["/_/bound/both"]))),
        400,
        "Sequence may not refer to itself.",
    );
    expect_error(
        &host.put("s", &sequence(json!(["/_/bound/absent"]))),
        400,
        "Sequence component does not exist.",
    );

    // A binding outlives what it stands for, and says so.
    host.send("DELETE", &packages("_", "/tools?force=true"), None).expect(200);
    expect_error(&host.send("GET", &packages("_", "/bound"), None), 404, "'guest/bound' does not exist.");
    expect_error(&host.invoke("bound/echo", &json!({})), 404, NOT_FOUND);
    host.send("DELETE", &packages("_", "/bound"), None).expect(200);
}

#[test]
fn a_shared_package_can_be_read_bound_and_invoked_by_others_and_nothing_else() {
    let host = Flockd::start();
    let key = create_key(host.data(), "other");
    eventually("the key is known", || {
        host.send_as(Some(&key), "GET", "/api/v1/namespaces", None).status == 200
    });
    let other = |method: &str, path: &str, body: Option<&Value>| host.send_as(Some(&key), method, path, body);
    put(&host, "shared", &json!({"publish": true, "parameters": [{"key": "p", "value": 1}]})).expect(200);
    put(&host, "private", &json!({})).expect(200);
    put(&host, "mine", &json!({"binding": {"namespace": "_", "name": "shared"}, "publish": true}))
        .expect(200);
    let source = crate::support::source(
        "JsonObject r = new JsonObject(); r.addProperty(\"ns\", System.getenv(\"__OW_NAMESPACE\"));\n\
         r.addProperty(\"n\", ++count); r.add(\"p\", args.get(\"p\")); return r; } static int count; static void x() {",
    );
    let who = json!({"exec": crate::support::source_exec(&source)});
    for package in ["shared", "private"] {
        host.put(&format!("{package}/who"), &who).expect(200);
    }
    let guest = |rest: &str| format!("/api/v1/namespaces/guest/actions{rest}");

    assert_eq!(names(&other("GET", &packages("guest", ""), None).expect(200).json()), ["shared"]);
    assert_eq!(
        other("GET", &packages("guest", "?count=true"), None).expect(200).json(),
        json!({"packages": 1})
    );
    assert_eq!(
        names(&other("GET", &packages("guest", "/shared"), None).expect(200).json()["actions"]),
        ["who"]
    );
    assert_eq!(names(&other("GET", &guest("/shared/"), None).expect(200).json()), ["who"]);
    other("GET", &guest("/shared/who"), None).expect(200);
    let run =
        |path: &str| other("POST", &format!("{path}?blocking=true"), Some(&json!({}))).expect(200).json();
    // Each namespace has functions of its own, with its own statics and environment; the caller has the record.
    assert_eq!(host.result("shared/who", &json!({})), json!({"ns": "guest", "n": 1, "p": 1}));
    let record = run(&guest("/shared/who"));
    assert_eq!(record["response"]["result"], json!({"ns": "other", "n": 1, "p": 1}));
    assert_eq!((&record["namespace"], &record["subject"]), (&json!("other"), &json!("other")));
    assert_eq!(annotation(&record, "path"), "guest/shared/who");
    assert_eq!(run(&guest("/shared/who"))["response"]["result"]["n"], 2);
    assert_eq!(host.result("shared/who", &json!({}))["n"], 2);

    let bind = json!({"binding": {"namespace": "guest", "name": "shared"}, "parameters": [{"key": "p", "value": 2}]});
    other("PUT", &packages("_", "/theirs"), Some(&bind)).expect(200);
    assert_eq!(run(&actions("/theirs/who"))["response"]["result"], json!({"ns": "other", "n": 1, "p": 2}));
    let chain = json!({"exec": {"kind": "sequence", "components": ["/guest/shared/who", "/_/theirs/who"]}});
    other("PUT", &actions("/chain"), Some(&chain)).expect(200);
    assert_eq!(run(&actions("/chain"))["response"]["result"], json!({"ns": "other", "n": 2, "p": 1}));

    let denied = |what: &str| format!("The supplied authentication is not authorized to access '{what}'.");
    let body = json!({});
    for (method, path, what) in [
        ("GET", packages("guest", "/private"), "guest/private"),
        ("GET", packages("guest", "/absent"), "guest/absent"),
        ("GET", packages("guest", "/mine"), "guest/mine"),
        ("PUT", packages("guest", "/shared"), "guest/shared"),
        ("DELETE", packages("guest", "/shared"), "guest/shared"),
        ("GET", guest("/private/who"), "guest/private"),
        ("POST", guest("/private/who"), "guest/private"),
        ("GET", guest("/private/"), "guest/private"),
        ("POST", guest("/mine/who"), "guest/mine"),
        ("PUT", guest("/shared/who"), "guest/shared/who"),
        ("DELETE", guest("/shared/who"), "guest/shared/who"),
    ] {
        let body = ["PUT", "POST"].contains(&method).then_some(&body);
        expect_error(&other(method, &path, body), 403, &denied(what));
    }
    expect_error(&other("POST", &guest("/shared/absent"), None), 404, NOT_FOUND);
    let chain = json!({"exec": {"kind": "sequence", "components": ["/guest/private/who"]}});
    expect_error(&other("PUT", &actions("/no"), Some(&chain)), 403, &denied("guest/private"));
    // What a stranger lists is empty, whether the namespace exists or not.
    assert_eq!(other("GET", &packages("nobody", ""), None).expect(200).json(), json!([]));

    // When the owner no longer shares it, bindings and sequences end with it.
    put(&host, "shared", &json!({"publish": false})).expect(200);
    for path in [actions("/theirs/who"), guest("/shared/who"), packages("_", "/theirs")] {
        let method = if path.contains("/packages/") { "GET" } else { "POST" };
        expect_error(&other(method, &path, None), 403, &denied("guest/shared"));
    }
    let failed = other("POST", &actions("/chain?blocking=true"), None).expect(502).json();
    assert_eq!(failed["response"]["result"]["error"], "Sequence component does not exist.");
    other("DELETE", &packages("_", "/theirs"), None).expect(200);
}
