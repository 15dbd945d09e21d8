//! Finds the `main` of an action in a jar, so that `deploy` need not be told, and says by which convention.
//!
//! A row of [`TIERS`] is one way of writing a function. The first row of which the jar has a class decides: one class is the answer,
//! several are listed and nothing is guessed. The rows are those of the host, in the order in which a class that fits several
//! counts; those that libraries in a jar are likely to have come last. Classes for other JDKs (META-INF/versions) do not count twice,
//! and a class that cannot be read is counted, not fatal. Only class files are read, each within a bound; no code runs.

use std::collections::{HashMap, HashSet};
use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::classfile::{ACC_BRIDGE, ACC_PUBLIC, ACC_STATIC, ClassFile, Method};
use crate::failure::Failure;

/// A larger class than the JVM's own limits allow is no class.
const MAX_CLASS_BYTES: u64 = 16 << 20;
/// All classes of a jar, unpacked.
const MAX_JAR_BYTES: u64 = 1 << 30;
const MAX_LISTED: usize = 20;

const LAMBDA: &str = "com.amazonaws.services.lambda.runtime.";
const CONTEXT: &str = "Lcom/amazonaws/services/lambda/runtime/Context;)";

/// What was found: the value for `exec.main`, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) main: String,
    pub(crate) why: String,
}

/// One way of writing a function.
struct Tier {
    /// What a class of it has, for a list.
    what: &'static str,
    find: fn(&ClassFile, &HashSet<String>) -> Vec<Found>,
}

/// A new convention is a row here and one in the host.
const TIERS: [Tier; 5] = [
    Tier { what: "a public static main(JsonObject)", find: openwhisk },
    Tier { what: "AWS Lambda's RequestHandler or RequestStreamHandler", find: lambda_handler },
    Tier { what: "a public main(Map) or handler(Map)", find: map_main },
    Tier { what: "a public method with AWS Lambda's Context", find: lambda_method },
    Tier { what: "java.util.function's Function, Consumer or Supplier", find: functional },
];

/// The value for `exec.main` of a jar.
pub(crate) fn find_main(jar: &[u8]) -> Result<Found, Failure> {
    let jar = Jar::read(jar)?;
    for tier in &TIERS {
        let mut found: Vec<Found> =
            jar.classes.iter().flat_map(|class| (tier.find)(class, &jar.all_parents(class))).collect();
        found.sort_by(|a, b| a.main.cmp(&b.main));
        if found.len() > 1 {
            let mains: Vec<String> = found.into_iter().map(|one| one.main).collect();
            let message = format!("{} places in the jar have {}:{}", mains.len(), tier.what, listed(&mains));
            return Err(
                Failure::usage(message).advise("choose one with --main CLASS or as it stands in the list")
            );
        }
        if let Some(only) = found.pop() {
            return Ok(only);
        }
    }
    Err(jar.none_qualifies())
}

fn found(class: &ClassFile, why: impl Into<String>) -> Vec<Found> {
    vec![Found { main: class.name.clone(), why: why.into() }]
}

fn openwhisk(class: &ClassFile, _: &HashSet<String>) -> Vec<Found> {
    let has = class.methods.iter().any(|method| method.name == "main" && fits(method));
    if has { found(class, "OpenWhisk: public static main(JsonObject)") } else { Vec::new() }
}

/// Of the interface the jar may have a copy or none: it is known by its name.
fn lambda_handler(class: &ClassFile, parents: &HashSet<String>) -> Vec<Found> {
    let interfaces = ["RequestHandler", "RequestStreamHandler"];
    let implemented = interfaces.into_iter().find(|name| parents.contains(&format!("{LAMBDA}{name}")));
    match implemented {
        Some(name) if is_made(class) && !class.name.starts_with(LAMBDA) => {
            found(class, format!("AWS Lambda: implements {name}"))
        }
        _ => Vec::new(),
    }
}

fn map_main(class: &ClassFile, _: &HashSet<String>) -> Vec<Found> {
    let names = ["main", "handler"];
    let method = names.into_iter().find_map(|name| {
        class.methods.iter().find(|method| {
            let is_static = method.access & ACC_STATIC != 0;
            method.name == name
                && method.access & ACC_PUBLIC != 0
                && method.descriptor.starts_with("(Ljava/util/Map;)")
                && !method.descriptor.ends_with(")V")
                && (is_static || is_made(class))
        })
    });
    method.map_or(Vec::new(), |method| found(class, format!("public {}(Map)", method.name)))
}

fn lambda_method(class: &ClassFile, _: &HashSet<String>) -> Vec<Found> {
    if class.name.starts_with(LAMBDA) {
        return Vec::new();
    }
    let methods = class.methods.iter().filter(|method| {
        method.access & (ACC_PUBLIC | ACC_BRIDGE) == ACC_PUBLIC
            && method.descriptor.contains(CONTEXT)
            && !method.name.starts_with('<')
            && (method.access & ACC_STATIC != 0 || is_made(class))
    });
    let names: HashSet<&str> = methods.map(|method| method.name.as_str()).collect();
    let one = |name: &str| Found {
        main: format!("{}::{name}", class.name),
        why: "AWS Lambda: a public method with a Context".to_owned(),
    };
    names.into_iter().map(one).collect()
}

/// Libraries are full of these, so the class must be there to be used from outside.
fn functional(class: &ClassFile, parents: &HashSet<String>) -> Vec<Found> {
    let interfaces = [
        ("Function", "Function"),
        ("UnaryOperator", "Function"),
        ("Consumer", "Consumer"),
        ("Supplier", "Supplier"),
    ];
    let implemented =
        interfaces.into_iter().find(|(name, _)| parents.contains(&format!("java.util.function.{name}")));
    match implemented {
        Some((_, name)) if is_made(class) && class.is_public() && !class.name.contains('$') => {
            found(class, format!("implements java.util.function.{name}"))
        }
        _ => Vec::new(),
    }
}

/// Can the host make an object of it?
fn is_made(class: &ClassFile) -> bool {
    class.is_concrete()
        && class.methods.iter().any(|method| method.name == "<init>" && method.descriptor == "()V")
}

fn fits(method: &Method) -> bool {
    const TYPES: [&str; 2] = ["Lcom/google/gson/JsonObject;", "Lcom/google/gson/JsonArray;"];
    let wanted = ACC_PUBLIC | ACC_STATIC;
    let parts = method.descriptor.strip_prefix('(');
    let parts = parts.and_then(|d| d.split_once(')'));
    method.access & wanted == wanted
        && parts.is_some_and(|(from, to)| TYPES.contains(&from) && TYPES.contains(&to))
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

/// The classes of a jar.
#[derive(Default)]
struct Jar {
    classes: Vec<ClassFile>,
    by_name: HashMap<String, usize>,
    unreadable: usize,
}

impl Jar {
    fn read(bytes: &[u8]) -> Result<Jar, Failure> {
        let broken = |e: &dyn std::fmt::Display| {
            Failure::usage(format!("the file is not a readable jar: {e}"))
                .advise("give a .jar (a zip of classes) or a .java source file")
        };
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
        let mut jar = Jar::default();
        let mut class_bytes = Vec::new();
        let mut left = MAX_JAR_BYTES;
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(|e| broken(&e))?;
            let is_class =
                entry.name().map(|name| name.ends_with(".class") && !name.starts_with("META-INF/"));
            if !is_class.unwrap_or(false) {
                continue;
            }
            class_bytes.clear();
            let read = entry.take(MAX_CLASS_BYTES.min(left)).read_to_end(&mut class_bytes);
            left = left.saturating_sub(class_bytes.len() as u64);
            if left == 0 {
                return Err(Failure::usage(format!(
                    "the classes of the jar have more than {MAX_JAR_BYTES} bytes"
                ))
                .advise("name the entry with --main CLASS or --main CLASS#METHOD"));
            }
            match read.ok().and_then(|_| ClassFile::parse(&class_bytes).ok()) {
                Some(class) => {
                    jar.by_name.insert(class.name.clone(), jar.classes.len());
                    jar.classes.push(class);
                }
                None => jar.unreadable += 1,
            }
        }
        Ok(jar)
    }

    /// All that a class extends and implements, as far as the jar tells. A circle ends where it began.
    fn all_parents(&self, class: &ClassFile) -> HashSet<String> {
        let mut all = HashSet::new();
        let mut next: Vec<&String> = class.parents.iter().collect();
        while let Some(name) = next.pop() {
            if all.insert(name.clone())
                && let Some(parent) = self.by_name.get(name).and_then(|index| self.classes.get(*index))
            {
                next.extend(&parent.parents);
            }
        }
        all
    }

    fn none_qualifies(&self) -> Failure {
        let methods =
            || self.classes.iter().flat_map(|class| class.methods.iter().map(move |method| (class, method)));
        let mut others: Vec<String> = methods()
            .filter(|(_, method)| method.name != "main" && fits(method))
            .map(|(class, method)| format!("{}#{}", class.name, method.name))
            .collect();
        let mut near: Vec<String> = methods()
            .filter(|(_, method)| method.name == "main")
            .map(|(class, _)| class.name.clone())
            .collect();
        others.sort();
        near.sort();
        near.dedup();
        let ways: Vec<&str> = TIERS.iter().map(|tier| tier.what).collect();
        let mut message = format!("no class in the jar has {}", ways.join(", or "));
        if !others.is_empty() {
            message += &format!("; the signature fits, but not the name, of:{}", listed(&others));
        }
        if !near.is_empty() {
            message += &format!("; a main with another signature is in:{}", listed(&near));
        }
        if self.unreadable > 0 {
            message += &format!("; {} classes could not be read", self.unreadable);
        }
        Failure::usage(message).advise(
            "name the entry with --main CLASS, CLASS#METHOD or CLASS::METHOD, or check what the jar holds with: unzip -l JAR",
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::classfile::tests::{class_bytes, class_with_parents};
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
        let expected = ("a.Hello".to_owned(), "OpenWhisk: public static main(JsonObject)".to_owned());
        assert_eq!(find_main(&jar).ok().map(|found| (found.main, found.why)), Some(expected));
    }

    #[test]
    fn several_are_listed_in_order() {
        let method = [(9, "main", OBJECT_TO_OBJECT)];
        let jar =
            jar_of(&[("B.class", class_bytes("B", &method)), ("a/A.class", class_bytes("a/A", &method))]);
        let text = message(&jar);
        assert!(text.contains("2 places") && text.contains("\n    B\n    a.A"), "{text}");
    }

    #[test]
    fn none_names_what_comes_near() {
        let class = class_bytes("p/C", &[(1, "main", OBJECT_TO_OBJECT), (9, "handle", ARRAY_TO_OBJECT)]);
        let text = message(&jar_of(&[("p/C.class", class)]));
        assert!(text.contains("p.C#handle"), "{text}");
        assert!(text.contains("another signature is in:\n    p.C"), "{text}");
        assert!(text.contains("--main"), "{text}");
    }

    /// Each convention from a jar of its own, and the one that counts where a jar has several.
    #[test]
    fn each_convention_is_found_and_told() {
        const MADE: (u16, &str, &str) = (1, "<init>", "()V");
        const HANDLER: &str = "com/amazonaws/services/lambda/runtime/RequestHandler";
        const WITH_CONTEXT: &str = "(Lp/In;Lcom/amazonaws/services/lambda/runtime/Context;)V";
        const MAP: &str = "(Ljava/util/Map;)Ljava/util/Map;";
        let object = "java/lang/Object";
        let class = |name: &'static str, parents: &[&str], methods: &[(u16, &str, &str)]| {
            (name, class_with_parents(name, parents, methods))
        };
        let base = class("p/Base", &[object, HANDLER], &[]);
        let handler = class("p/Handler", &["p/Base"], &[MADE]);
        let method =
            class("p/Methods", &[object], &[MADE, (1, "run", WITH_CONTEXT), (0x1041, "run", WITH_CONTEXT)]);
        let map = class("p/Maps", &[object], &[(9, "handler", MAP)]);
        let function = class("p/F", &[object, "java/util/function/UnaryOperator"], &[MADE]);
        let inner = class("p/F$1", &[object, "java/util/function/Supplier"], &[MADE]);
        let find = |classes: &[&(&'static str, Vec<u8>)]| {
            let entries: Vec<(String, Vec<u8>)> =
                classes.iter().map(|(name, bytes)| (format!("{name}.class"), bytes.clone())).collect();
            let entries: Vec<(&str, Vec<u8>)> =
                entries.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
            find_main(&jar_of(&entries)).map(|found| (found.main, found.why)).map_err(|e| e.text())
        };
        let is = |main: &str, why: &str| Ok((main.to_owned(), why.to_owned()));
        // The base has no constructor here, as an abstract class has none that can be called.
        assert_eq!(
            find(&[&base, &handler, &method, &map, &function]),
            is("p.Handler", "AWS Lambda: implements RequestHandler")
        );
        assert_eq!(find(&[&map, &function, &method]), is("p.Maps", "public handler(Map)"));
        assert_eq!(
            find(&[&method, &function]),
            is("p.Methods::run", "AWS Lambda: a public method with a Context")
        );
        assert_eq!(find(&[&function, &inner]), is("p.F", "implements java.util.function.Function"));
        let both = find(&[&class("p/Two", &[object, HANDLER], &[MADE]), &handler, &base]).expect_err("two");
        assert!(
            both.contains("2 places in the jar have AWS Lambda's") && both.contains("p.Handler\n    p.Two"),
            "{both}"
        );
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
