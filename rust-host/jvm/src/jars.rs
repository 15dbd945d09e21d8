//! The Java side travels inside the binary: a user copies `flockd` and has a JDK, nothing else.
//!
//! At start the jars are laid out in the data directory. They are written beside their place and renamed, so a crash in
//! between leaves either the old file or the new one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

const BOOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/flock-boot.jar"));
const TYPES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/flock-types.jar"));
const SHIM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/flock-shim.jar"));
const API: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/flock-api.jar"));
const GSON: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/gson.jar"));

/// The functions of `/whisk.system/utils`: a jar like any other, for the host to deploy.
pub const UTILS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/flock-utils.jar"));

/// What decides how the JDK's classes are woven.
pub(crate) const WOVEN_BY: [&[u8]; 2] = [BOOT, SHIM];

/// Where the jars of the JVM are.
#[derive(Debug, Clone)]
pub struct Jars {
    /// Classes on the boot class path: gate, lane, natives.
    pub boot: PathBuf,
    /// The shim with ASM.
    pub shim: PathBuf,
    /// The types of the conventions of others, that functions see.
    pub types: PathBuf,
    /// The JSON types that functions see.
    pub gson: PathBuf,
    /// The classes by which functions call one another, for source to be compiled against; in the JVM they are in `boot`.
    pub api: PathBuf,
    /// Where the JDK's woven classes are kept from one start to the next.
    pub woven: PathBuf,
}

impl Jars {
    /// Writes the jars into `folder`, replacing those of an older version.
    pub fn lay_out(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            boot: place(folder, "flock-boot.jar", BOOT)?,
            types: place(folder, "flock-types.jar", TYPES)?,
            shim: place(folder, "flock-shim.jar", SHIM)?,
            gson: place(folder, "gson.jar", GSON)?,
            api: place(folder, "flock-api.jar", API)?,
            woven: folder.join("woven-classes"),
        })
    }
}

fn place(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let path = folder.join(name);
    if fs::read(&path).is_ok_and(|present| present == bytes) {
        return Ok(path);
    }
    let partial = folder.join(format!("{name}.partial"));
    fs::write(&partial, bytes)?;
    fs::rename(&partial, &path)?;
    Ok(path)
}
