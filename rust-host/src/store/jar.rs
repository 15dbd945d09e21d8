//! Reads the jar that a client has deployed: which entries the running Java uses of it.
//!
//! A jar is not trusted: its size, its number of entries and its names are bounded before anything is unpacked.

use std::{
    collections::{BTreeMap, HashSet},
    io::{Cursor, Read},
};

use zip::ZipArchive;

use super::images::ImageError;

/// Most entries of a jar.
const ENTRIES_MAX: usize = 65_535;
/// Most bytes of a jar's content.
const UNPACKED_MAX_BYTES: u64 = 512 << 20;
/// Longest name of an entry.
const NAME_MAX_BYTES: usize = 4096;

/// Longest main section of a manifest. The host reads it; what comes after is about single files and is not read.
const MANIFEST_MAX_BYTES: usize = 1 << 20;
const MANIFEST: &str = "META-INF/MANIFEST.MF";

/// The entries of a jar, checked; those of the running Java version in place of the base ones.
pub(super) fn unpack(bytes: &[u8], major: u32) -> Result<BTreeMap<String, Vec<u8>>, ImageError> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| ImageError::NotAJar(error.to_string()))?;
    if archive.len() > ENTRIES_MAX {
        return Err(ImageError::Refused(format!(
            "it has {} entries, the limit is {ENTRIES_MAX}",
            archive.len()
        )));
    }
    if let Some(declared) = declared_entries(bytes)
        && declared != archive.len()
    {
        return Err(ImageError::Refused(format!(
            "it declares {declared} entries but has {} names: an entry stands twice",
            archive.len()
        )));
    }
    let mut budget = UNPACKED_MAX_BYTES;
    let mut entries = BTreeMap::new();
    let mut seen = HashSet::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(|error| ImageError::NotAJar(error.to_string()))?;
        let raw = entry.name().map_err(|error| ImageError::Refused(error.to_string()))?.into_owned();
        let name = checked_name(&raw)?;
        if entry.is_dir() || is_signature(&name) {
            continue;
        }
        if !seen.insert(name.clone()) {
            return Err(ImageError::Refused(format!("the entry `{name}` stands twice")));
        }
        let mut content = Vec::new();
        let limit = budget.saturating_add(1);
        entry
            .by_ref()
            .take(limit)
            .read_to_end(&mut content)
            .map_err(|error| ImageError::Refused(format!("the entry `{name}` is damaged: {error}")))?;
        budget = budget.checked_sub(content.len() as u64).ok_or_else(|| {
            ImageError::Refused(format!("its content is larger than {UNPACKED_MAX_BYTES} bytes"))
        })?;
        entries.insert(name, content);
    }
    let main_bytes = entries.get(MANIFEST).map_or(0, |manifest| main_section(manifest).len());
    if main_bytes > MANIFEST_MAX_BYTES {
        return Err(ImageError::Refused(format!(
            "the main section of its manifest has {main_bytes} bytes, the limit is {MANIFEST_MAX_BYTES}"
        )));
    }
    Ok(of_version(entries, major))
}

/// What a manifest says of the whole jar: its lines before the first empty one.
fn main_section(manifest: &[u8]) -> &[u8] {
    let ends = [&b"\n\n"[..], b"\r\n\r\n", b"\r\r"];
    let end = ends.iter().filter_map(|end| memchr::memmem::find(manifest, end)).min();
    &manifest[..end.unwrap_or(manifest.len())]
}

/// The number of entries that the end of the archive declares, where it is not a zip64 one.
fn declared_entries(bytes: &[u8]) -> Option<usize> {
    const SIGNATURE: [u8; 4] = [0x50, 0x4b, 0x05, 0x06];
    const BYTES: usize = 22;
    let tail = &bytes[bytes.len().saturating_sub(BYTES + 65_535)..];
    let number = |at: usize| Some(u16::from_le_bytes([*tail.get(at)?, *tail.get(at + 1)?]));
    // A comment may hold the same four bytes; the true ones are followed by as much comment as there is.
    let is_end = |at: &usize| {
        tail[*at..].starts_with(&SIGNATURE)
            && number(at + 20).is_some_and(|comment| at + BYTES + usize::from(comment) == tail.len())
    };
    let at = (0..tail.len()).rev().find(is_end)?;
    number(at + 10).filter(|count| *count != u16::MAX).map(usize::from)
}

fn checked_name(name: &str) -> Result<String, ImageError> {
    let refuse = |why: &str| {
        let shown: String = name.chars().take(200).collect();
        Err(ImageError::Refused(format!("the name of the entry {shown:?} {why}")))
    };
    if name.len() > NAME_MAX_BYTES {
        return refuse(&format!("is longer than {NAME_MAX_BYTES} bytes"));
    }
    if name.is_empty() || name.starts_with('/') || name.contains(['\\', '\0']) {
        return refuse("is no relative path");
    }
    if name.split('/').any(|part| part == "..") {
        return refuse("leads out of the jar");
    }
    Ok(name.to_owned())
}

/// Signatures of a jar say nothing once its classes are taken out of it.
fn is_signature(name: &str) -> bool {
    name.strip_prefix("META-INF/").is_some_and(|rest| {
        !rest.contains('/')
            && [".SF", ".RSA", ".DSA", ".EC"].iter().any(|end| rest.to_uppercase().ends_with(end))
    })
}

/// Does the main part of the manifest say so, in the one form that the JDK takes?
fn is_multi_release(manifest: &str) -> bool {
    let mut lines = manifest.lines().take_while(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let goes_on = lines.peek().is_some_and(|next| next.starts_with(' '));
        if line.eq_ignore_ascii_case("Multi-Release: true") && !goes_on {
            return true;
        }
    }
    false
}

/// Of a multi-release jar: the newest entries that the running Java may use, under their plain names.
fn of_version(entries: BTreeMap<String, Vec<u8>>, major: u32) -> BTreeMap<String, Vec<u8>> {
    let manifest = entries.get(MANIFEST);
    if !manifest.is_some_and(|manifest| is_multi_release(&String::from_utf8_lossy(main_section(manifest)))) {
        return entries;
    }
    let mut versioned: BTreeMap<u32, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    let mut plain = BTreeMap::new();
    for (name, content) in entries {
        let parts = name
            .strip_prefix("META-INF/versions/")
            .and_then(|rest| rest.split_once('/'))
            .filter(|(version, _)| version.bytes().all(|digit| digit.is_ascii_digit()))
            .and_then(|(version, rest)| Some((version.parse::<u32>().ok()?, rest.to_owned())));
        match parts {
            Some((version, rest)) if (9..=major).contains(&version) => {
                versioned.entry(version).or_default().push((rest, content));
            }
            Some(_) => {}
            None => {
                plain.insert(name, content);
            }
        }
    }
    plain.extend(versioned.into_values().flatten());
    plain
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test that cannot go on must fail")]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::{ZipWriter, write::SimpleFileOptions};

    fn jar(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).expect("a name");
            writer.write_all(content).expect("memory");
        }
        writer.finish().expect("memory").into_inner()
    }

    #[test]
    fn signatures_are_left_out() -> Result<(), ImageError> {
        let entries = unpack(&jar(&[("a/B.class", b"xyz"), ("META-INF/S.SF", b"no"), ("r.txt", b"")]), 17)?;
        assert_eq!(entries.keys().collect::<Vec<_>>(), ["a/B.class", "r.txt"]);
        Ok(())
    }

    #[test]
    fn hostile_jars_are_refused() {
        let refused =
            |bytes: &[u8]| unpack(bytes, 17).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused(b"hello").contains("not a jar"));
        assert!(refused(&jar(&[("../x", b"")])).contains("leads out"));
        assert!(refused(&jar(&[("/x", b"")])).contains("relative"));
        let mut cut = jar(&[("a", &[7; 1000])]);
        cut.truncate(cut.len() / 2);
        assert!(!refused(&cut).is_empty());
    }

    #[test]
    fn the_newest_usable_release_wins() {
        let entries = BTreeMap::from([
            ("META-INF/MANIFEST.MF".to_owned(), b"Multi-Release: true\r\n".to_vec()),
            ("A.class".to_owned(), b"8".to_vec()),
            ("META-INF/versions/11/A.class".to_owned(), b"11".to_vec()),
            ("META-INF/versions/21/A.class".to_owned(), b"21".to_vec()),
        ]);
        assert_eq!(of_version(entries.clone(), 17)["A.class"], b"11");
        assert_eq!(of_version(entries.clone(), 25)["A.class"], b"21");
        assert!(!of_version(entries, 25).keys().any(|name| name.contains("versions")));
    }

    #[test]
    fn only_the_main_part_of_a_manifest_makes_a_jar_multi_release() {
        assert!(is_multi_release("Manifest-Version: 1.0\r\nmulti-release: TRUE\r\n\r\n"));
        for no in ["Name: a\n\nMulti-Release: true\n", "Multi-Release:  true\n", "Multi-Release: true\n  \n"]
        {
            assert!(!is_multi_release(no), "{no:?}");
        }
    }

    #[test]
    fn the_end_of_an_archive_is_not_looked_for_in_its_comment() {
        let end = |count: u16, comment: &[u8]| {
            let mut bytes = b"PK\x05\x06\0\0\0\0".to_vec();
            bytes.extend([count, count].iter().flat_map(|number| number.to_le_bytes()));
            bytes.extend([0; 8]);
            bytes.extend((comment.len() as u16).to_le_bytes());
            bytes.extend_from_slice(comment);
            bytes
        };
        assert_eq!(declared_entries(&end(3, b"")), Some(3));
        assert_eq!(declared_entries(&end(3, b"PK\x05\x06 and more than twenty-two bytes")), Some(3));
        assert_eq!(declared_entries(&end(u16::MAX, b"")), None);
        assert_eq!(declared_entries(b"PK\x05\x06"), None);
    }
}
