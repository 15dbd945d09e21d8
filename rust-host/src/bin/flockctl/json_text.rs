//! Indents JSON text without reading it into values, so that the order of keys and every digit of
//! a number stay as the host sent them.
//!
//! Text that is no JSON comes out changed in its white space only; nothing here can fail.

/// The text with two spaces for each level.
pub(crate) fn indent(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut characters = json.chars().peekable();
    while let Some(c) = characters.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            ' ' | '\t' | '\r' | '\n' => {}
            '{' | '[' => {
                out.push(c);
                while characters.next_if(|c| c.is_ascii_whitespace()).is_some() {}
                match characters.next_if(|c| matches!(c, '}' | ']')) {
                    Some(closing) => out.push(closing),
                    None => {
                        depth += 1;
                        new_line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                in_string = c == '"';
                out.push(c);
            }
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth.min(64)));
}

#[cfg(test)]
mod tests {
    use super::indent;

    #[test]
    fn order_digits_and_strings_stay() {
        let text = r#"{"z":1.50,"a":[ ],"s":"x{\"},:[\\","n":{"k":[1,2]},"e":{}}"#;
        let expected = "{\n  \"z\": 1.50,\n  \"a\": [],\n  \"s\": \"x{\\\"},:[\\\\\",\n  \"n\": {\n    \"k\": [\n      1,\n      2\n    ]\n  },\n  \"e\": {}\n}";
        assert_eq!(indent(text), expected);
        assert_eq!(indent(expected), expected);
        assert_eq!(indent("12"), "12");
    }

    #[test]
    fn the_value_is_the_same() {
        let text = r#"[{"a":null,"b":[[],[{}]]},"\u0041\n",-0.0,true]"#;
        let before: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let after: serde_json::Value = serde_json::from_str(&indent(text)).expect("JSON");
        assert_eq!(before, after);
    }

    #[test]
    fn what_is_no_json_does_not_panic() {
        for text in ["", "}}]]", "{", "\"", "\\", "{\"a", "<html>"] {
            indent(text);
        }
    }
}
