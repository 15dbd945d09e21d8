//! What a command writes: text and tables for people, JSON for programs, hints on stderr.
//!
//! A write to a closed pipe is no panic and no error of the user: it ends the command quietly.
//! On a terminal, control characters in what the host sent are shown and not obeyed, since log
//! lines and results come from functions.

use std::borrow::Cow;
use std::io::{self, ErrorKind, IsTerminal, Write};

use serde_json::Value;

use crate::failure::{Failure, Kind};
use crate::json_text;

#[derive(Clone, Copy)]
pub(crate) enum Colour {
    Red,
    Green,
    Bold,
}

/// For whom the output is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Person,
    Program,
}

pub(crate) struct Output {
    pub(crate) reader: Reader,
    stdout_terminal: bool,
    stdout_colours: bool,
    stderr_terminal: bool,
    stderr_colours: bool,
}

impl Output {
    pub(crate) fn new(reader: Reader) -> Output {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
            && std::env::var_os("TERM").is_none_or(|v| v != "dumb");
        let stdout_terminal = io::stdout().is_terminal();
        let stderr_terminal = io::stderr().is_terminal();
        Output {
            reader,
            stdout_terminal,
            stdout_colours: wanted && stdout_terminal,
            stderr_terminal,
            stderr_colours: wanted && stderr_terminal,
        }
    }

    pub(crate) fn for_program(&self) -> bool {
        self.reader == Reader::Program
    }

    /// One or more lines of text on stdout.
    pub(crate) fn text(&self, text: &str) -> Result<(), Failure> {
        let shown = if self.stdout_terminal { visible(text) } else { text.into() };
        self.bytes(format!("{shown}\n").as_bytes())
    }

    /// As `text`, for text that carries our own colours.
    pub(crate) fn styled(&self, text: &str) -> Result<(), Failure> {
        self.bytes(format!("{text}\n").as_bytes())
    }

    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
        written.map_err(|e| match e.kind() {
            ErrorKind::BrokenPipe => Failure::new(Kind::OutputClosed, "the reader has gone"),
            _ => Failure::usage(format!("cannot write the output: {e}")),
        })
    }

    /// JSON text from the host: as it is for programs, indented for people.
    pub(crate) fn json_text(&self, text: &str) -> Result<(), Failure> {
        match self.reader {
            Reader::Program => self.bytes(format!("{}\n", text.trim_end()).as_bytes()),
            Reader::Person => self.text(&json_text::indent(text)),
        }
    }

    /// A value of our own making, on one line.
    pub(crate) fn json(&self, value: &Value) -> Result<(), Failure> {
        self.bytes(format!("{value}\n").as_bytes())
    }

    /// What a person may want to do next. Programs and log files are spared.
    pub(crate) fn hint(&self, text: &str) {
        if !self.for_program() && self.stderr_terminal {
            self.note(text);
        }
    }

    /// A line on stderr for everybody. If stderr is gone, nobody wants it.
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", self.for_stderr(text));
    }

    /// The last word of a command that failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        let text = match self.reader {
            Reader::Program => failure.json().to_string(),
            Reader::Person => {
                let text = self.for_stderr(&failure.text()).into_owned();
                match text.strip_prefix("error:") {
                    Some(rest) if self.stderr_colours => {
                        format!("{}{rest}", paint(Colour::Red, "error:"))
                    }
                    _ => text,
                }
            }
        };
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    fn for_stderr<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.stderr_terminal { visible(text) } else { text.into() }
    }

    pub(crate) fn paint(&self, colour: Colour, text: &str) -> String {
        if self.stdout_colours { paint(colour, text) } else { text.to_owned() }
    }

    /// A cell of a table: safe for the terminal it goes to.
    pub(crate) fn cell(&self, text: &str) -> String {
        text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
    }
}

fn paint(colour: Colour, text: &str) -> String {
    let code = match colour {
        Colour::Red => 31,
        Colour::Green => 32,
        Colour::Bold => 1,
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// Replaces control characters other than line feed and tab by a visible sign.
fn visible(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(obeyed) {
        return text.into();
    }
    let shown = text.chars().map(|c| if obeyed(c) { '\u{FFFD}' } else { c });
    shown.collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_and_not_obeyed() {
        assert_eq!(visible("a\x1b[2Jb\r\n\tc\u{9b}"), "a\u{FFFD}[2Jb\u{FFFD}\n\tc\u{FFFD}");
        assert!(matches!(visible("plain\nü"), Cow::Borrowed(_)));
    }

    #[test]
    fn colours_are_used_only_where_they_are_allowed() {
        let output = |stdout_colours| Output {
            reader: Reader::Person,
            stdout_terminal: true,
            stdout_colours,
            stderr_terminal: false,
            stderr_colours: false,
        };
        assert_eq!(output(false).paint(Colour::Red, "x"), "x");
        assert_eq!(output(true).paint(Colour::Red, "x"), "\x1b[31mx\x1b[0m");
    }
}
