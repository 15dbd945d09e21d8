//! Finds the JDK: the one that is named, else JAVA_HOME, else the one behind `java` on the PATH, else the usual places.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Oldest major version that runs Flock.
pub const MAJOR_MIN: u32 = 17;
/// Newest major version that was tried.
pub const MAJOR_MAX: u32 = 25;

/// A JDK that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jdk {
    /// Its folder.
    pub home: PathBuf,
    /// Its major version.
    pub major: u32,
    /// Its whole version, as its `release` file says.
    pub version: String,
}

/// Why there is no JDK.
#[derive(Debug, thiserror::Error)]
pub enum JdkError {
    /// A folder that was named does not do.
    #[error("{place} names {}, which cannot be used: {why}", .home.display())]
    Unusable {
        /// Who named it.
        place: String,
        /// The folder.
        home: PathBuf,
        /// What is missing.
        why: String,
    },
    /// None found.
    #[error(
        "no JDK {MAJOR_MIN} to {MAJOR_MAX} was found (looked at JAVA_HOME, the PATH and {}){found}. Install one (apt-get install openjdk-17-jdk-headless) or name its folder with --jdk",
        .places.join(", ")
    )]
    None {
        /// Where was looked.
        places: Vec<String>,
        /// What was found but does not do.
        found: String,
    },
}

const USUAL_PLACES: [&str; 4] = ["/usr/lib/jvm", "/opt", "/usr/java", "/opt/java"];

/// The JDK to use. `named` is what the flag or the configuration says.
pub fn find(named: Option<&Path>) -> Result<Jdk, JdkError> {
    if let Some(home) = named {
        return examine(home).map_err(|why| JdkError::Unusable {
            place: "--jdk (or the key `jdk`)".to_owned(),
            home: home.to_owned(),
            why,
        });
    }
    if let Some(home) = env::var_os("JAVA_HOME").filter(|home| !home.is_empty()) {
        let home = PathBuf::from(home);
        return examine(&home).map_err(|why| JdkError::Unusable { place: "JAVA_HOME".to_owned(), home, why });
    }
    let mut rejected = Vec::new();
    for home in on_path().into_iter().chain(in_usual_places()) {
        match examine(&home) {
            Ok(jdk) => return Ok(jdk),
            Err(why) => rejected.push(format!("{}: {why}", home.display())),
        }
    }
    let found = if rejected.is_empty() {
        String::new()
    } else {
        format!("; found, but no use: {}", rejected.join("; "))
    };
    Err(JdkError::None { places: USUAL_PLACES.map(str::to_owned).to_vec(), found })
}

/// The home of the `java` on the PATH, links resolved.
fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let java = env::split_paths(&path).map(|folder| folder.join("java")).find(|java| java.is_file())?;
    Some(fs::canonicalize(java).ok()?.parent()?.parent()?.to_owned())
}

fn in_usual_places() -> Vec<PathBuf> {
    let mut homes: Vec<PathBuf> = USUAL_PLACES
        .iter()
        .filter_map(|place| fs::read_dir(place).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|home| home.join("release").is_file())
        .collect();
    homes.sort();
    homes
}

/// Is this a JDK that does?
fn examine(home: &Path) -> Result<Jdk, String> {
    if !home.is_dir() {
        return Err("there is no such folder".to_owned());
    }
    let release = fs::read_to_string(home.join("release"))
        .map_err(|error| format!("its file `release` cannot be read ({error}); is this a JDK's folder?"))?;
    let field = |name: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
        Some(line.trim().trim_matches('"').to_owned())
    };
    let version = field("JAVA_VERSION").ok_or("its file `release` names no JAVA_VERSION")?;
    let mut numbers = version.split(['.', '_', '-', '+']).map_while(|part| part.parse::<u32>().ok());
    let major = match (numbers.next(), numbers.next()) {
        (Some(1), Some(old)) => old,
        (Some(major), _) => major,
        (None, _) => return Err(format!("its version `{version}` cannot be read")),
    };
    if !(MAJOR_MIN..=MAJOR_MAX).contains(&major) {
        return Err(format!("it is Java {version}; Flock needs {MAJOR_MIN} to {MAJOR_MAX}"));
    }
    if !home.join("lib/server/libjvm.so").is_file() {
        return Err("it has no lib/server/libjvm.so (the server JVM)".to_owned());
    }
    if let Some(modules) = field("MODULES") {
        let present: Vec<&str> = modules.split_whitespace().collect();
        for needed in ["java.base", "java.instrument", "java.management", "java.logging"] {
            if !present.contains(&needed) {
                return Err(format!("it is a runtime without the module {needed}; use a full JDK"));
            }
        }
    }
    Ok(Jdk { home: home.to_owned(), major, version })
}

impl Jdk {
    /// The compiler, if this JDK has one.
    pub fn javac(&self) -> Option<PathBuf> {
        Some(self.home.join("bin/javac")).filter(|javac| javac.is_file())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake(version: &str, modules: &str, with_jvm: bool) -> Result<tempfile::TempDir, std::io::Error> {
        let home = tempfile::tempdir()?;
        fs::write(
            home.path().join("release"),
            format!("JAVA_VERSION=\"{version}\"\nMODULES=\"{modules}\"\n"),
        )?;
        if with_jvm {
            fs::create_dir_all(home.path().join("lib/server"))?;
            fs::write(home.path().join("lib/server/libjvm.so"), "")?;
        }
        Ok(home)
    }

    const MODULES: &str = "java.base java.instrument java.management java.logging";

    #[test]
    fn versions_are_read_and_bounded() -> Result<(), Box<dyn std::error::Error>> {
        for (version, major) in
            [("17.0.15", Some(17)), ("25", Some(25)), ("1.8.0_402", None), ("11.0.2", None), ("26-ea", None)]
        {
            let home = fake(version, MODULES, true)?;
            assert_eq!(find(Some(home.path())).ok().map(|jdk| jdk.major), major, "{version}");
        }
        Ok(())
    }

    #[test]
    fn the_error_says_what_is_missing() -> Result<(), Box<dyn std::error::Error>> {
        let text = |home: &Path| find(Some(home)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text(fake("17.0.1", MODULES, false)?.path()).contains("libjvm.so"));
        assert!(text(fake("17.0.1", "java.base", true)?.path()).contains("java.instrument"));
        assert!(text(fake("11.0.1", MODULES, true)?.path()).contains("Java 11.0.1"));
        assert!(text(Path::new("/nonexistent")).contains("no such folder"));
        Ok(())
    }
}
