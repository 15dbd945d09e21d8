//! `deploy` and `sequence`: jars, sources, parameters, limits, and what keeps one from being deployed.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use super::{User, jar, path_text};
use crate::support::{Flockd, jdk, project};

const SIZE: &str = "package a.b;

import com.google.gson.JsonObject;

public class CLASS {
    public static JsonObject main(JsonObject args) {
        args.addProperty(\"größe\", \"ß\");
        return args;
    }
}
";

#[test]
fn a_jar_is_deployed_with_the_main_that_is_found_in_it() {
    let host = Flockd::start();
    let user = User::of(&host);
    let hello = jar("hello");
    let found = "main hello.Hello (OpenWhisk: public static main(JsonObject)), ";
    user.run(&["deploy", &hello]).says(&["deployed /guest/hello 0.0.1", found]);
    user.run(&["deploy", &hello]).says(&["deployed /guest/hello 0.0.2"]);
    assert_eq!(
        user.run(&["invoke", "hello", "-r", "-p", "name", "Ada", "--json"]).json()["greeting"],
        "Hello, Ada!"
    );
    let made = user.run(&["deploy", &hello, "--name", "other name", "--json"]).json();
    assert_eq!((&made["name"], &made["exec"]["main"]), (&json!("other name"), &json!("hello.Hello")));
    assert_eq!(made["exec"].get("code"), None, "a program does not want the jar back");
    // A class in the default package that is not public, with two methods that fit.
    user.run(&["deploy", &jar("echo")]).says(&["main Echo"]);
    let sent = json!({"a": [1, {"b": null}]});
    assert_eq!(host.result("echo", &sent), sent);
    user.run(&["deploy", &hello, "--no-overwrite"]).fails(6, &["409", "resource already exists"]);
    user.run(&["deploy", &hello, "--no-overwrite", "--name", "new"]).says(&["0.0.1"]);

    // Several classes, or none: they are named, and nothing is guessed.
    let bad_main = jar("hostile-bad-main");
    let said = [
        "3 places in the jar have a public static main(JsonObject)",
        "hostile.badmain.Right",
        "hostile.badmain.Generic",
        "hostile.badmain.AnInterface",
        "--main",
    ];
    assert_eq!(user.run(&["deploy", &bad_main]).fails(2, &said), "");
    user.run(&["deploy", &bad_main, "--main", "hostile.badmain.Right#other"])
        .says(&["/guest/hostile-bad-main"]);
    assert_eq!(host.result("hostile-bad-main", &json!({})), json!({"called": "other"}));
    // A wrong name is only known when the host loads it.
    user.run(&["deploy", &bad_main, "--main", "hostile.badmain.Missing"]).ok();
    user.run(&["invoke", "hostile-bad-main", "-r"]).fails(1, &["hostile.badmain.Missing"]);

    // Over a megabyte, flockctl asks before it sends.
    let large = jar("json-transform");
    assert!(std::fs::metadata(&large).unwrap().len() > 1 << 20);
    user.run(&["deploy", &large]).says(&["main jsontransform.JsonTransform", " MB"]);

    user.run(&["deploy", "absent.jar"]).fails(2, &["absent.jar", "cannot read"]);
    let text = path_text(&user.write("text.jar", "no jar"));
    user.run(&["deploy", &text]).fails(2, &["is not a jar"]);
    let cut = user.home.path().join("cut.jar");
    let bytes = std::fs::read(&hello).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    user.run(&["deploy", &path_text(&cut)]).fails(2, &["not a readable jar"]);
    // With a main that is given, the host is who finds out.
    user.run(&["deploy", &path_text(&cut), "--main", "A"]).fails(6, &["400", "not a jar"]);
    user.run(&["deploy", &hello, "--name", "a/b/c"]).fails(2, &["is not the name of an action"]);
    user.run(&["deploy", &hello, "--name", "a?b"]).fails(6, &["illegal characters"]);
    user.run(&["deploy", &hello, "--name", "pkg/hello"]).fails(5, &["404"]);
    user.run(&["deploy", &hello, "--name", "/other/hello"]).fails(4, &["403"]);
    user.run(&["deploy", &hello, "--kind", "nodejs:20"]).fails(6, &["nodejs:20", "Valid values are"]);
    user.run(&["deploy", &hello, "--memory", "100000"]).fails(6, &["memory", "100000", "512"]);
    user.run(&["deploy", &hello, "--memory", "much"]).fails(2, &["--memory"]);
    user.run(&["deploy", &hello, "--param", "alone"]).fails(2, &["--param"]);
    user.run(&["deploy"]).fails(2, &["JAR"]);
    let names = user.run(&["list", "--json"]).json();
    let names: Vec<&str> =
        names.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["json-transform", "hostile-bad-main", "new", "echo", "other name", "hello"]);
}

#[test]
fn options_of_a_deployment_reach_the_action() {
    let host = Flockd::start();
    let user = User::of(&host);
    let params = path_text(&user.write("params.json", r#"{"file": [1, 2], "both": "file"}"#));
    let limits = ["--memory", "512", "--timeout", "5000", "--logs", "1", "--concurrency", "4"];
    let options = [
        "-P", &params, "--param", "both", "flag", "-p", "number", "3", "--param", "text", "\"3\"", "--param",
        "minus", "-1", "--env", "GREETING", "Hi", "--env", "NUMBER", "3", "-a", "note", "[1]",
    ];
    let env_jar = jar("hostile-env");
    let deploy = ["deploy", &env_jar, "--name", "env"];
    user.run(&[&deploy[..], &limits, &options].concat()).ok();
    let action = user.run(&["get", "env", "--json"]).json();
    assert_eq!(action["limits"], json!({"concurrency": 4, "logs": 1, "memory": 512, "timeout": 5000}));
    let entry = |list: &str, key: &str| -> Value {
        let list = action[list].as_array().unwrap().iter();
        list.filter(|each| each["key"] == key).map(|each| each["value"].clone()).next().unwrap_or(Value::Null)
    };
    for (key, value) in [
        ("file", json!([1, 2])),
        ("both", json!("flag")),
        ("number", json!(3)),
        ("text", json!("3")),
        ("minus", json!(-1)),
        ("GREETING", json!("Hi")),
        ("NUMBER", json!("3")),
    ] {
        assert_eq!(entry("parameters", key), value, "{key}");
    }
    assert_eq!(entry("annotations", "note"), json!([1]));
    let env = host.result("env", &json!({}))["env"].clone();
    assert_eq!((&env["GREETING"], &env["NUMBER"]), (&json!("Hi"), &json!("3")));
    user.run(&["get", "env"]).says(&[
        "env ",
        "GREETING = \"Hi\"",
        "parameter",
        "note = [1]",
        "512 MB",
        "5000 ms",
    ]);

    // An update keeps what it does not name; annotations are added to.
    user.run(&[&deploy[..], &["--web", "yes"]].concat()).says(&["0.0.2"]);
    let action = user.run(&["get", "env", "--json"]).json();
    assert_eq!(
        (&action["limits"]["memory"], action["parameters"].as_array().unwrap().len()),
        (&json!(512), 7)
    );
    let annotations = action["annotations"].to_string();
    for part in ["\"note\"", "{\"key\":\"web-export\",\"value\":true}", "{\"key\":\"final\",\"value\":true}"]
    {
        assert!(annotations.contains(part), "{part}: {annotations}");
    }
    user.run(&[&deploy[..], &["--web", "raw"]].concat()).ok();
    let text = user.run(&["get", "env"]).ok();
    assert!(text.contains("raw-http = true"), "{text}");
    user.run(&[&deploy[..], &["--web", "maybe"]].concat()).fails(2, &["maybe"]);

    // Parameters from standard input, and files that are none.
    let echo_jar = jar("echo");
    let words = ["deploy", &echo_jar, "-P", "-"];
    assert_eq!(user.run_with_input(&words, "{\"from\": \"stdin\"}").code, 0);
    assert_eq!(host.result("echo", &json!({})), json!({"from": "stdin"}));
    user.run_with_input(&words, "[1]").fails(2, &["not an object"]);
    user.run_with_input(&words, "{").fails(2, &["JSON object"]);
    user.run(&["deploy", &jar("echo"), "-P", "absent.json"]).fails(2, &["absent.json"]);
}

#[test]
fn a_source_file_is_compiled_and_its_errors_come_back_with_their_lines() {
    let host = Flockd::start();
    let user = User::of(&host);
    let sample = path_text(&project().join("functions/samples/source-hello/src/Main.java"));
    user.run(&["deploy", &sample, "--name", "source"]).says(&["deployed /guest/source 0.0.1", "main Main"]);
    assert_eq!(
        host.result("source", &json!({"name": "Ada"})),
        json!({"greeting": "Hello, Ada, from source!"})
    );

    // A class in a package, of another name than the file's. What was sent is what comes back.
    let text = SIZE.replace("CLASS", "Size");
    let file = path_text(&user.write("size.java", &text));
    user.run(&["deploy", &file]).says(&["/guest/size", "main a.b.Size"]);
    assert_eq!(host.result("size", &json!({})), json!({"größe": "ß"}));
    assert_eq!(user.run(&["get", "size", "--save", "-"]).ok(), text);

    let broken = "public class Broken {\n    static int number = \"text\";\n    static void f() {\n        missing();\n    }\n}\n";
    let file = path_text(&user.write("Broken.java", broken));
    let said = [
        "400",
        "does not compile",
        "Broken.java:2: error: incompatible types",
        "Broken.java:4: error: cannot find symbol",
    ];
    assert_eq!(user.run(&["deploy", &file]).fails(6, &said), "");
    user.run(&["get", "Broken"]).fails(5, &["404"]);

    let latin = user.home.path().join("Latin.java");
    std::fs::write(&latin, b"class Latin { String s = \"\xe4\"; }").unwrap();
    user.run(&["deploy", &path_text(&latin)]).fails(2, &["UTF-8"]);
}

#[test]
fn a_class_in_a_source_may_have_any_name_that_java_has() {
    let host = Flockd::start();
    let user = User::of(&host);
    let file = path_text(&user.write("length.java", &SIZE.replace("CLASS", "Länge")));
    user.run(&["deploy", &file]).says(&["/guest/length", "main a.b.Länge"]);
    assert_eq!(host.result("length", &json!({})), json!({"größe": "ß"}));
}

#[test]
fn a_sequence_is_made_of_what_is_there() {
    let host = Flockd::start();
    let user = User::of(&host);
    user.run(&["deploy", &jar("hello")]).ok();
    user.run(&["deploy", &jar("echo")]).ok();
    let made = user.run(&["sequence", "greet", "echo,hello,/guest/echo", "-a", "note", "x"]);
    made.says(&["deployed /guest/greet 0.0.1", "/guest/echo -> /guest/hello -> /guest/echo"]);
    user.run(&["get", "greet"]).says(&[
        "sequence",
        "/guest/echo -> /guest/hello -> /guest/echo",
        "note = \"x\"",
    ]);
    assert_eq!(
        user.run(&["invoke", "greet", "-r", "-p", "name", "Bo", "--json"]).json(),
        json!({"greeting": "Hello, Bo!"})
    );
    let again = user.run(&["sequence", "greet", "echo, hello", "--json"]).json();
    assert_eq!(
        (&again["version"], again["exec"]["components"].as_array().unwrap().len()),
        (&json!("0.0.2"), 2)
    );
    user.run(&["sequence", "greet", "echo", "--no-overwrite"]).fails(6, &["409"]);
    user.run(&["sequence", "bad", "echo,absent"]).fails(6, &["Sequence component does not exist."]);
    user.run(&["sequence", "greet", "greet"]).fails(6, &["Sequence may not refer to itself."]);
    user.run(&["sequence", "bad", "echo,,hello"]).fails(2, &["is not the name of an action"]);
    user.run(&["sequence", "bad", "/other/echo"]).fails(4, &["403"]);
    user.run(&["sequence", "bad"]).fails(2, &["ACTION"]);
    user.run(&["get", "greet", "--save", "code"]).fails(2, &["has no code to save"]);
}

#[test]
fn a_jar_for_lambda_is_deployed_by_its_name_alone() {
    let host = Flockd::start();
    let user = User::of(&host);
    for (name, found) in [
        ("lambda-orders", "main orders.OrderHandler (AWS Lambda: implements RequestHandler)"),
        ("lambda-http", "main greeting.GreetingHandler (AWS Lambda: implements RequestHandler)"),
        ("lambda-queue", "main queue.QueueHandlers::messages (AWS Lambda: a public method with a Context)"),
    ] {
        user.run(&["deploy", &jar(name)]).says(&[&format!("deployed /guest/{name} 0.0.1"), found]);
        let folder = project().join("functions/samples").join(name);
        let expected: Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
        let result =
            user.run(&["invoke", name, "-r", "-P", &path_text(&folder.join("input.json")), "--json"]).json();
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&result[key], value, "{name}: {result}");
        }
    }
}

/// Compiles the source of a class F, for what a host of any JDK reads, into a jar of this name in the user's folder.
fn made_jar(user: &User, name: &str, source: &str) -> String {
    let jdk = jdk();
    let (classes, jar) = (user.home.path().join(name), user.home.path().join(format!("{name}.jar")));
    let file = user.write("F.java", source);
    let run = |program: &str, words: &[&Path]| {
        let done = Command::new(jdk.join("bin").join(program)).args(words).output().unwrap();
        assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let word = Path::new;
    run("javac", &[word("--release"), word("17"), word("-d"), &classes, &file]);
    run("jar", &[word("--create"), word("--file"), &jar, word("-C"), &classes, word(".")]);
    path_text(&jar)
}

#[test]
fn a_jar_of_another_convention_is_found_by_what_its_class_is() {
    let host = Flockd::start();
    let user = User::of(&host);
    let function = |kind: &str, body: &str| {
        format!(
            "package x; import java.util.*; import java.util.function.*; public class F implements {kind} {{ {body} }}"
        )
    };
    for (name, source, found, sent, result) in [
        (
            "function",
            function("Function<Map<String, Object>, Map<String, Object>>", "public Map<String, Object> apply(Map<String, Object> in) { return Map.of(\"b\", in.get(\"a\")); }"),
            "main x.F (implements java.util.function.Function)",
            json!({"a": "x"}),
            json!({"b": "x"}),
        ),
        (
            "operator",
            function("UnaryOperator<Integer>", "public Integer apply(Integer in) { return in + 1; }"),
            "main x.F (implements java.util.function.Function)",
            json!({"value": 4}),
            json!({"value": 5}),
        ),
        (
            "consumer",
            function("Consumer<String>", "public void accept(String in) { System.out.println(in); }"),
            "main x.F (implements java.util.function.Consumer)",
            json!({"value": "x"}),
            json!({}),
        ),
        (
            "supplier",
            function("Supplier<String>", "public String get() { return \"s\"; }"),
            "main x.F (implements java.util.function.Supplier)",
            json!({}),
            json!({"value": "s"}),
        ),
        (
            "map",
            "package x; import java.util.*; public class F { public static Map<String, Object> main(Map<String, Object> in) { return Map.of(\"size\", in.size()); } }".to_owned(),
            "main x.F (public main(Map))",
            json!({"a": 1}),
            json!({"size": 1}),
        ),
        (
            "handler",
            "package x; import java.util.*; public class F { public Map<String, Object> handler(Map<String, Object> in) { return in; } }".to_owned(),
            "main x.F (public handler(Map))",
            json!({"a": [1]}),
            json!({"a": [1]}),
        ),
    ] {
        let jar = made_jar(&user, name, &source);
        user.run(&["deploy", &jar]).says(&[&format!("deployed /guest/{name} 0.0.1"), found]);
        assert_eq!(host.result(name, &sent), result, "{name}");
    }
    // More than one, none, and one that cannot be made.
    let two = function("Supplier<String>", "public String get() { return \"s\"; }")
        + " class G { public static java.util.Map<String, Object> main(java.util.Map<String, Object> in) { return in; } }\
           class H { public static java.util.Map<String, Object> main(java.util.Map<String, Object> in) { return in; } }";
    let said = ["2 places in the jar have a public main(Map) or handler(Map)", "x.G", "x.H", "--main"];
    user.run(&["deploy", &made_jar(&user, "two", &two)]).fails(2, &said);
    let said = ["no class in the jar has a public static main(JsonObject)", "java.util.function's", "--main"];
    user.run(&["deploy", &made_jar(&user, "none", "package x; public class F { }")]).fails(2, &said);
    let throws = function(
        "Supplier<String>",
        "public F() { throw new IllegalStateException(\"no way\"); } public String get() { return null; }",
    );
    user.run(&["deploy", &made_jar(&user, "throws", &throws)]).says(&["main x.F"]);
    user.run(&["invoke", "throws", "-r"])
        .fails(1, &["the constructor of x.F threw java.lang.IllegalStateException: no way"]);
}
