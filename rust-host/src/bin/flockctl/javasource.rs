//! Finds the class to start in a `.java` file: its public top-level type, else `Main`.
//!
//! This is no parser. It drops comments, strings and everything between braces, parentheses and
//! brackets, and looks at the words that remain at the top level. The compiler on the host has
//! the last word: a wrong guess ends as its error, never as a wrong run.

/// The value for `exec.main` of a source file, with its package.
pub(crate) fn main_class(source: &str) -> String {
    let words = top_level_words(source);
    let class = public_type(&words).unwrap_or("Main");
    match package(&words) {
        Some(package) => format!("{package}.{class}"),
        None => class.to_owned(),
    }
}

fn package(words: &[String]) -> Option<&str> {
    let at = words.iter().position(|w| w == "package")?;
    words.get(at + 1).map(String::as_str)
}

fn public_type(words: &[String]) -> Option<&str> {
    const TYPE_WORDS: [&str; 4] = ["class", "interface", "record", "enum"];
    let mut public = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "public" => public = true,
            ";" | "}" => public = false,
            word if TYPE_WORDS.contains(&word) && public => {
                return words.next().map(String::as_str);
            }
            _ => {}
        }
    }
    None
}

/// Words, `;` and the `}` that ends a top-level block.
fn top_level_words(source: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut depth = 0usize;
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let skipped = skipped_length(rest);
        if skipped == 0 && (next.is_alphanumeric() || matches!(next, '_' | '$' | '.')) {
            if depth == 0 {
                word.push(next);
            }
            rest = &rest[next.len_utf8()..];
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if skipped > 0 {
            rest = &rest[skipped..];
            continue;
        }
        match next {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(next, ';' | '}') {
            words.push(next.to_string());
        }
        rest = &rest[next.len_utf8()..];
    }
    words.extend(Some(word).filter(|w| !w.is_empty()));
    words
}

/// How many bytes of comment, string, text block or character literal begin here.
fn skipped_length(text: &str) -> usize {
    let after = |opening: &str, closing: &str| {
        let body = &text[opening.len()..];
        let end = body.find(closing).map(|at| at + closing.len());
        opening.len() + end.unwrap_or(body.len())
    };
    if text.starts_with("//") {
        after("//", "\n")
    } else if text.starts_with("/*") {
        after("/*", "*/")
    } else if text.starts_with("\"\"\"") {
        quoted_length(text, "\"\"\"")
    } else if text.starts_with('"') {
        quoted_length(text, "\"")
    } else if text.starts_with('\'') {
        quoted_length(text, "'")
    } else {
        0
    }
}

fn quoted_length(text: &str, quote: &str) -> usize {
    let mut at = quote.len();
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        let mut characters = rest.chars();
        let first = characters.next().map_or(1, char::len_utf8);
        let escaped = if rest.starts_with('\\') { characters.next().map_or(0, char::len_utf8) } else { 0 };
        at += first + escaped;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::main_class;

    #[test]
    fn the_public_class_is_the_main() {
        let table = [
            ("public class Hello { }", "Hello"),
            ("package a.b;\nimport x.Y;\npublic final class Hello<T> extends Z {}", "a.b.Hello"),
            ("class A { public static class B {} }\npublic class C {}", "C"),
            ("class Helper {}\nclass Main {}", "Main"),
            ("package p; class Main {}", "p.Main"),
            ("// public class No\n/* public class No */ public record R(int a) {}", "R"),
            ("class A { String s = \"}\\\" public class No {\"; char c = '}'; } public class Yes {}", "Yes"),
            ("class A { String s = \"\"\"\n } \\\"\"\" public class No { \"\"\"; } public enum E { X }", "E"),
            ("@Deprecated(since = \"1\") public abstract class K{}", "K"),
            ("@interface I {} class publicclass {}", "Main"),
            ("class A {} class B {}", "Main"),
            ("public class Größe{}", "Größe"),
            ("", "Main"),
            ("public class", "Main"),
            ("\"", "Main"),
        ];
        for (source, expected) in table {
            assert_eq!(main_class(source), expected, "for {source}");
        }
    }
}
