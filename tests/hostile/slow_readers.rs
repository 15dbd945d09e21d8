//! Clients that ask for much and read nothing: their answers end, and are bounded until then.

use std::{io::Cursor, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{
    neighbour::Street,
    support::{Dice, Flockd, Options, eventually, jar_bytes, jar_exec},
    wire::{End, Wire, head},
};

const BIG: &str = "/api/v1/namespaces/_/actions/big";
/// More than the kernel keeps for a connection.
const JAR_BYTES: usize = 24 << 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// A jar with a large file in it, and the text of it.
fn deploy_big(host: &Flockd) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(jar_bytes("echo"))).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        writer.raw_copy_file(archive.by_index_raw(at).unwrap()).unwrap();
    }
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    writer.start_file("big", stored).unwrap();
    std::io::Write::write_all(&mut writer, &Dice::new(1).bytes(JAR_BYTES)).unwrap();
    let text = STANDARD.encode(writer.finish().unwrap().into_inner());
    let put = json!({ "exec": { "kind": "java:default", "code": text, "main": "Echo" } });
    let answer = host.put("big", &put).expect(200).json();
    assert!(answer["exec"]["code"] == text.as_str(), "the code is in the answer as it was sent");
    text
}

/// Asks, and reads nothing.
fn ask(host: &Flockd) -> Wire {
    let mut wire = Wire::open(host);
    wire.send(format!("{}\r\n", head(host, "GET", BIG)).as_bytes());
    wire
}

#[test]
fn an_answer_that_nobody_reads_ends() {
    let street = Street::start_with(&Options::default().set("http.answer-timeout-millis", 1000));
    let host = &street.host;
    let text = deploy_big(host);
    street.beside(|| {
        let mut idle = ask(host);
        std::thread::sleep(Duration::from_secs(3));
        assert_eq!(idle.read_all(PATIENCE), End::Closed);
        assert_eq!(idle.status(), Some(200));
        assert!(idle.text().len() < text.len(), "{} bytes were read", idle.text().len());
        // A client that rests, and reads on in time, gets it all.
        let mut slow = ask(host);
        for _ in 0..8 {
            std::thread::sleep(Duration::from_millis(200));
            slow.read_some(1 << 20);
        }
        assert_eq!(slow.read_answer(PATIENCE), End::Answered);
        assert!(slow.text().contains(&text));
    });
}

/// The host had a copy of the code for each.
#[test]
fn answers_that_nobody_reads_are_bounded_together() {
    // Room for one at a time, because one is larger than all that there is.
    let street = Street::start_with(&Options::default().set("http.code-answers-max-bytes", 1 << 20));
    let host = &street.host;
    deploy_big(host);
    street.beside(|| {
        let before = host.memory_kib("Rss");
        let mut first = ask(host);
        first.read_some(1);
        let mut others: Vec<Wire> = (0..10).map(|_| ask(host)).collect();
        for wire in &mut others {
            assert_eq!(wire.read_answer(PATIENCE), End::Answered);
            assert_eq!(wire.status(), Some(429));
            assert!(wire.text().contains("Too many answers with code"), "{}", wire.text());
        }
        let more = host.memory_kib("Rss").saturating_sub(before);
        assert!(more < 4 * (JAR_BYTES as u64 >> 10), "{more} KiB");
        // Without its code, and what is small, is there for everybody.
        host.send("GET", &format!("{BIG}?code=false"), None).expect(200);
        host.send("GET", "/api/v1/namespaces/_/actions/neighbour", None).expect(200);
        host.put("echo", &json!({ "exec": jar_exec("echo", "Echo") })).expect(200);
        drop(first);
        eventually("there is room again", || host.send("GET", BIG, None).status == 200);
    });
}
