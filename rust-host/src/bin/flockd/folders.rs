//! The folder of the functions' own folders.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    thread,
};

use flock::config::isolation::Isolation;

const NAME: &str = "functions";
/// What a former host left is moved to such a name and removed behind.
const OLD: &str = "functions.old-";

/// Makes it, empty: what a former host left is nobody's, and may be more than a start can wait for. From then on a file that is cut
/// while a function has it mapped ends nothing.
pub(super) fn prepare(data: &Path, isolation: &Isolation) -> Result<PathBuf, String> {
    let folder = data.join(NAME);
    let made = set_aside(data, &folder)
        .and_then(|()| fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder))
        .and_then(|()| folder.canonicalize());
    let folder = made.map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let mut touched = isolation.folders();
    touched.push(folder.clone());
    flock_jvm::outlive_cut_files(touched).map_err(|error| format!("SIGBUS cannot be handled: {error}"))?;
    clear_away_old(data);
    Ok(folder)
}

fn set_aside(data: &Path, folder: &Path) -> io::Result<()> {
    let name = |number: u32| data.join(format!("{OLD}{number}"));
    let Some(free) = (0..u32::MAX).map(name).find(|name| !name.exists()) else { return Ok(()) };
    match fs::rename(folder, free) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved,
    }
}

fn clear_away_old(data: &Path) {
    let data = data.to_owned();
    let cleared = thread::Builder::new().name("debris".to_owned()).spawn(move || {
        let entries = fs::read_dir(&data).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(OLD)) {
            if let Err(error) = flock_jvm::clear_away(&entry.path()) {
                tracing::warn!(folder = %entry.path().display(), %error, "what a former host left of functions' files could not be removed");
            }
        }
    });
    if let Err(error) = cleared {
        tracing::warn!(%error, "what a former host left of functions' files is not removed");
    }
}
