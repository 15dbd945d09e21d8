//! Finds the `main` of an action in a jar, so that `deploy` need not be told.
//!
//! A class qualifies when it declares `public static main` from JsonObject or JsonArray to
//! JsonObject or JsonArray. With one such class the answer is clear; with none or several the
//! error lists what was found, and nothing is guessed. Classes for other JDKs
//! (META-INF/versions) do not count twice, and a class that cannot be read is counted, not fatal.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::classfile::{ACC_PUBLIC, ACC_STATIC, ClassFile, Method};
use crate::failure::Failure;

/// A larger class than the JVM's own limits allow is no class.
const MAX_CLASS_BYTES: u64 = 16 << 20;
const MAX_LISTED: usize = 20;

#[derive(Debug, Default)]
struct Findings {
    /// Classes with a qualifying `main`.
    mains: Vec<String>,
    /// `pkg.Class#method` with the right signature under another name.
    others: Vec<String>,
    /// Classes with a `main` of another signature.
    near: Vec<String>,
    unreadable: usize,
}

/// The value for `exec.main` of a jar.
pub(crate) fn find_main(jar: &[u8]) -> Result<String, Failure> {
    let findings = scan(jar)?;
    match findings.mains.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(none_qualifies(&findings)),
        several => Err(Failure::usage(format!(
            "{} classes in the jar have a public static main(JsonObject):{}",
            several.len(),
            listed(several)
        ))
        .advise("choose one with --main CLASS")),
    }
}

fn none_qualifies(findings: &Findings) -> Failure {
    let mut message = String::from(
        "no class in the jar has a public static main(JsonObject|JsonArray) that returns JsonObject|JsonArray",
    );
    if !findings.others.is_empty() {
        message += &format!("; the signature fits, but not the name, of:{}", listed(&findings.others));
    }
    if !findings.near.is_empty() {
        message += &format!("; a main with another signature is in:{}", listed(&findings.near));
    }
    if findings.unreadable > 0 {
        message += &format!("; {} classes could not be read", findings.unreadable);
    }
    Failure::usage(message)
        .advise("name the entry with --main CLASS or --main CLASS#METHOD, or check what the jar holds with: unzip -l JAR")
}

fn listed(names: &[String]) -> String {
    let mut text = String::new();
    for name in names.iter().take(MAX_LISTED) {
        text += &format!("\n    {name}");
    }
    if names.len() > MAX_LISTED {
        text += &format!("\n    and {} more", names.len() - MAX_LISTED);
    }
    text
}

fn scan(jar: &[u8]) -> Result<Findings, Failure> {
    let broken = |e: &dyn std::fmt::Display| {
        Failure::usage(format!("the file is not a readable jar: {e}"))
            .advise("give a .jar (a zip of classes) or a .java source file")
    };
    let mut archive = ZipArchive::new(Cursor::new(jar)).map_err(|e| broken(&e))?;
    let mut findings = Findings::default();
    let mut bytes = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|e| broken(&e))?;
        let is_class = entry.name().map(|name| name.ends_with(".class") && !name.starts_with("META-INF/"));
        if !is_class.unwrap_or(false) {
            continue;
        }
        bytes.clear();
        let read = entry.take(MAX_CLASS_BYTES).read_to_end(&mut bytes);
        match read.ok().and_then(|_| ClassFile::parse(&bytes).ok()) {
            Some(class) => findings.add(&class),
            None => findings.unreadable += 1,
        }
    }
    findings.mains.sort();
    findings.others.sort();
    findings.near.sort();
    Ok(findings)
}

impl Findings {
    fn add(&mut self, class: &ClassFile) {
        let of_name = |wanted: bool| {
            let methods = class.methods.iter();
            methods.filter(move |m| (m.name == "main") == wanted)
        };
        if of_name(true).any(fits) {
            self.mains.push(class.name.clone());
        } else if of_name(true).next().is_some() {
            self.near.push(class.name.clone());
        }
        for method in of_name(false).filter(|m| fits(m)) {
            self.others.push(format!("{}#{}", class.name, method.name));
        }
    }
}

fn fits(method: &Method) -> bool {
    const TYPES: [&str; 2] = ["Lcom/google/gson/JsonObject;", "Lcom/google/gson/JsonArray;"];
    let wanted = ACC_PUBLIC | ACC_STATIC;
    let parts = method.descriptor.strip_prefix('(');
    let parts = parts.and_then(|d| d.split_once(')'));
    method.access & wanted == wanted
        && parts.is_some_and(|(from, to)| TYPES.contains(&from) && TYPES.contains(&to))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::classfile::tests::class_bytes;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    pub(crate) const OBJECT_TO_OBJECT: &str = "(Lcom/google/gson/JsonObject;)Lcom/google/gson/JsonObject;";
    const ARRAY_TO_OBJECT: &str = "(Lcom/google/gson/JsonArray;)Lcom/google/gson/JsonObject;";

    pub(crate) fn jar_of(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            let started = writer.start_file(*name, SimpleFileOptions::default());
            started.expect("an entry in memory");
            writer.write_all(bytes).expect("bytes in memory");
        }
        writer.finish().expect("a jar in memory").into_inner()
    }

    fn message(jar: &[u8]) -> String {
        find_main(jar).expect_err("no single main").text()
    }

    #[test]
    fn the_only_main_is_found() {
        let main = class_bytes("a/Hello", &[(9, "main", OBJECT_TO_OBJECT), (9, "main", ARRAY_TO_OBJECT)]);
        let plain = class_bytes("a/Tool", &[(9, "main", "([Ljava/lang/String;)V")]);
        let jar = jar_of(&[
            ("META-INF/MANIFEST.MF", b"x".to_vec()),
            ("META-INF/versions/21/a/Hello.class", main.clone()),
            ("a/Hello.class", main),
            ("a/Tool.class", plain),
            ("a/broken.class", b"nope".to_vec()),
        ]);
        assert_eq!(find_main(&jar).ok().as_deref(), Some("a.Hello"));
    }

    #[test]
    fn several_are_listed_in_order() {
        let method = [(9, "main", OBJECT_TO_OBJECT)];
        let jar =
            jar_of(&[("B.class", class_bytes("B", &method)), ("a/A.class", class_bytes("a/A", &method))]);
        let text = message(&jar);
        assert!(text.contains("2 classes") && text.contains("\n    B\n    a.A"), "{text}");
    }

    #[test]
    fn none_names_what_comes_near() {
        let class = class_bytes("p/C", &[(1, "main", OBJECT_TO_OBJECT), (9, "handle", ARRAY_TO_OBJECT)]);
        let text = message(&jar_of(&[("p/C.class", class)]));
        assert!(text.contains("p.C#handle"), "{text}");
        assert!(text.contains("another signature is in:\n    p.C"), "{text}");
        assert!(text.contains("--main"), "{text}");
    }

    #[test]
    fn what_is_no_zip_is_a_usage_error() {
        assert!(message(b"not a zip at all").contains("not a readable jar"));
    }

    /// Needs a JDK's compiler: the reader is also held against what javac writes today.
    #[test]
    fn a_class_from_javac_is_read() {
        let folder = std::env::temp_dir().join(format!("flockctl-javac-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let source = folder.join("Probe.java");
        let text = "class Probe<T> { long l = 1L << 40; double d = 1e9; static String s(int i) { return switch (i) { case 1 -> \"a\" + i; default -> \"ß\"; }; }\n\
                    Runnable r = () -> s(2); public static int main(String a) { return 0; } }";
        std::fs::write(&source, text).expect("a source file");
        let ran = std::process::Command::new("javac").arg(&source).output();
        let Ok(ran) = ran else {
            eprintln!("no javac on the PATH: skipped");
            return;
        };
        assert!(ran.status.success(), "{ran:?}");
        let bytes = std::fs::read(folder.join("Probe.class")).expect("javac's class");
        let class = ClassFile::parse(&bytes).expect("a class of javac");
        assert_eq!(class.name, "Probe");
        let main = class.methods.iter().find(|m| m.name == "main");
        assert_eq!(main.map(|m| m.access & 9), Some(9));
        std::fs::remove_dir_all(&folder).expect("the folder goes");
    }
}
