//! Compiles an action that was given as Java source, with the JDK's own compiler in a process of its own.
//!
//! A process, because a compiler in this JVM would cost its memory for good and a hostile source could break it. It gets
//! a bounded heap and time, no annotation processors, and on its class path only what
//! functions see of the host: gson, the types of conventions, and what calls other actions.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::config::jdk::Jdk;

use super::images::ImageError;

const TIME_MAX: Duration = Duration::from_secs(60);
const HEAP_MAX_MEBIBYTES: u32 = 256;
/// What the compiler exits with when it has no more of something: heap, or stack.
const OUT_OF_RESOURCES: i32 = 3;
const MESSAGE_MAX_BYTES: usize = 16 * 1024;
/// For who meets one of the two.
const ADVICE: &str = "make the source smaller, or deploy a jar";
/// With `.class` behind it, what a file's name may have.
const NAME_MAX_BYTES: usize = 249;

/// Compiles one source text and gives the class files: name in the jar, bytes.
pub(super) fn compile(
    jdk: &Jdk,
    class_path: &[PathBuf],
    source: &str,
    work: &Path,
) -> Result<Vec<(String, Vec<u8>)>, ImageError> {
    let javac = jdk.javac().ok_or_else(|| ImageError::NoCompiler(jdk.home.clone()))?;
    let class = public_class(source).unwrap_or_else(|| "Main".to_owned());
    if class.len() > NAME_MAX_BYTES {
        let bytes = class.len();
        let message =
            format!("the name of the public class has {bytes} bytes; the limit is {NAME_MAX_BYTES} bytes");
        return Err(ImageError::Refused(message));
    }
    let file_name = format!("{class}.java");
    let class_path = env::join_paths(class_path).map_err(|_| {
        ImageError::Refused("the data directory's name has a colon, so nothing can be compiled".to_owned())
    })?;
    fs::create_dir_all(work.join("out"))?;
    fs::write(work.join(&file_name), source)?;
    let messages = work.join("messages");
    let mut command = Command::new(javac);
    flock_jvm::end_with_this_thread(&mut command);
    let mut child = command
        .current_dir(work)
        .arg(format!("-J-Xmx{HEAP_MAX_MEBIBYTES}m"))
        .args(["-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1"])
        .args(["-proc:none", "-encoding", "UTF-8", "-nowarn", "-Xmaxerrs", "50", "-d", "out", "-cp"])
        .arg(class_path)
        .arg(&file_name)
        .env_clear()
        // File names follow class names, which may be any Unicode.
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&messages)?)
        .spawn()?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if began.elapsed() > TIME_MAX {
            child.kill()?;
            child.wait()?;
            let seconds = TIME_MAX.as_secs();
            return Err(ImageError::Compile(format!(
                "it took longer than {seconds} s, with a heap of {HEAP_MAX_MEBIBYTES} MiB; {ADVICE}"
            )));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if !status.success() {
        let mut text = String::from_utf8_lossy(&fs::read(&messages)?).into_owned();
        if status.code() == Some(OUT_OF_RESOURCES) {
            return Err(ImageError::Compile(out_of_resources(&text)));
        }
        if text.len() > MESSAGE_MAX_BYTES {
            let cut = (0..=MESSAGE_MAX_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(cut);
            text.push_str("\n...");
        }
        return Err(ImageError::Compile(text.trim_end().to_owned()));
    }
    let mut classes = Vec::new();
    collect(&work.join("out"), "", &mut classes)?;
    Ok(classes)
}

/// In place of the compiler's own words, which are a stack trace of its classes.
fn out_of_resources(messages: &str) -> String {
    if messages.contains("StackOverflowError") {
        return format!("it is nested deeper than the stack of the compiler reaches; {ADVICE}");
    }
    format!("the compiler needs more than its heap of {HEAP_MAX_MEBIBYTES} MiB; {ADVICE}")
}

fn collect(folder: &Path, prefix: &str, classes: &mut Vec<(String, Vec<u8>)>) -> Result<(), ImageError> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), classes)?;
        } else {
            classes.push((name, fs::read(entry.path())?));
        }
    }
    Ok(())
}

/// The name of the public class, which the compiler wants the file to have: that of the first one that stands in no other.
fn public_class(source: &str) -> Option<String> {
    const KINDS: [&str; 4] = ["class", "interface", "enum", "record"];
    let mut depth = 0_usize;
    let (mut is_public, mut is_named) = (false, false);
    for token in tokens(source) {
        match token {
            // Of an annotation.
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "{" => {
                is_public &= depth > 0;
                depth += 1;
            }
            "}" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ";" => is_public = false,
            "public" => is_public = true,
            kind if KINDS.contains(&kind) => is_named = is_public,
            name if is_named => return Some(name.to_owned()),
            // Another modifier, or a part of an annotation.
            _ => {}
        }
    }
    None
}

/// The words and brackets of the code, and the ends of its statements: no comments, no texts. None is kept: a source may have
/// tens of millions.
fn tokens(source: &str) -> impl Iterator<Item = &str> {
    let mut rest = source;
    std::iter::from_fn(move || {
        while let Some(c) = rest.chars().next() {
            let skipped = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if let Some(text) = rest.strip_prefix("/*") {
                text.find("*/").map_or(rest.len(), |end| end + 4)
            } else if let Some(text) = rest.strip_prefix("\"\"\"") {
                3 + literal_bytes(text, "\"\"\"")
            } else if let Some(text) = rest.strip_prefix('"') {
                1 + literal_bytes(text, "\"")
            } else if let Some(text) = rest.strip_prefix('\'') {
                1 + literal_bytes(text, "'")
            } else if is_of_word(c) {
                let (word, after) = rest.split_at(rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()));
                rest = after;
                return Some(word);
            } else {
                let (sign, after) = rest.split_at(c.len_utf8());
                rest = after;
                if "{}();".contains(c) {
                    return Some(sign);
                }
                continue;
            };
            rest = &rest[skipped..];
        }
        None
    })
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Bytes of a literal behind its first quote, the last one included. A short one ends with its line in any case.
fn literal_bytes(text: &str, quote: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if quote.len() == 1 => return at,
            _ if text[at..].starts_with(quote) => return at + quote.len(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_class_names_the_file() {
        let of = |source: &str| public_class(source);
        assert_eq!(of("public class A {}").as_deref(), Some("A"));
        assert_eq!(of("// public class No\npublic final class B<T> {}").as_deref(), Some("B"));
        assert_eq!(of("/* public class No */ class C { public static int x; }"), None);
        assert_eq!(of("class H { public static class I {} } public class F {}").as_deref(), Some("F"));
        let text = "class H { String s = \"\"\"\n  public class No {\n \\\"\"\" \"\"\"; } public class F {}";
        assert_eq!(of(text).as_deref(), Some("F"));
        assert_eq!(
            of("public @Deprecated(since = \"1\") class F { public static class I {} }").as_deref(),
            Some("F")
        );
        assert_eq!(of("public @A({1, 2}) final class F {} public class G {}").as_deref(), Some("F"));
        assert_eq!(of("class T { char c = '\"'; char d = '\\''; } public class F {}").as_deref(), Some("F"));
        let sealed = "abstract sealed class B permits F {} public non-sealed class F extends B {}";
        assert_eq!(of(sealed).as_deref(), Some("F"));
        assert_eq!(of("import java.util.*; @A({1}) public @interface N {}").as_deref(), Some("N"));
        assert_eq!(of("interface I { public class No {} }"), None);
        assert_eq!(
            of("class X { String s = \"public class No\"; } public record R(int a) {}").as_deref(),
            Some("R")
        );
    }
}
