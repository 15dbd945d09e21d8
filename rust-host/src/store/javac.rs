//! Compiles an action that was given as Java source, with the JDK's own compiler in a process of its own.
//!
//! A process, because a compiler in this JVM would cost its memory for good and a hostile source could break it. It gets
//! a bounded heap and time, no annotation processors, and on its class path only what
//! functions see of the host: gson and the types of conventions.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::config::jdk::Jdk;

use super::images::ImageError;

const TIME_MAX: Duration = Duration::from_secs(60);
const MESSAGE_MAX_BYTES: usize = 16 * 1024;

/// Compiles one source text and gives the class files: name in the jar, bytes.
pub(super) fn compile(
    jdk: &Jdk,
    class_path: &[PathBuf],
    source: &str,
    work: &Path,
) -> Result<Vec<(String, Vec<u8>)>, ImageError> {
    let javac = jdk.javac().ok_or_else(|| ImageError::NoCompiler(jdk.home.clone()))?;
    let class = public_class(source).unwrap_or_else(|| "Main".to_owned());
    let file_name = format!("{class}.java");
    let class_path = env::join_paths(class_path).map_err(|_| {
        ImageError::Refused("the data directory's name has a colon, so nothing can be compiled".to_owned())
    })?;
    fs::create_dir_all(work.join("out"))?;
    fs::write(work.join(&file_name), source)?;
    let messages = work.join("messages");
    let mut child = Command::new(javac)
        .current_dir(work)
        .args(["-J-Xmx256m", "-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1"])
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
            return Err(ImageError::Compile(format!("it took longer than {} s", TIME_MAX.as_secs())));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if !status.success() {
        let mut text = String::from_utf8_lossy(&fs::read(&messages)?).into_owned();
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

/// The name of the public class, which the compiler wants the file to have. Comments and texts are skipped.
fn public_class(source: &str) -> Option<String> {
    let code = without_comments(source);
    let words: Vec<&str> = code
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .filter(|word| !word.is_empty())
        .collect();
    let modifiers = ["final", "abstract", "strictfp", "sealed", "static"];
    let mut at = words.iter().enumerate().filter(|(_, word)| **word == "public").map(|(at, _)| at);
    at.find_map(|at| {
        let mut rest = words[at + 1..].iter().skip_while(|word| modifiers.contains(word));
        let kind = rest.next()?;
        ["class", "interface", "enum", "record"]
            .contains(kind)
            .then(|| rest.next())?
            .map(|name| (*name).to_owned())
    })
}

fn without_comments(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('/', Some('/')) => {
                chars.by_ref().find(|c| *c == '\n');
                out.push('\n');
            }
            ('/', Some('*')) => {
                chars.next();
                let mut last = ' ';
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
                out.push(' ');
            }
            ('"', _) => {
                let mut escaped = false;
                for c in chars.by_ref() {
                    match c {
                        _ if escaped => escaped = false,
                        '\\' => escaped = true,
                        '"' | '\n' => break,
                        _ => {}
                    }
                }
                out.push(' ');
            }
            _ => out.push(c),
        }
    }
    out
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
        assert_eq!(
            of("class X { String s = \"public class No\"; } public record R(int a) {}").as_deref(),
            Some("R")
        );
    }
}
