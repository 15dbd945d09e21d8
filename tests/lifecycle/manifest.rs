//! Manifests that are longer than any tool makes them: the host reads what is said of the whole jar, within a bound, and nothing of
//! what follows.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    jars::{jar_that_says, jar_with},
    support::Flockd,
};

const MANIFEST: &str = "META-INF/MANIFEST.MF";
const MAIN_MAX_BYTES: usize = 1 << 20;
/// About as many bytes of sections, or of something else.
const LONG_BYTES: usize = 24 << 20;
/// A manifest that is read whole takes hundreds of times as long as as many bytes of something else.
const TIMES_MAX: u64 = 20;

fn exec(jar: &[u8]) -> Value {
    json!({ "exec": { "kind": "java", "main": "hello.Hello", "code": STANDARD.encode(jar) } })
}

/// Deploys it, calls it once, and gives how long that call waited for its function to be loaded.
fn wait_micros(host: &Flockd, name: &str, jar: &[u8]) -> u64 {
    host.put(name, &exec(jar)).expect(200);
    let record = host.invoke(name, &json!({ "name": "Ada" })).expect(200).json();
    assert_eq!(record["response"]["result"]["greeting"], "Howdy, Ada!");
    let annotations = record["annotations"].as_array().unwrap();
    let usage = annotations.iter().find(|annotation| annotation["key"] == "usage").unwrap();
    usage["value"]["waitMicros"].as_u64().unwrap()
}

#[test]
fn sections_about_files_cost_no_more_than_other_bytes() {
    let host = Flockd::start();
    let plain = jar_that_says("Howdy");
    let mut sections = "Manifest-Version: 1.0\r\n\r\n".to_owned();
    for number in 0.. {
        sections.push_str(&format!("Name: f{number}\r\nA: b\r\n\r\n"));
        if sections.len() > LONG_BYTES {
            break;
        }
    }
    // The first load of a large image sets things up that stay.
    wait_micros(&host, "first", &jar_with(&plain, "other", sections.replace('f', "g").as_bytes()));
    let other = wait_micros(&host, "other", &jar_with(&plain, "other", sections.as_bytes()));
    let manifest = wait_micros(&host, "manifest", &jar_with(&plain, MANIFEST, sections.as_bytes()));
    assert!(manifest < other * TIMES_MAX, "{manifest} us, beside {other} us");
}

#[test]
fn a_main_section_has_a_bound() {
    let host = Flockd::start();
    let plain = jar_that_says("Howdy");
    let long = |bytes: usize| {
        let mut text = "Manifest-Version: 1.0\n".to_owned();
        for number in 0.. {
            let line = format!("A{number}: value\n");
            if text.len() + line.len() > bytes {
                break;
            }
            text.push_str(&line);
        }
        text.push_str(&" ".repeat(bytes - text.len()));
        jar_with(&plain, MANIFEST, text.as_bytes())
    };
    wait_micros(&host, "longest", &long(MAIN_MAX_BYTES));
    let refused = host.put("longer", &exec(&long(MAIN_MAX_BYTES + 1))).expect(400).error();
    assert!(
        refused.contains("main section of its manifest has 1048577 bytes, the limit is 1048576"),
        "{refused}"
    );
    host.send("GET", "/api/v1/namespaces/_/actions/longer", None).expect(404);
}
