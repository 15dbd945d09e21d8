//! The JDK's woven classes, handed from one test's host to the next: making them is most of what a first start costs, and
//! nearly every test is a first start. A host that cannot use what it finds makes its own, as anywhere.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{Options, jdk, project};

/// Lays those of an earlier host into a fresh data directory.
pub(super) fn lay(data: &Path) {
    let runtime = data.join("runtime");
    fs::DirBuilder::new().mode(0o700).create(&runtime).unwrap();
    let place = runtime.join("woven-classes");
    if fs::copy(kept(), &place).is_ok() {
        fs::set_permissions(&place, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// Keeps those of a host that was started like most, if they are others. It is renamed into its place: tests run side by side.
pub(super) fn take(data: &Path, options: &Options) {
    let made = fs::read(data.join("runtime/woven-classes")).unwrap_or_default();
    if !options.is_plain() || made.is_empty() || fs::read(kept()).is_ok_and(|present| present == made) {
        return;
    }
    fs::create_dir_all(kept().parent().unwrap()).unwrap();
    let partial = tempfile::NamedTempFile::new_in(kept().parent().unwrap()).unwrap();
    fs::write(partial.path(), made).unwrap();
    partial.persist(kept()).unwrap();
}

fn kept() -> PathBuf {
    let name: String =
        jdk().to_str().unwrap().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    project().join("target/tests").join(format!("woven{name}"))
}
