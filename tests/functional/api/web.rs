//! Web actions: what an action gets from a request, and what a client gets from its result. `echo` gives its arguments
//! back, so a request's body says what its answer is to be.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    NO_PATH, NOT_FOUND, activation_id, activations, annotation, deploy_as, expect_error, tenants::create_key,
};
use crate::support::{Answer, Flockd, Options, eventually, jar_exec, source, source_exec};

const CORS_METHODS: &str = "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH";

fn web(rest: &str) -> String {
    format!("/api/v1/web/guest/{rest}")
}

fn deploy(host: &Flockd, name: &str, annotations: &[(&str, Value)], parameters: &Value) {
    let mut list = vec![json!({"key": "web-export", "value": true})];
    list.extend(annotations.iter().map(|(key, value)| json!({"key": key, "value": value})));
    let body = json!({"exec": jar_exec("echo", "Echo"), "annotations": list, "parameters": parameters});
    host.put(name, &body).expect(200);
}

fn get(host: &Flockd, rest: &str) -> Answer {
    host.send_as(None, "GET", &web(rest), None)
}

fn post(host: &Flockd, rest: &str, kind: &str, body: &[u8]) -> Answer {
    host.send_raw("POST", &web(rest), &[("content-type", kind.to_owned())], body)
}

/// Has `echo` answer with this.
fn says(host: &Flockd, extension: &str, result: &Value) -> Answer {
    post(host, &format!("default/echo.{extension}"), "application/json", result.to_string().as_bytes())
}

#[test]
fn requests_become_arguments() {
    let host = Flockd::start_with(&Options::default().set("limits.payload-max-bytes", 5000));
    deploy(&host, "echo", &[], &json!([{"key": "own", "value": 1}, {"key": "q", "value": "own"}]));
    deploy(&host, "raw", &[("raw-http", json!(true))], &json!([{"key": "own", "value": 1}]));
    host.send(
        "PUT",
        "/api/v1/namespaces/_/packages/p",
        Some(&json!({"parameters": [{"key": "of", "value": "p"}]})),
    )
    .expect(200);
    deploy(&host, "p/echo", &[], &json!([]));

    let seen = get(&host, "default/echo.json/a%20b//c/?q=x+y&r=%C3%A4&r=2&bare&e=").expect(200).json();
    for (key, value) in [
        ("__ow_method", json!("get")),
        ("__ow_path", json!("/a%20b//c/")),
        ("own", json!(1)),
        ("q", json!("x y")),
        ("r", json!("2")),
        ("bare", json!("")),
        ("e", json!("")),
        ("__ow_body", Value::Null),
        ("__ow_query", Value::Null),
        ("__ow_user", Value::Null),
    ] {
        assert_eq!(seen[key], value, "{key}: {seen}");
    }
    assert!(seen["__ow_headers"]["host"].is_string(), "{seen}");
    assert_eq!(get(&host, "default/echo.json").json()["__ow_path"], "");
    let seen = get(&host, "p/echo.json").expect(200).json();
    assert_eq!((&seen["of"], &seen["own"]), (&json!("p"), &Value::Null));
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let seen = host.send_as(None, method, &web("default/echo.json"), None).expect(200).json();
        assert_eq!(seen["__ow_method"], method.to_lowercase());
    }
    let headers = [("X-Thing", "One".to_owned()), ("X-Thing", "Two".to_owned())];
    let seen = host.send_raw("GET", &web("default/echo.json"), &headers, b"").expect(200).json();
    assert_eq!(seen["__ow_headers"]["x-thing"], "One, Two");
    // With a key, the action is told whose it is; a wrong one is as none.
    let user = |auth: &str| {
        host.send_as(Some(auth), "GET", &web("default/echo.json"), None).expect(200).json()["__ow_user"]
            .clone()
    };
    assert_eq!((user(&host.auth), user("a:b")), (json!("guest"), Value::Null));

    // Bodies: members of an object or a form stand over the query and the action's own; anything else is __ow_body.
    let object =
        post(&host, "default/echo.json?q=1&s=2", "application/json", br#"{"q":{"deep":[1]},"own":2}"#)
            .expect(200)
            .json();
    assert_eq!((&object["q"], &object["s"], &object["own"]), (&json!({"deep": [1]}), &json!("2"), &json!(2)));
    assert_eq!(object["__ow_headers"]["content-type"], "application/json");
    let form = post(&host, "default/echo.json?q=1", "application/x-www-form-urlencoded", b"q=a%26+b&t=")
        .expect(200)
        .json();
    assert_eq!((&form["q"], &form["t"]), (&json!("a& b"), &json!("")));
    for (kind, body, expect) in [
        ("application/json", "[1, 2]", json!([1, 2])),
        ("application/json", " 12.50 ", json!(12.5)),
        ("application/vnd.api+json", "\"x\"", json!("x")),
        ("text/plain", "Gr\u{fc}\u{df}e", json!("Gr\u{fc}\u{df}e")),
        ("application/xml", "<a/>", json!("<a/>")),
        ("application/octet-stream", "\u{0}\u{1}", json!("AAE=")),
        ("image/png", "x", json!("eA==")),
        ("multipart/form-data; boundary=b", "--b--", json!(STANDARD.encode("--b--"))),
        ("nonsense", "x", json!("eA==")),
    ] {
        let seen = post(&host, "default/echo.json", kind, body.as_bytes()).expect(200).json();
        assert_eq!(seen["__ow_body"], expect, "{kind}");
    }
    assert_eq!(
        post(&host, "default/echo.json", "application/json", b"").expect(200).json()["__ow_body"],
        Value::Null
    );
    for bad in ["{", "{\"a\":}", "[1", "x"] {
        expect_error(&post(&host, "default/echo.json", "application/json", bad.as_bytes()), 400, "malformed");
    }
    let deep = "[".repeat(600);
    expect_error(
        &post(&host, "default/echo.json", "application/json", deep.as_bytes()),
        400,
        "deeper than 512",
    );

    // A raw action gets body and query as they are, JSON in base64.
    for (kind, body, expect) in [
        ("application/json", "{\"a\": 1}", STANDARD.encode("{\"a\": 1}")),
        ("application/x-www-form-urlencoded", "a=1", "a=1".to_owned()),
        ("text/plain", "x", "x".to_owned()),
        ("application/octet-stream", "x", "eA==".to_owned()),
        ("text/plain", "", String::new()),
    ] {
        let seen =
            post(&host, "default/raw.json?own=x&__ow_path=y%20z", kind, body.as_bytes()).expect(200).json();
        assert_eq!(
            (&seen["__ow_body"], &seen["__ow_query"], &seen["own"]),
            (&json!(expect), &json!("own=x&__ow_path=y%20z"), &json!(1)),
            "{kind}"
        );
    }
    let seen = get(&host, "default/raw.json").expect(200).json();
    assert_eq!((&seen["__ow_body"], &seen["__ow_query"]), (&json!(""), &json!("")));

    // What only the host sets, and what the action has made final, cannot be set.
    let fixed = "Request defines parameters that are not allowed (e.g., reserved properties).";
    for name in ["__ow_method", "__ow_headers", "__ow_path", "__ow_user", "__ow_body", "__ow_query"] {
        expect_error(&get(&host, &format!("default/echo.json?{name}=x")), 400, fixed);
        expect_error(&says(&host, "json", &json!({name: "x"})), 400, fixed);
    }
    deploy(&host, "final", &[("final", json!(true))], &json!([{"key": "own", "value": 1}]));
    expect_error(&get(&host, "default/final.json?own=2"), 400, fixed);
    expect_error(&post(&host, "default/final.json", "application/json", b"{\"own\":2}"), 400, fixed);
    assert_eq!(get(&host, "default/final.json?other=2").expect(200).json()["other"], "2");

    let large = vec![b'x'; 5001];
    expect_error(
        &post(&host, "default/echo.json", "text/plain", &large),
        413,
        "Request larger than allowed: 5001 > 5000 bytes.",
    );
    post(&host, "default/echo.json", "text/plain", &large[..5000]).expect(200);
}

#[test]
fn results_become_answers_by_the_extension() {
    let host = Flockd::start();
    deploy(&host, "echo", &[], &json!([]));
    let list = source(
        "return args; }\n public static JsonArray list(JsonObject args) { JsonArray a = new JsonArray(); a.add(1); return a;",
    );
    let mut exec = source_exec(&list);
    exec["main"] = "Main#list".into();
    let exported = json!([{"key": "web-export", "value": true}]);
    host.put("list", &json!({"exec": exec, "annotations": exported})).expect(200);
    deploy_as(&host, "throws", "hostile-throws", "hostile.throwing.Throws");
    host.put("throws", &json!({"annotations": exported})).expect(200);

    // .json, and its content.
    let answer = says(&host, "json", &json!({"a": [1]})).expect(200);
    assert_eq!((answer.header("content-type"), &answer.json()["a"]), (Some("application/json"), &json!([1])));
    assert_eq!(get(&host, "default/list.json").expect(200).json(), json!([1]));
    // .html, .svg, .text
    for (extension, result, kind, body) in [
        ("html", json!({"html": "<p>\u{e4}</p>"}), "text/html; charset=UTF-8", "<p>\u{e4}</p>"),
        ("html", json!({"html": "no", "body": "yes"}), "text/html; charset=UTF-8", "yes"),
        ("svg", json!({"svg": "<svg/>"}), "image/svg+xml", "<svg/>"),
        ("text", json!({"text": "t"}), "text/plain; charset=UTF-8", "t"),
        ("text", json!({"text": 1.5}), "text/plain; charset=UTF-8", "1.5"),
        ("text", json!({"body": false}), "text/plain; charset=UTF-8", "false"),
        ("text", json!({"body": null}), "text/plain; charset=UTF-8", "null"),
        ("text", json!({"text": {"a": 1}}), "text/plain; charset=UTF-8", "{\n  \"a\": 1\n}"),
        (
            "text",
            json!({"text": {"a": [1, {"b": "\u{e4}\"", "c": []}], "d": {"e": null}}}),
            "text/plain; charset=UTF-8",
            "{\n  \"a\": [1, {\n    \"b\": \"\u{e4}\\\"\",\n    \"c\": []\n  }],\n  \"d\": {\n    \"e\": null\n  }\n}",
        ),
        ("text", json!({"body": [1, "x"]}), "text/plain; charset=UTF-8", "[1, \"x\"]"),
        ("html", json!({"error": "<p>no</p>"}), "text/html; charset=UTF-8", "<p>no</p>"),
        ("text", json!({"error": "no"}), "text/plain; charset=UTF-8", "no"),
    ] {
        let answer = says(&host, extension, &result).expect(200);
        assert_eq!(
            (answer.header("content-type"), answer.text().as_str()),
            (Some(kind), body),
            ".{extension} {result}"
        );
    }
    for (extension, result, status, text) in [
        ("html", json!({"x": 1}), 400, "Response is not valid 'text/html'."),
        ("html", json!({"body": 1}), 400, "Response is not valid 'text/html'."),
        ("svg", json!({"x": 1}), 400, "Response is not valid 'image/svg+xml'."),
        ("text", json!({"x": 1}), 404, "Response does not include requested property."),
        ("json", json!({"error": "no"}), 400, "Response is not valid 'application/json'."),
    ] {
        expect_error(&says(&host, extension, &result), status, text);
    }

    // .http, which is what no extension means.
    let plain = |result: Value| says(&host, "http", &result);
    let png = STANDARD.encode(b"\x89PNG\0");
    for (result, status, kind, body) in [
        (json!({"body": "<p/>"}), 200, Some("text/html; charset=UTF-8"), &b"<p/>"[..]),
        (json!({"body": {"a": 1}}), 200, Some("application/json"), b"{\"a\":1}"),
        (json!({"body": [1, 2.50]}), 200, Some("application/json"), b"[1,2.5]"),
        (json!({"body": 7, "statusCode": 201}), 201, Some("application/json"), b"7"),
        (json!({"body": true, "statusCode": "404"}), 404, Some("application/json"), b"true"),
        (
            json!({"body": "x", "statusCode": 418, "headers": {"Content-Type": "text/plain"}}),
            418,
            Some("text/plain; charset=UTF-8"),
            b"x",
        ),
        (
            json!({"body": png, "headers": {"content-type": "image/png"}}),
            200,
            Some("image/png"),
            b"\x89PNG\0",
        ),
        (
            json!({"body": "{\"b\":1}", "headers": {"content-type": "application/json"}}),
            200,
            Some("application/json"),
            b"{\"b\":1}",
        ),
        (
            json!({"body": STANDARD.encode("[3]"), "headers": {"content-type": "application/json"}}),
            200,
            Some("application/json"),
            b"[3]",
        ),
        (
            json!({"body": {"a": 1}, "headers": {"content-type": "application/hal+json"}}),
            200,
            Some("application/hal+json"),
            b"{\"a\":1}",
        ),
        (json!({"body": ""}), 204, None, b""),
        (json!({"body": null, "headers": {"content-type": "text/plain"}}), 204, None, b""),
        (json!({}), 204, None, b""),
        (json!({"statusCode": 200}), 200, None, b""),
        (json!({"error": {"statusCode": 403, "body": "no"}}), 403, Some("text/html; charset=UTF-8"), b"no"),
        (json!({"error": {"statusCode": 409}}), 409, None, b""),
    ] {
        let answer = plain(result.clone());
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, kind),
            "{result}: {}",
            answer.text()
        );
        assert_eq!(answer.body, body, "{result}");
        assert_eq!(activation_id(&answer).len(), 32);
    }
    assert_eq!(post(&host, "default/echo", "application/json", b"{\"body\":\"x\"}").expect(200).text(), "x");
    // Headers: texts, numbers, flags and lists of them; a redirect; two cookies.
    let headers = json!({"Location": "https://example.org/x", "X-Number": 3, "X-Flag": true, "Set-Cookie": ["a=1", "b=2; Path=/"],
        "Content-Length": "99", "Transfer-Encoding": "chunked", "Connection": "close"});
    let answer = plain(json!({"statusCode": 302, "headers": headers, "body": "go"})).expect(302);
    let of = |name: &str| -> Vec<&str> {
        answer.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    };
    assert_eq!(
        (of("location"), of("x-number"), of("x-flag")),
        (vec!["https://example.org/x"], vec!["3"], vec!["true"])
    );
    assert_eq!(
        (of("set-cookie"), of("content-length"), of("transfer-encoding")),
        (vec!["a=1", "b=2; Path=/"], vec!["2"], vec![])
    );
    assert_ne!(answer.header("connection"), Some("close"));

    let invalid = "Response is not valid 'message/http'.";
    let mismatch = "Response type in header did not match generated content type.";
    for (result, text) in [
        (json!({"statusCode": 99}), invalid),
        (json!({"statusCode": 600}), invalid),
        (json!({"statusCode": 101}), invalid),
        (json!({"statusCode": "x"}), invalid),
        (json!({"statusCode": null}), invalid),
        (json!({"headers": []}), invalid),
        (json!({"headers": {"a b": "x"}}), invalid),
        (json!({"headers": {"a": "x\r\ny: z"}}), invalid),
        (json!({"headers": {"a": null}}), invalid),
        (json!({"headers": {"a": {"b": 1}}}), invalid),
        (json!({"headers": {"a": vec![1; 300]}}), invalid),
        (json!({"error": "no"}), invalid),
        (json!({"body": {"a": 1}, "headers": {"content-type": "text/html"}}), mismatch),
        (json!({"body": "not base64", "headers": {"content-type": "image/png"}}), mismatch),
        (
            json!({"body": "x", "headers": {"content-type": "nonsense"}}),
            "Response did not specify a known content-type.",
        ),
    ] {
        expect_error(&plain(result), 400, text);
    }
    let failed = post(&host, "default/throws.json", "application/json", b"{\"how\":\"message\"}");
    expect_error(&failed, 400, "There was an error processing your request.");
    assert_eq!(host.record(&activation_id(&failed))["response"]["status"], "action developer error");

    // HEAD has the headers of a GET, and no body.
    let head = host.send_raw("HEAD", &web("default/echo.json?a=1"), &[], b"").expect(200);
    assert_eq!((head.header("content-type"), head.body.len()), (Some("application/json"), 0));
    assert_eq!(host.record(&activation_id(&head))["response"]["result"]["__ow_method"], "head");
}

#[test]
fn pages_of_other_origins_may_call_and_actions_may_say_otherwise() {
    let host = Flockd::start();
    deploy(&host, "echo", &[], &json!([]));
    deploy(
        &host,
        "own",
        &[("web-custom-options", json!(true)), ("require-whisk-auth", json!("word"))],
        &json!([]),
    );
    let call = |method: &str, name: &str, headers: &[(&str, &str)]| {
        let headers: Vec<_> = headers.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        host.send_raw(method, &web(&format!("default/{name}")), &headers, b"")
    };
    // What a browser asks before it lets a page send JSON with a header of its own, and what it then sends.
    let origin = ("origin", "https://example.org");
    let asks = [
        origin,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type, x-mine"),
    ];
    let preflight = call("OPTIONS", "echo.json", &asks).expect(200);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    assert_eq!(preflight.header("access-control-allow-methods"), Some(CORS_METHODS));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("content-type, x-mine"));
    assert!(preflight.header("x-openwhisk-activation-id").is_none() && preflight.body.is_empty());
    for (method, name) in [("GET", "echo.json"), ("GET", "echo.html"), ("DELETE", "echo?__ow_user=x")] {
        let answer = call(method, name, &[origin]);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{method} {name}");
        let headers = "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent";
        assert_eq!(answer.header("access-control-allow-headers"), Some(headers));
    }
    // A header that the action sets itself stands alone.
    let answer = says(
        &host,
        "http",
        &json!({"headers": {"Access-Control-Allow-Origin": "https://example.org"}, "body": "x"}),
    );
    let allowed: Vec<_> =
        answer.headers.iter().filter(|(name, _)| name == "access-control-allow-origin").collect();
    assert_eq!(allowed.len(), 1);
    assert_eq!(allowed[0].1, "https://example.org");

    // An action with web-custom-options answers OPTIONS, without a key, and gets no headers from the host.
    let answer = call("OPTIONS", "own.json", &[origin]).expect(200);
    assert_eq!(answer.json()["__ow_method"], "options");
    assert_eq!(answer.header("access-control-allow-origin"), None);
    expect_error(&call("GET", "own.json", &[origin]), 401, "has failed or not yet been provided");
    let answer = call("GET", "own.json", &[origin, ("x-require-whisk-auth", "word")]).expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    expect_error(&call("TRACE", "echo.json", &[]), 405, "not allowed");
}

#[test]
fn only_exported_actions_are_there_and_some_want_a_key() {
    let host = Flockd::start_with(&Options::default().set("invoke.blocking-wait-max-millis", 300));
    host.deploy("echo", "Echo");
    for rest in ["default/echo", "default/echo.json", "default/absent", "default/echo.xml", "p/echo"] {
        expect_error(&get(&host, rest), 404, NOT_FOUND);
    }
    let nobody = host.send_as(None, "GET", "/api/v1/web/nobody/default/echo", None);
    expect_error(&nobody, 404, NOT_FOUND);
    for rest in ["default", "default/", "default/a%2Fb", "default/..%2Fx", "a%20/echo"] {
        expect_error(&get(&host, rest), 404, NO_PATH);
    }
    for path in ["/api/v1/web", "/api/v1/web/", "/api/v1/web/guest", "/api/v1/web/a%2Fb/default/echo"] {
        expect_error(&host.send_as(None, "GET", path, None), 404, NO_PATH);
    }
    // True is what exports, not "true".
    for (value, status) in [(json!("true"), 404), (json!(1), 404), (json!(false), 404), (json!(true), 200)] {
        host.put("echo", &json!({"annotations": [{"key": "web-export", "value": value}]})).expect(200);
        assert_eq!(get(&host, "default/echo.json").status, status, "{value}");
    }

    let required = |value: Value| {
        host.put("echo", &json!({"annotations": [{"key": "require-whisk-auth", "value": value}]}))
            .expect(200);
    };
    let with = |headers: &[(&str, String)]| host.send_raw("GET", &web("default/echo.json"), headers, b"");
    let word = |word: &str| vec![("x-require-whisk-auth", word.to_owned())];
    let basic = |pair: &str| vec![("authorization", format!("Basic {}", STANDARD.encode(pair)))];
    let text = "The authentication is possible but has failed or not yet been provided.";
    required(json!(true));
    expect_error(&with(&[]), 401, text);
    expect_error(&with(&basic("a:b")), 401, text);
    expect_error(&with(&word("true")), 401, text);
    with(&basic(&host.auth)).expect(200);
    for (value, right) in [(json!("secret"), "secret"), (json!(42), "42")] {
        required(value);
        expect_error(&with(&[]), 401, text);
        expect_error(&with(&word("wrong")), 401, text);
        expect_error(&with(&basic(&host.auth)), 401, text);
        with(&word(right)).expect(200);
    }
    for value in [json!(null), json!({})] {
        required(value);
        expect_error(&with(&basic(&host.auth)), 401, text);
    }
    // What `wsk action update --web-secure false` sends: anybody may call it again.
    required(json!(false));
    with(&[]).expect(200);

    // The owner has the record, whoever calls. An action that takes too long is not ready, and goes on.
    let key = create_key(host.data(), "other");
    eventually("the key is known", || {
        host.send_as(Some(&key), "GET", "/api/v1/namespaces", None).status == 200
    });
    host.put("echo", &json!({"delAnnotations": ["require-whisk-auth"]})).expect(200);
    let answer = host.send_as(Some(&key), "GET", &web("default/echo.json"), None).expect(200);
    assert_eq!(answer.json()["__ow_user"], "other");
    let record = host.record(&activation_id(&answer));
    assert_eq!((&record["namespace"], annotation(&record, "path")), (&json!("guest"), &json!("guest/echo")));
    assert_eq!(host.send_as(Some(&key), "GET", &activations(""), None).json(), json!([]));
    deploy_as(&host, "sleep", "hostile-sleep", "hostile.sleep.Sleep");
    host.put("sleep", &json!({"annotations": [{"key": "web-export", "value": true}]})).expect(200);
    let late = post(&host, "default/sleep.json", "application/json", b"{\"millis\":900}");
    expect_error(&late, 202, "Response not yet ready.");
    assert_eq!(host.record(&activation_id(&late))["namespace"], "guest");
}
