//! Removes the folders of functions, whatever these have built there.
//!
//! A function can nest folders without end: it moves the folder that it has made into the next one, so each path stays short. The
//! way through such a tree is neither a stack nor a row of open folders here: what is in a folder that is in the way is moved up,
//! and the folder goes. Each folder is looked into once, and two are open at a time.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// A lost thread of the function may make new ones for ever: after so many folders it is left.
const FOLDERS_MAX: u64 = 10_000_000;

/// Removes a folder and all in it. One that is not there is no error.
pub fn clear_away(folder: &Path) -> io::Result<()> {
    let mut cleared = 0;
    loop {
        let mut was_empty = true;
        for entry in opened(folder)?.into_iter().flatten() {
            let entry = entry?;
            was_empty = false;
            if entry.file_type()?.is_dir() {
                empty(&entry.path(), folder, &mut cleared)?;
                fs::remove_dir(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        if was_empty {
            break;
        }
        if cleared > FOLDERS_MAX {
            return Err(io::Error::other(format!("it had more than {FOLDERS_MAX} folders")));
        }
    }
    match fs::remove_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// What is in a folder: files go, folders move up to the top.
fn empty(folder: &Path, top: &Path, cleared: &mut u64) -> io::Result<()> {
    for entry in opened(folder)?.into_iter().flatten() {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            allow(&entry.path());
            lift(&entry.path(), top, cleared)?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    *cleared += 1;
    Ok(())
}

/// Moves a folder to the top, under a name that is free there.
fn lift(folder: &Path, top: &Path, cleared: &mut u64) -> io::Result<()> {
    loop {
        *cleared += 1;
        let to: PathBuf = top.join(format!("\u{1}{cleared}"));
        match fs::rename(folder, to) {
            Err(error)
                if *cleared < FOLDERS_MAX
                    && matches!(
                        error.kind(),
                        io::ErrorKind::DirectoryNotEmpty
                            | io::ErrorKind::NotADirectory
                            | io::ErrorKind::AlreadyExists
                    ) => {}
            moved => return moved,
        }
    }
}

/// None: it is not there.
fn opened(folder: &Path) -> io::Result<Option<fs::ReadDir>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            allow(folder);
            fs::read_dir(folder).map(Some)
        }
        found => found.map(Some),
    }
}

/// Functions may take the rights from their folders. Where that does not help, what comes next says why.
fn allow(folder: &Path) {
    let is_closed = fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o700 != 0o700);
    if is_closed {
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("flock-debris-{name}-{}", std::process::id()))
    }

    #[test]
    fn a_tree_goes_however_it_was_built() -> io::Result<()> {
        let top = top("mixed");
        clear_away(&top)?;
        fs::create_dir_all(top.join("a/b/c"))?;
        fs::create_dir_all(top.join("\u{1}2/x"))?;
        fs::write(top.join("a/b/file"), "x")?;
        fs::write(top.join("\u{1}3"), "a name that is taken")?;
        std::os::unix::fs::symlink("/", top.join("a/link"))?;
        fs::create_dir_all(top.join("closed/in"))?;
        fs::set_permissions(top.join("closed"), fs::Permissions::from_mode(0o000))?;
        clear_away(&top)?;
        assert!(!top.exists() && Path::new("/").exists());
        Ok(())
    }

    #[test]
    fn a_tree_that_is_deeper_than_a_path_can_name_goes_too() -> io::Result<()> {
        let top = top("deep");
        clear_away(&top)?;
        fs::create_dir_all(top.join("t"))?;
        for _ in 0..6000 {
            fs::create_dir(top.join("u"))?;
            fs::rename(top.join("t"), top.join("u/t"))?;
            fs::rename(top.join("u"), top.join("t"))?;
        }
        clear_away(&top)?;
        assert!(!top.exists());
        Ok(())
    }
}
