//! API routes: making them as `wsk api` and the npm client do, calling them, and what goes with them.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{NO_PATH, NOT_FOUND, activation_id, annotation, expect_error, tenants::create_key};
use crate::support::{Answer, Flockd, Options, eventually, jar_exec};

fn manage(host: &Flockd, method: &str, operation: &str, query: &str, body: Option<&Value>) -> Answer {
    let path = format!(
        "/api/v1/web/whisk.system/apimgmt/{operation}.http?accesstoken=DUMMY+TOKEN&spaceguid=x{query}"
    );
    host.send(method, &path, body)
}

fn apidoc(base: &str, path: &str, method: &str, action: &str) -> Value {
    json!({"apidoc": {
        "namespace": "_", "gatewayBasePath": base, "gatewayPath": path, "gatewayMethod": method, "id": format!("API:_:{base}"),
        "action": {"name": action, "namespace": "_", "backendMethod": method, "backendUrl": "https://x/api/v1/web/_/default/x.http", "authkey": "a:b"},
    }})
}

fn create(host: &Flockd, base: &str, path: &str, method: &str, action: &str) -> Answer {
    manage(host, "POST", "createApi", "&responsetype=json", Some(&apidoc(base, path, method, action)))
}

fn deploy(host: &Flockd, name: &str, annotations: &Value) {
    let mut list = vec![json!({"key": "web-export", "value": true})];
    list.extend(annotations.as_array().unwrap().clone());
    host.put(name, &json!({"exec": jar_exec("echo", "Echo"), "annotations": list})).expect(200);
}

fn get(host: &Flockd, path: &str) -> Answer {
    host.send_as(None, "GET", path, None)
}

#[test]
fn routes_are_made_called_listed_and_deleted() {
    let host = Flockd::start();
    deploy(&host, "echo", &json!([]));
    host.send("PUT", "/api/v1/namespaces/_/packages/p", None).expect(200);
    deploy(&host, "p/echo", &json!([]));

    let made = create(&host, "/club", "/books", "GET", "echo").expect(200).json();
    assert_eq!(made["gwApiUrl"], format!("{}/routes/guest/club", host.url));
    let document = &made["apidoc"];
    assert_eq!(
        (&document["swagger"], &document["basePath"], &document["info"]["title"]),
        (&json!("2.0"), &json!("/club"), &json!("/club"))
    );
    let operation = &document["paths"]["/books"]["get"];
    assert_eq!(operation["operationId"], "getBooks");
    assert_eq!(
        operation["x-openwhisk"],
        json!({"namespace": "guest", "package": "default", "action": "echo",
        "url": format!("{}/api/v1/web/guest/default/echo.json", host.url)})
    );
    assert!(operation["responses"].is_object());
    create(&host, "/club", "/books", "post", "/guest/p/echo").expect(200);
    let made = create(&host, "/club", "/books/{id}/pages/{page}", "get", "p/echo").expect(200).json();
    assert_eq!(made["apidoc"]["paths"].as_object().unwrap().len(), 2);
    let parameters = &made["apidoc"]["paths"]["/books/{id}/pages/{page}"]["get"]["parameters"];
    assert_eq!(parameters[1], json!({"name": "page", "in": "path", "required": true, "type": "string"}));

    // Anybody calls them; the action sees the path, and its parameters as arguments.
    let seen = get(&host, "/routes/guest/club/books?q=1").expect(200).json();
    assert_eq!(
        (&seen["__ow_method"], &seen["__ow_path"], &seen["q"]),
        (&json!("get"), &json!("/club/books"), &json!("1"))
    );
    let seen = host
        .send_as(None, "POST", "/routes/guest/club/books", Some(&json!({"title": "x"})))
        .expect(200)
        .json();
    assert_eq!((&seen["__ow_method"], &seen["title"]), (&json!("post"), &json!("x")));
    let answer = get(&host, "/routes/guest/club/books/a%20b/pages/7?page=8&x=2").expect(200);
    let seen = answer.json();
    assert_eq!((&seen["id"], &seen["page"], &seen["x"]), (&json!("a b"), &json!("8"), &json!("2")));
    assert_eq!(seen["__ow_path"], "/club/books/a%20b/pages/7");
    assert_eq!(annotation(&host.record(&activation_id(&answer)), "path"), "guest/p/echo");
    let nowhere = "The requested API path does not exist.";
    for path in [
        "/routes/guest/club/none",
        "/routes/guest/none",
        "/routes/guest",
        "/routes/guest/",
        "/routes/nobody/club/books",
        "/routes/guest/club/books/1",
    ] {
        expect_error(&get(&host, path), 404, nowhere);
    }
    let answer = host.send_as(None, "DELETE", "/routes/guest/club/books", None);
    expect_error(&answer, 405, "HTTP method not allowed, supported methods: GET, POST");
    // A page of another origin may call them.
    let headers =
        [("origin", "https://example.org".to_owned()), ("access-control-request-headers", "x-a".to_owned())];
    let preflight = host.send_raw("OPTIONS", "/routes/guest/club/books", &headers, b"").expect(200);
    assert_eq!(preflight.header("access-control-allow-methods"), Some("GET, POST"));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("x-a"));
    assert_eq!(
        host.send_raw("GET", "/routes/guest/club/books", &headers, b"").header("access-control-allow-origin"),
        Some("*")
    );

    // How a result is shown is the route's.
    manage(&host, "POST", "createApi", "&responsetype=http", Some(&apidoc("/", "/page", "put", "echo")))
        .expect(200);
    let page = host
        .send_as(None, "PUT", "/routes/guest/page", Some(&json!({"statusCode": 201, "body": "<p/>"})))
        .expect(201);
    assert_eq!(
        (page.header("content-type"), page.text().as_str()),
        (Some("text/html; charset=UTF-8"), "<p/>")
    );

    let list = |query: &str| {
        manage(&host, "GET", "getApi", query, None).expect(200).json()["apis"].as_array().unwrap().clone()
    };
    assert_eq!(list("").len(), 2);
    assert_eq!(list("&basepath=/club")[0]["value"]["apidoc"]["basePath"], "/club");
    assert_eq!(list("&basepath=/none").len(), 0);
    assert_eq!(list("&limit=30&skip=0").len(), 2);
    assert_eq!(list("&limit=0").len(), 2, "0 means all there may be");
    let first = list("&limit=1");
    let second = list("&limit=1&skip=1");
    assert_eq!((first.len(), second.len(), first == second), (1, 1, false));
    assert_eq!(list("&skip=2").len(), 0);
    for (query, text) in [
        ("&limit=201", "The value '201' is not in the range of 0 to 200 for apis."),
        ("&skip=x", "The value 'x' is not an integer for apis."),
    ] {
        expect_error(&manage(&host, "GET", "getApi", query, None), 400, text);
    }

    let delete = |query: &str| manage(&host, "DELETE", "deleteApi", query, None);
    expect_error(&delete(""), 502, "basepath is required.");
    expect_error(
        &delete("&basepath=/club&operation=get"),
        502,
        "When specifying an operation, the path is required.",
    );
    expect_error(&delete("&basepath=/none"), 502, "API deletion failure: API '/none' does not exist.");
    expect_error(&delete("&basepath=/club&relpath=/none"), 502, "path '/none' does not exist in the API");
    expect_error(
        &delete("&basepath=/club&relpath=/books&operation=put"),
        502,
        "path '/books' with operation 'put' does not exist in the API",
    );
    assert_eq!(delete("&basepath=/club&relpath=/books&operation=GET").expect(200).json(), json!({}));
    assert_eq!(get(&host, "/routes/guest/club/books").status, 405);
    delete("&basepath=/club&relpath=/books").expect(200);
    expect_error(&get(&host, "/routes/guest/club/books"), 404, nowhere);
    delete("&basepath=/club").expect(200);
    delete("&basepath=/&relpath=/page").expect(200);
    assert_eq!(list("").len(), 0, "an API without routes is none");

    // An action that is no longer exported, or gone, is not there.
    create(&host, "/a", "/b", "get", "echo").expect(200);
    host.put("echo", &json!({"annotations": [{"key": "web-export", "value": false}]})).expect(200);
    expect_error(&get(&host, "/routes/guest/a/b"), 404, NOT_FOUND);
}

#[test]
fn documents_go_in_and_out_and_what_is_wrong_is_said() {
    let host = Flockd::start_with(&Options::default().set("limits.parameters-max-bytes", 3000));
    deploy(&host, "echo", &json!([]));
    let operation = json!({"x-openwhisk": {"namespace": "guest", "package": "default", "action": "echo", "url": "https://x/echo.json"},
        "responses": {}, "x-own": 1});
    let document = json!({"swagger": "2.0", "basePath": "/doc", "info": {"title": "Mine", "version": "2"}, "paths": {"/x/{y}": {"get": operation}}, "x-more": [1]});
    let put = |swagger: Value| {
        manage(
            &host,
            "POST",
            "createApi",
            "",
            Some(&json!({"apidoc": {"namespace": "_", "swagger": swagger}})),
        )
    };
    assert_eq!(put(document.clone()).expect(200).json()["apidoc"], document);
    assert_eq!(get(&host, "/routes/guest/doc/x/1").expect(200).json()["y"], "1");
    // As text, as wsk sends it; it takes the place of the one before. It is found by its title, too.
    let mut changed = document.clone();
    changed["paths"] = json!({"/z": {"get": operation}});
    put(json!(changed.to_string())).expect(200);
    assert_eq!(
        (get(&host, "/routes/guest/doc/x/1").status, get(&host, "/routes/guest/doc/z").status),
        (404, 200)
    );
    let found = manage(&host, "GET", "getApi", "&basepath=Mine", None).expect(200).json();
    assert_eq!(found["apis"][0]["value"]["apidoc"], changed);

    let without = |field: &str| {
        let mut document = document.clone();
        document.as_object_mut().unwrap().remove(field);
        document
    };
    for (swagger, text) in [
        (json!("{"), "swagger field cannot be parsed. Ensure it is valid JSON."),
        (json!([1]), "swagger field must be a JSON object."),
        (json!(5), "swagger field is number and should be an object or a JSON string."),
        (json!(true), "swagger field is boolean and should be an object or a JSON string."),
        (without("basePath"), "swagger is missing the basePath field."),
        (without("paths"), "swagger is missing the paths field."),
        (without("info"), "swagger is missing the info field."),
    ] {
        expect_error(&put(swagger), 502, text);
    }
    let mut large = document.clone();
    large["x-more"] = json!("x".repeat(3000));
    expect_error(&put(large), 413, "API larger than allowed");
    // All that OpenWhisk asks for, in the order in which it does.
    let missing = |body: &Value, text: &str| {
        expect_error(&manage(&host, "POST", "createApi", "", Some(body)), 502, text);
    };
    let mut body = json!({"apidoc": {}});
    for (field, value) in [
        ("namespace", json!("_")),
        ("gatewayBasePath", json!("/b")),
        ("gatewayPath", json!("/x")),
        ("gatewayMethod", json!("get")),
    ] {
        missing(&body, &format!("apidoc is missing the {field} field"));
        body["apidoc"][field] = value;
    }
    missing(&body, "apidoc is missing the action field.");
    body["apidoc"]["action"] = json!({});
    for (field, value) in [
        ("backendMethod", "get"),
        ("backendUrl", "https://x/api/v1/web/_/default/echo.http"),
        ("namespace", "_"),
        ("name", "echo"),
        ("authkey", "a:b"),
    ] {
        missing(&body, &format!("action is missing the {field} field."));
        body["apidoc"]["action"][field] = json!(value);
    }
    manage(&host, "POST", "createApi", "", Some(&body)).expect(200);
    missing(&json!({"apidoc": {"swagger": document}}), "apidoc is missing the namespace field");
    missing(&json!({"apidoc": 0}), "apidoc is required.");
    missing(
        &json!({"apidoc": 7}),
        "apidoc field is of type number and should be a JSON object or a JSON string.",
    );
    missing(&json!({"apidoc": "{"}), "apidoc field cannot be parsed. Ensure it is valid JSON.");
    for (field, value, text) in [
        ("gatewayBasePath", json!("club"), "'club' must begin with '/'."),
        ("gatewayBasePath", json!("/{a}"), "The base path '/{a}' cannot have parameters."),
        ("gatewayBasePath", Value::Null, "apidoc is missing the gatewayBasePath field"),
        ("gatewayPath", json!(""), "apidoc is missing the gatewayPath field"),
        ("gatewayPath", json!("x"), "'x' must begin with '/'."),
        ("gatewayMethod", json!("TRACE"), "'trace' is not a valid API verb."),
        ("gatewayMethod", json!(1), "apidoc is missing the gatewayMethod field"),
        ("action", Value::Null, "apidoc is missing the action field."),
        (
            "action",
            json!({"name": "absent", "namespace": "_", "backendMethod": "get", "backendUrl": "u", "authkey": "k"}),
            "API creation failure: action /guest/absent does not exist",
        ),
        ("swagger", document.clone(), "swagger and gatewayBasePath are mutually exclusive"),
    ] {
        let mut body = apidoc("/b", "/x", "get", "echo");
        body["apidoc"][field] = value;
        expect_error(&manage(&host, "POST", "createApi", "", Some(&body)), 502, text);
    }
    expect_error(&manage(&host, "POST", "createApi", "", Some(&json!({}))), 502, "apidoc is required.");
    let body = apidoc("/b", "/x", "get", "echo");
    expect_error(
        &manage(&host, "POST", "createApi", "&responsetype=pdf", Some(&body)),
        502,
        "'pdf' is not a valid response type.",
    );
    expect_error(&manage(&host, "GET", "createApi", "", None), 405, "supported methods: POST");
    expect_error(&manage(&host, "GET", "otherApi", "", None), 404, NOT_FOUND);
    let path = "/api/v1/web/whisk.system/apimgmt/getApi.http";
    expect_error(&get(&host, path), 401, "requires authentication");
}

#[test]
fn routes_are_of_one_namespace_and_may_have_a_host_name() {
    let folder = tempfile::tempdir().unwrap();
    let key = create_key(folder.path(), "other");
    let options = Options::default().set("routes.hosts", "api.example.org=guest shop.example.org=other");
    let host = Flockd::start_on(folder.path(), &options);
    eventually("the key is known", || {
        host.send_as(Some(&key), "GET", "/api/v1/namespaces", None).status == 200
    });
    deploy(&host, "secret", &json!([{"key": "require-whisk-auth", "value": "word"}]));
    // wsk hands on the word of a secured web action, so that callers of the route need none.
    let mut body = apidoc("/a", "/b", "get", "secret");
    create(&host, "/a", "/open", "get", "secret").expect(200);
    body["apidoc"]["action"]["secureKey"] = json!("word");
    manage(&host, "POST", "createApi", "&responsetype=json", Some(&body)).expect(200);
    get(&host, "/routes/guest/a/b").expect(200);
    expect_error(&get(&host, "/routes/guest/a/open"), 401, "has failed or not yet been provided");
    expect_error(&get(&host, "/api/v1/web/guest/default/secret"), 401, "has failed or not yet been provided");

    let list = "/api/v1/web/whisk.system/apimgmt/getApi.http";
    assert_eq!(host.send_as(Some(&key), "GET", list, None).expect(200).json(), json!({"apis": []}));
    let delete = "/api/v1/web/whisk.system/apimgmt/deleteApi.http?basepath=/a";
    expect_error(&host.send_as(Some(&key), "DELETE", delete, None), 502, "API '/a' does not exist.");

    let named = |name: &str, path: &str| host.send_raw("GET", path, &[("host", name.to_owned())], b"");
    let seen = named("api.example.org", "/a/b").expect(200).json();
    assert_eq!(seen["__ow_path"], "/a/b");
    named("API.example.org:8080", "/a/b").expect(200);
    expect_error(&named("shop.example.org", "/a/b"), 404, "The requested API path does not exist.");
    // Under such a name there is nothing else, not even with a key.
    let headers = [
        ("host", "api.example.org".to_owned()),
        ("authorization", format!("Basic {}", STANDARD.encode(&host.auth))),
    ];
    expect_error(
        &host.send_raw("GET", "/api/v1/namespaces", &headers, b""),
        404,
        "The requested API path does not exist.",
    );
    expect_error(&named("other.example.org", "/a/b"), 404, NO_PATH);
}
