//! The table of COMPATIBILITY.md: what the test saw, held against what the document says.

use std::fs;

use serde_json::Value;

use super::{shelf::Book, support::project};

const HEAD: &str = "| library | version | works | notes |";

/// The row of a library by its first answer. Fails when a library that is to be refused was refused for another reason.
#[track_caller]
pub(crate) fn row(book: &Book, status: u16, answer: &Value) -> String {
    let (library, notes) = (&book.library, &book.notes);
    let version = book.version.as_deref().unwrap_or("the JDK's");
    let works = match &book.refused {
        None => {
            assert_eq!(status, 200, "{}: {answer}", book.name);
            book.assert_works(answer);
            "yes"
        }
        Some(word) => {
            let error = answer["error"].as_str().unwrap_or_default();
            assert!(error.contains(word.as_str()), "{}: no word {word:?} in {answer}", book.name);
            "no"
        }
    };
    format!("| {library} | {version} | {works} | {notes} |")
}

/// Fails unless the document has just these rows, in this order. Writes them when it is told so.
#[track_caller]
pub(crate) fn check(rows: &[String]) {
    let path = project().join("COMPATIBILITY.md");
    let text = fs::read_to_string(&path).unwrap();
    let start = text.find(HEAD).expect("the document has the table");
    let (before, table) = text.split_at(start);
    let end = table.find("\n\n").map_or(table.len(), |end| end + 1);
    let (table, after) = table.split_at(end);
    let seen = format!("{HEAD}\n|---|---|---|---|\n{}\n", rows.join("\n"));
    if std::env::var("FLOCK_WRITE_COMPATIBILITY").is_ok_and(|value| value == "1") {
        fs::write(&path, format!("{before}{seen}{after}")).unwrap();
    } else {
        assert_eq!(
            table, seen,
            "COMPATIBILITY.md is not what was seen; FLOCK_WRITE_COMPATIBILITY=1 writes it"
        );
    }
}
