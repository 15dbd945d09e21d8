//! The functions of functions/libraries: what each folder says of its library, one book for each version.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    support::{Flockd, project},
    works,
};

/// One function with one version of its library.
pub(crate) struct Book {
    /// The name of the action.
    pub(crate) name: String,
    /// The library as the table names it.
    pub(crate) library: String,
    /// None: it comes with the JDK.
    pub(crate) version: Option<String>,
    pub(crate) notes: String,
    /// A word of the error with which it is refused.
    pub(crate) refused: Option<String>,
    main: String,
}

/// All books, by name.
pub(crate) fn all() -> Vec<Book> {
    let mut books = Vec::new();
    for entry in fs::read_dir(project().join("functions/libraries")).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(properties) = fs::read_to_string(folder.join("action.properties")) else { continue };
        for suffix in ["", "-older"] {
            let needs = folder.join(format!("dependencies{suffix}.txt"));
            if let Ok(needs) = fs::read_to_string(needs) {
                books.push(Book::read(&folder, suffix, &properties, &needs));
            }
        }
    }
    books.sort_by(|one, other| one.name.cmp(&other.name));
    books
}

impl Book {
    fn read(folder: &Path, suffix: &str, properties: &str, needs: &str) -> Self {
        let property = |name: &str| {
            properties
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
                .map(|value| value.trim().to_owned())
        };
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let coordinate = needs.lines().next();
        Self {
            library: coordinate.map_or_else(
                || "java.net.http".to_owned(),
                |text| text.rsplit_once(':').unwrap().0.to_owned(),
            ),
            version: coordinate.map(|text| text.rsplit_once(':').unwrap().1.to_owned()),
            notes: property("notes").unwrap_or_default(),
            refused: property("refused"),
            main: property("main").unwrap(),
            name: name + suffix,
        }
    }

    /// `FLOCK_TEST_LIBRARIES` names those to look at, with commas; all without it.
    pub(crate) fn is_asked_for(&self) -> bool {
        std::env::var("FLOCK_TEST_LIBRARIES")
            .map_or(true, |names| names.split(',').any(|name| name == self.name))
    }

    pub(crate) fn deploy(&self, host: &Flockd) {
        let path = project().join(format!("functions/build/libraries/library-{}.jar", self.name));
        let jar = fs::read(&path).unwrap_or_else(|error| {
            panic!("{}: {error}; `gradle :functions:libraryJars` builds it", path.display())
        });
        let exec = json!({ "kind": "java:default", "code": STANDARD.encode(jar), "main": self.main });
        host.put(&self.name, &json!({ "exec": exec })).expect(200);
    }

    /// Its work was right, and done by its own version where the library tells.
    #[track_caller]
    pub(crate) fn assert_works(&self, answer: &Value) {
        assert!(works(answer), "{}: {answer}", self.name);
        if let (Some(own), Some(told)) = (&self.version, answer["version"].as_str()) {
            // Some leave out the last zero, or add what kind of build it is.
            assert!(own.starts_with(told), "{}: this is {own}, it says {told}", self.name);
        }
    }
}
