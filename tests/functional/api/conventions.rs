//! The ways of writing a function beside OpenWhisk's, from source to answer. What each takes and gives is tested in Java.

use serde_json::{Value, json};

use crate::support::{Flockd, jar_exec, project, source_exec};

#[test]
fn functions_of_java_util_function_and_mains_with_a_map_run() {
    let host = Flockd::start();
    let function = "import java.util.function.*;\npublic class Main implements Function<Main.In, String> {\n\
        public static class In { String name; int times; }\n\
        public String apply(In in) { System.out.println(in.name); return in.name.repeat(in.times); }\n}\n";
    host.put("function", &json!({"exec": source_exec(function)})).expect(200);
    assert_eq!(host.result("function", &json!({"name": "ab", "times": 2})), json!({"value": "abab"}));
    let map = "import java.util.*;\npublic class Main {\n\
        public static Map<String, Object> handler(Map<String, Object> in) { return Map.of(\"sum\", (Long) in.get(\"a\") + 1); }\n}\n";
    host.put("map", &json!({"exec": source_exec(map)})).expect(200);
    assert_eq!(host.result("map", &json!({"a": 41})), json!({"sum": 42}));
    // A chain hands on what they give, and a failure is a failure.
    let chain = json!({"exec": {"kind": "sequence", "components": ["/_/map", "/_/map"]}});
    host.put("chain", &chain).expect(200);
    let failed = host.invoke("chain", &json!({"a": 1})).expect(502).json();
    assert_eq!(failed["response"]["status"], "action developer error");
    let misfit = host.invoke("function", &json!({"name": "x", "times": "many"})).expect(502).json();
    let text = misfit["response"]["result"]["error"].as_str().unwrap();
    assert!(text.contains("the payload is no Main$In"), "{text}");
}

/// Jars that were built against the real artifacts of AWS's libraries, with and without a copy of the types in the jar.
#[test]
fn functions_for_lambda_run_as_they_are() {
    let host = Flockd::start();
    for name in ["lambda-orders", "lambda-http", "lambda-queue"] {
        let folder = project().join("functions/samples").join(name);
        let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
        let properties = read("action.properties");
        let main = properties.trim().strip_prefix("main=").unwrap();
        host.put(name, &json!({"exec": jar_exec(name, main)})).expect(200);
        let payload: Value = serde_json::from_str(&read("input.json")).unwrap();
        let expected: Value = serde_json::from_str(&read("expected.json")).unwrap();
        let result = host.result(name, &payload);
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&result[key], value, "{name}: {result}");
        }
    }
    // The context and the logger are the call's. Many functions write their context by gson.
    let source = "import com.amazonaws.services.lambda.runtime.*;\npublic class Main implements RequestHandler<Object, Object> {\n\
        public Object handleRequest(Object in, Context context) {\n\
        return com.google.gson.JsonParser.parseString(new com.google.gson.Gson().toJson(context)); }\n}\n";
    host.put("context", &json!({"exec": source_exec(source), "limits": {"memory": 128}})).expect(200);
    let context = host.result("context", &json!({}));
    assert_eq!((&context["functionName"], &context["memoryLimit"]), (&json!("context"), &json!(128)));
    assert_eq!(context["invokedFunctionArn"], "arn:flock:lambda::guest:function:context");
    let record = host.invoke("lambda-orders", &json!({"customer": "Ada", "items": []})).expect(200).json();
    assert_eq!(record["response"]["result"], json!({"customer": "Ada", "total": 0}));
    let logs = record["logs"].to_string();
    assert!(logs.contains("stdout: order of Ada in lambda-orders"), "{logs}");
    // Static methods, streams, and dates of a library in the jar.
    for (name, main, payload, expected) in [
        (
            "objects",
            "queue.QueueHandlers::objects",
            json!({"Records": [{"eventTime": "2026-01-02T03:04:05.000Z", "s3": {"object": {"key": "a/b"}}}]}),
            json!({"key": "a/b", "year": 2026}),
        ),
        ("copy", "queue.QueueHandlers::copy", json!({"a": [1, {"b": null}]}), json!({"a": [1, {"b": null}]})),
    ] {
        host.put(name, &json!({"exec": jar_exec("lambda-queue", main)})).expect(200);
        assert_eq!(host.result(name, &payload), expected);
    }
}

#[test]
fn failures_of_functions_for_lambda_have_its_error_object() {
    let host = Flockd::start();
    host.put("orders", &json!({"exec": jar_exec("lambda-orders", "orders.OrderHandler")})).expect(200);
    let failed = host.invoke("orders", &json!({"customer": "Ada"})).expect(502).json();
    assert_eq!(failed["response"]["status"], "application error");
    let error = &failed["response"]["result"]["error"];
    assert_eq!(error["errorMessage"], "the order has no items");
    assert_eq!(error["errorType"], "java.lang.IllegalArgumentException");
    let frame = error["stackTrace"][0].as_str().unwrap();
    assert!(frame.starts_with("orders.OrderHandler.handleRequest(OrderHandler.java:"), "{frame}");
    assert!(!error["stackTrace"].to_string().contains("flock."), "{error}");
    assert!(
        failed["logs"].to_string().contains("IllegalArgumentException: the order has no items"),
        "{failed}"
    );
    // The rules for payloads, and the next call of the same instance.
    let misfit = host.invoke("orders", &json!({"items": [{"price": "dear"}]})).expect(502).json();
    let text = misfit["response"]["result"]["error"]["errorMessage"].as_str().unwrap();
    assert!(text.contains(r#".items[0].price: "dear" is no java.math.BigDecimal"#), "{text}");
    assert_eq!(host.result("orders", &json!({"items": [{"price": 2}]})), json!({"total": 2}));
    // A method that is not there fails at the first call, with Lambda's words.
    host.put("none", &json!({"exec": jar_exec("lambda-queue", "queue.QueueHandlers::none")})).expect(200);
    let none = host.invoke("none", &json!({})).expect(502).json();
    assert!(
        none.to_string().contains("No public method named none with appropriate method signature"),
        "{none}"
    );
}

/// A class of the API is one for all functions, so nothing that one function does to it may show in another.
#[test]
fn functions_for_lambda_do_not_meet_in_its_types() {
    let host = Flockd::start();
    let source = |body: &str| {
        format!(
            "import com.amazonaws.services.lambda.runtime.*;\nimport java.util.*;\npublic class Main implements RequestHandler<Map<String, Object>, String> {{\n\
             public String handleRequest(Map<String, Object> in, Context context) {{ {body} }}\n}}\n"
        )
    };
    let hostile = source(
        "LambdaRuntimeInternal.setUseLog4jAppender(true); StringBuilder tried = new StringBuilder();\n\
         for (Class<?> type : new Class<?>[] {LambdaRuntime.class, LambdaRuntime.getLogger().getClass()}) {\n\
         for (java.lang.reflect.Field field : type.getDeclaredFields()) { try { field.setAccessible(true); field.set(null, null); tried.append(\"SET \" + field); }\n\
         catch (RuntimeException | IllegalAccessException refused) { tried.append(\"no \"); } } }\n\
         return tried.toString();",
    );
    let victim = source(
        "LambdaRuntime.getLogger().log(\"from \" + context.getFunctionName()); return \"\" + LambdaRuntimeInternal.getUseLog4jAppender();",
    );
    host.put("hostile", &json!({"exec": source_exec(&hostile)})).expect(200);
    host.put("victim", &json!({"exec": source_exec(&victim)})).expect(200);
    let tried = host.result("hostile", &json!({}))["value"].as_str().unwrap().to_owned();
    assert!(tried.contains("no ") && !tried.contains("SET"), "{tried}");
    let record = host.invoke("victim", &json!({})).expect(200).json();
    assert_eq!(record["response"]["result"], json!({"value": "false"}));
    assert!(record["logs"].to_string().contains("stdout: from victim"), "{record}");
    assert!(!record["logs"].to_string().contains("hostile"), "{record}");
}
