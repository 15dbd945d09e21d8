//! What `deploy` sends, seen by a host of a few lines.

use clap::Parser;

use super::*;
use crate::cli::{Cli, Command};
use crate::client::tests::{client, fake_host, http};
use crate::entrypoint::tests::{OBJECT_TO_OBJECT, jar_of};
use crate::failure::Kind;
use crate::output::{Output, Reader};

/// A folder of its own for a test; gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("flockctl-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Folder(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).expect("a file");
        path.to_str().expect("a plain path").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn hello_jar() -> Vec<u8> {
    let class = crate::classfile::tests::class_bytes("p/Hello", &[(9, "main", OBJECT_TO_OBJECT)]);
    jar_of(&[("p/Hello.class", class)])
}

/// Runs the command line against these answers; gives its end and what the host saw.
fn deploy(words: &[&str], answers: &[&str]) -> (Result<(), Failure>, Vec<(String, Value)>) {
    let answers = answers.iter().map(|status| http(status, "", "{\"error\":\"e\",\"version\":\"0.0.1\",\"annotations\":[{\"key\":\"old\",\"value\":1},{\"key\":\"final\",\"value\":false}]}"));
    let (url, host) = fake_host(answers.collect());
    let session = Session {
        client: client(&url, Some("u:k")),
        output: Output::new(Reader::Program),
        namespace: "_".into(),
    };
    let words = ["flockctl", "deploy"].iter().chain(words);
    let Command::Deploy(args) = Cli::try_parse_from(words).expect("arguments").command else {
        panic!("deploy was asked for")
    };
    let end = run(&session, &args);
    let seen = host.join().expect("the host ends").into_iter().map(|seen| {
        let line = seen.head.lines().next().unwrap_or_default().to_owned();
        (line, serde_json::from_slice(&seen.body).unwrap_or_default())
    });
    (end, seen.collect())
}

#[test]
fn a_jar_goes_as_base64_with_its_main() {
    let folder = Folder::new("deploy-jar");
    let jar = hello_jar();
    let file = folder.file("hello-1.0.jar", &jar);
    let (end, seen) = deploy(&[&file], &["200 OK"]);
    end.expect("deployed");
    let (line, body) = &seen[0];
    assert_eq!(line, "put /api/v1/namespaces/_/actions/hello-1.0?overwrite=true http/1.1");
    let expected = json!({
        "namespace": "_",
        "name": "hello-1.0",
        "exec": {"kind": "java:default", "code": BASE64_STANDARD.encode(&jar), "main": "p.Hello"},
    });
    assert_eq!(body, &expected);
}

#[test]
fn source_goes_as_text_with_all_options() {
    let folder = Folder::new("deploy-source");
    let file = folder.file("Hi.java", "package p; public class Hi { /* ß */ }".as_bytes());
    let params = folder.file("p.json", b"{\"a\": 1, \"b\": 2}");
    let words = [
        &file,
        "--name",
        "tools/hi",
        "-m",
        "512",
        "-t",
        "5000",
        "-l",
        "1",
        "-c",
        "8",
        "-P",
        &params,
        "-p",
        "b",
        "-3",
        "-e",
        "TZ",
        "1",
        "-a",
        "x",
        "[1]",
        "--no-overwrite",
    ];
    let (end, seen) = deploy(&words, &["200 OK"]);
    end.expect("deployed");
    let (line, body) = &seen[0];
    assert_eq!(line, "put /api/v1/namespaces/_/actions/tools/hi?overwrite=false http/1.1");
    assert_eq!(body["name"], "tools/hi");
    assert_eq!(body["exec"]["main"], "p.Hi");
    assert_eq!(body["exec"]["code"], "package p; public class Hi { /* ß */ }");
    let limits = json!({"timeout": 5000, "memory": 512, "logs": 1, "concurrency": 8});
    assert_eq!(body["limits"], limits);
    let parameters = json!([
        {"key": "a", "value": 1}, {"key": "b", "value": -3}, {"key": "TZ", "value": "1", "init": true}
    ]);
    assert_eq!(body["parameters"], parameters);
    assert_eq!(body["annotations"], json!([{"key": "x", "value": [1]}]));
}

#[test]
fn web_keeps_the_annotations_that_are_there() {
    let folder = Folder::new("deploy-web");
    let file = folder.file("hello.jar", &hello_jar());
    let (end, seen) = deploy(&[&file, "--web", "raw"], &["200 OK", "200 OK"]);
    end.expect("deployed");
    assert_eq!(seen[0].0, "get /api/v1/namespaces/_/actions/hello?code=false http/1.1");
    let expected = json!([
        {"key": "old", "value": 1},
        {"key": "final", "value": true},
        {"key": "web-export", "value": true},
        {"key": "raw-http", "value": true},
    ]);
    assert_eq!(seen[1].1["annotations"], expected);
    let (end, seen) = deploy(&[&file, "--web", "no"], &["404 Not Found", "200 OK"]);
    end.expect("deployed");
    let values = seen[1].1["annotations"].as_array().map(|l| l.iter().all(|a| a["value"] == false));
    assert_eq!(values, Some(true), "{:?}", seen[1].1);
}

#[test]
fn what_cannot_be_deployed_is_refused_before_anything_is_sent() {
    let folder = Folder::new("deploy-bad");
    let jar = folder.file("hello.jar", &hello_jar());
    let text = folder.file("notes.txt", b"hello");
    let latin = folder.file("L.java", &[b'/', b'/', 0xE4]);
    let cut = folder.file("cut.jar", &hello_jar()[..40]);
    let table: [&[&str]; 5] = [&["/nowhere/x.jar"], &[&text], &[&latin], &[&cut], &[&jar, "--name", "a/b/c"]];
    for words in table {
        let (end, seen) = deploy(words, &[]);
        assert_eq!(end.expect_err("refused").kind, Kind::Usage, "{words:?}");
        assert!(seen.is_empty());
    }
}

#[test]
fn a_conflict_has_its_exit_code() {
    let folder = Folder::new("deploy-conflict");
    let jar = folder.file("hello.jar", &hello_jar());
    let (end, _) = deploy(&[&jar, "--no-overwrite"], &["409 Conflict"]);
    assert_eq!(end.expect_err("409").kind.exit_code(), 6);
}

#[test]
fn sizes_are_short() {
    let sizes = [0, 1023, 1024, 1_572_864].map(bytes_text);
    assert_eq!(sizes, ["0 B", "1023 B", "1.0 KB", "1.5 MB"]);
}
