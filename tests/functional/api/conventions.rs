//! The ways of writing a function beside OpenWhisk's, from source to answer. What each takes and gives is tested in Java.

use serde_json::json;

use crate::support::{Flockd, source_exec};

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
