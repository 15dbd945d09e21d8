//! Jars that differ from one another, made of those of the samples.

use std::io::{Cursor, Read, Write};

use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::support::jar_bytes;

/// A jar with one entry more.
pub(crate) fn jar_with(jar: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(jar)).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        writer.raw_copy_file(archive.by_index_raw(at).unwrap()).unwrap();
    }
    writer.start_file(name, SimpleFileOptions::default()).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

/// The jar of `hello` with other constants in its class: the greetings' first word, by one of the same length.
pub(crate) fn jar_that_says(word: &str) -> Vec<u8> {
    const WAS: &[u8] = b"Hello";
    assert_eq!(word.len(), WAS.len());
    let mut class = Vec::new();
    let mut archive = ZipArchive::new(Cursor::new(jar_bytes("hello"))).unwrap();
    archive.by_name("hello/Hello.class").unwrap().read_to_end(&mut class).unwrap();
    // A comma follows it in the greetings, a slash or a dot in the names of the class.
    let places: Vec<usize> = (0..class.len() - WAS.len() - 1)
        .filter(|at| class[*at..].starts_with(WAS) && class[*at + WAS.len()] == b',')
        .collect();
    assert!(!places.is_empty(), "hello's class has no greeting");
    for at in places {
        class[at..at + WAS.len()].copy_from_slice(word.as_bytes());
    }
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("hello/Hello.class", SimpleFileOptions::default()).unwrap();
    writer.write_all(&class).unwrap();
    writer.finish().unwrap().into_inner()
}
