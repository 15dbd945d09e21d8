//! Code that is refused when it is deployed: sources that do not compile, jars that are none or attack. Nothing of it stays.

use std::io::{Cursor, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    neighbour::Street,
    support::{Answer, Flockd, eventually, jar_bytes, source, source_exec},
};

fn put_jar(host: &Flockd, bytes: &[u8], main: &str) -> Answer {
    host.put(
        "garbage",
        &json!({ "exec": { "kind": "java:default", "code": STANDARD.encode(bytes), "main": main } }),
    )
}

/// The files of the code folder.
fn code_files(host: &Flockd) -> Vec<String> {
    let entries = std::fs::read_dir(host.data().join("code")).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn jar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn replace_all(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    let at: Vec<usize> = (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!at.is_empty());
    for at in at {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
}

/// Many entries that are each small in the jar and large outside it: 600 MiB from 600 KB.
fn bomb() -> Vec<u8> {
    const PIECE_BYTES: usize = 8 << 20;
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    writer.start_file("piece", deflated).unwrap();
    writer.write_all(&vec![0; PIECE_BYTES]).unwrap();
    let mut one = ZipArchive::new(Cursor::new(writer.finish().unwrap().into_inner())).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..(600 << 20) / PIECE_BYTES {
        writer.raw_copy_file_rename(one.by_index_raw(0).unwrap(), format!("piece{number}").as_str()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The class file of an interface with so many abstract methods.
fn interface(name: &str, parents: &[String], methods: u16) -> Vec<u8> {
    let mut pool: Vec<Vec<u8>> = Vec::new();
    let text = |pool: &mut Vec<Vec<u8>>, text: &str| {
        let mut constant = vec![1];
        constant.extend_from_slice(&u16::try_from(text.len()).unwrap().to_be_bytes());
        constant.extend_from_slice(text.as_bytes());
        pool.push(constant);
        u16::try_from(pool.len()).unwrap()
    };
    let class = |pool: &mut Vec<Vec<u8>>, name: &str| {
        let at = text(pool, name);
        pool.push([&[7], &at.to_be_bytes()[..]].concat());
        u16::try_from(pool.len()).unwrap()
    };
    let mut rest = vec![0x0601, class(&mut pool, name), class(&mut pool, "java/lang/Object")];
    rest.push(u16::try_from(parents.len()).unwrap());
    rest.extend(parents.iter().map(|parent| class(&mut pool, parent)));
    let of_nothing = text(&mut pool, "()V");
    rest.extend([0, methods]);
    for number in 0..methods {
        rest.extend([0x0401, text(&mut pool, &format!("m{number}")), of_nothing, 0]);
    }
    rest.push(0);
    let mut file = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61];
    file.extend_from_slice(&u16::try_from(pool.len() + 1).unwrap().to_be_bytes());
    file.extend(pool.concat());
    file.extend(rest.iter().flat_map(|value| value.to_be_bytes()));
    file
}

/// Two interfaces a layer that each extend both of the layer below.
fn layers(count: usize) -> Vec<(String, Vec<u8>)> {
    let names = |layer: usize| [format!("a/A{layer}"), format!("a/B{layer}")];
    let of = |layer: usize| {
        let parents = if layer == 0 { Vec::new() } else { names(layer - 1).to_vec() };
        names(layer).map(|name| (format!("{name}.class"), interface(&name, &parents, 1)))
    };
    (0..count).flat_map(of).collect()
}

/// With a class like these one call would hold up all others for seconds, or for ever.
#[test]
fn a_jar_with_classes_that_the_jvm_is_long_at_is_refused() {
    let street = Street::start();
    let before = code_files(&street.host);
    let hello = jar_bytes("hello");
    let mut archive = ZipArchive::new(Cursor::new(hello)).unwrap();
    let mut class = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name("hello/Hello.class").unwrap(), &mut class).unwrap();
    let with = |others: &[(String, Vec<u8>)]| {
        let mut entries: Vec<(&str, &[u8])> = vec![("hello/Hello.class", &class)];
        entries.extend(others.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        jar(&entries)
    };
    let many = |methods| vec![("a/Many.class".to_owned(), interface("a/Many", &[], methods))];
    for (what, bytes, text) in [
        ("layers", with(&layers(60)), "has so many ways to its supertypes"),
        ("methods", with(&many(8193)), "the class a.Many has or inherits 8193 methods, more than 8192"),
    ] {
        let answer = street.beside(|| put_jar(&street.host, &bytes, "hello.Hello"));
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
        assert!(answer.error().contains(text), "{what}: {}", answer.error());
        assert_eq!(code_files(&street.host), before, "{what}");
    }
    for bytes in [with(&layers(15)), with(&many(8192))] {
        street.beside(|| put_jar(&street.host, &bytes, "hello.Hello")).expect(200);
        assert_eq!(street.host.result("garbage", &json!({ "name": "Ada" }))["greeting"], "Hello, Ada!");
    }
}

#[test]
fn garbage_jars_are_refused_and_leave_nothing() {
    let street = Street::start();
    let before = code_files(&street.host);
    let whole = jar_bytes("hello");
    let mut twice = jar(&[("aa/One.class", b"1"), ("bb/One.class", b"2")]);
    replace_all(&mut twice, b"bb/One.class", b"aa/One.class");
    let mut lying = jar(&[("piece", &[7; 4096])]);
    // The sum of the content, in the central directory and beside the content, is another one.
    let sum = crc32(&[7; 4096]).to_le_bytes();
    replace_all(&mut lying, &sum, &[1, 2, 3, 4]);
    let many_names: Vec<String> = (0..66_000).map(|number| format!("{number}")).collect();
    let many: Vec<(&str, &[u8])> = many_names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let long = "x".repeat(5000);
    let long = jar(&[(long.as_str(), b"")]);
    for (what, bytes, text) in [
        ("no zip", b"this is no jar at all, whatever it says".to_vec(), "not a jar"),
        ("a cut zip", whole[..whole.len() / 2].to_vec(), "jar"),
        ("a zip without its head", whole[100..].to_vec(), "jar"),
        ("no end", whole[..whole.len() - 4].to_vec(), "jar"),
        ("a way out", jar(&[("a/../../x.class", b"")]), "leads out"),
        ("an absolute name", jar(&[("/etc/passwd", b"")]), "no relative path"),
        ("a backslash", jar(&[("a\\..\\x", b"")]), "no relative path"),
        ("an entry twice", twice, "twice"),
        ("a wrong sum", lying, "damaged"),
        ("too many entries", jar(&many), "entries"),
        ("a long name", long, "longer than"),
        ("a bomb", bomb(), "larger than"),
    ] {
        let answer = street.beside(|| put_jar(&street.host, &bytes, "hello.Hello"));
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
        let error = answer.error();
        assert!(error.starts_with("The request content was malformed"), "{what}: {error}");
        assert!(error.contains(text), "{what}: {error:?} does not say {text:?}");
        assert_eq!(code_files(&street.host), before, "{what}");
        street.host.send("GET", "/api/v1/namespaces/_/actions/garbage", None).expect(404);
    }
    assert!(street.host.memory_kib("Rss") < 1536 * 1024, "{} KiB", street.host.memory_kib("Rss"));
}

#[test]
fn a_refused_update_leaves_the_action_as_it_was() {
    let street = Street::start();
    street.host.deploy("hello", "hello.Hello");
    let before = code_files(&street.host);
    let bad = json!({ "exec": { "kind": "java:default", "code": STANDARD.encode(b"no jar"), "main": "x" } });
    street.host.put("hello", &bad).expect(400);
    assert_eq!(code_files(&street.host), before);
    assert_eq!(street.host.result("hello", &json!({ "name": "Ada" }))["greeting"], "Hello, Ada!");
    let got =
        street.host.send("GET", "/api/v1/namespaces/_/actions/hello?code=false", None).expect(200).json();
    assert_eq!(got["version"], "0.0.1");
}

#[test]
fn damaged_classes_fail_when_they_are_called_and_harm_nobody() {
    let street = Street::start();
    let mut archive = ZipArchive::new(Cursor::new(jar_bytes("hello"))).unwrap();
    let mut class = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name("hello/Hello.class").unwrap(), &mut class).unwrap();
    let mut cut = class.clone();
    cut.truncate(class.len() / 2);
    let mut other_magic = class.clone();
    other_magic[0] = 0;
    let mut newer = class.clone();
    newer[6..8].copy_from_slice(&99_u16.to_be_bytes());
    for (what, bytes, text) in [
        ("cut", &cut, "ClassFormatError"),
        ("empty", &Vec::new(), "ClassFormatError"),
        ("another magic", &other_magic, "ClassFormatError"),
        ("newer", &newer, "needs Java 55"),
    ] {
        put_jar(&street.host, &jar(&[("hello/Hello.class", bytes)]), "hello.Hello").expect(200);
        let error = street.fails_with("garbage", &json!({}), "during initialization");
        assert!(error.contains(text), "{what}: {error}");
    }
    put_jar(&street.host, &jar(&[("hello/Hello.class", &class)]), "other.Name").expect(200);
    street.fails_with("garbage", &json!({}), "ClassNotFoundException: other.Name");
    put_jar(&street.host, &jar(&[("other/Name.class", &class)]), "other.Name").expect(200);
    street.fails_with("garbage", &json!({}), "NoClassDefFoundError");
}

#[test]
fn compile_errors_name_the_line() {
    let street = Street::start();
    let before = code_files(&street.host);
    let text = source("    int number = \"text\";\n    return undefined;");
    let answer = street.beside(|| street.host.put("broken", &json!({ "exec": source_exec(&text) })));
    assert_eq!(answer.status, 400, "{}", answer.text());
    let error = answer.error();
    assert!(error.contains("does not compile"), "{error}");
    assert!(error.contains("Main.java:4: error: incompatible types"), "{error}");
    assert!(error.contains("Main.java:5: error: cannot find symbol"), "{error}");
    assert!(!error.contains(&street.host.data().display().to_string()), "{error}");
    assert_eq!(code_files(&street.host), before);
    // The compiler sees gson and the JDK, and nothing of the host.
    let text = source("    flock.boot.Host.class.getName();\n    return args;");
    let answer = street.host.put("broken", &json!({ "exec": source_exec(&text) })).expect(400);
    assert!(answer.error().contains("package flock.boot does not exist"), "{}", answer.error());
    street.host.put("broken", &json!({ "exec": source_exec("no java at all {{{") })).expect(400);
    eventually("the code is deleted", || code_files(&street.host) == before);
}

#[test]
fn code_goes_with_the_last_action_that_uses_it() {
    let street = Street::start();
    let before = code_files(&street.host);
    street.host.deploy("hello", "hello.Hello");
    let with_one = code_files(&street.host);
    assert!(with_one.len() > before.len());
    let again = json!({ "exec": super::support::jar_exec("hello", "hello.Hello") });
    street.host.put("again", &again).expect(200);
    assert_eq!(code_files(&street.host), with_one, "the same code is kept once");
    street.host.send("DELETE", "/api/v1/namespaces/_/actions/hello", None).expect(200);
    assert_eq!(code_files(&street.host), with_one);
    street.host.send("DELETE", "/api/v1/namespaces/_/actions/again", None).expect(200);
    eventually("the code is deleted", || code_files(&street.host) == before);
}

/// One client deploys code while another deletes the last action that used it: an action whose PUT was answered must have it.
#[test]
fn code_that_is_deleted_and_deployed_at_once_is_there() {
    let street = Street::start();
    let client = street.host.client();
    let put = json!({ "exec": super::support::jar_exec("hello", "hello.Hello") });
    std::thread::scope(|scope| {
        for name in ["one", "two", "three"] {
            let (client, put) = (client.clone(), &put);
            scope.spawn(move || {
                for _ in 0..40 {
                    client.put(name, put).unwrap().expect(200);
                    client.invoke(name, &json!({ "name": "Ada" })).unwrap().expect(200);
                    client.send("DELETE", &format!("actions/{name}"), None).unwrap().expect(200);
                }
            });
        }
    });
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 },
        )
    })
}
