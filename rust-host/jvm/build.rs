//! Builds the Java shim with Gradle, so that its jars travel inside the binary.
//!
//! Gradle runs on the JDK named by `FLOCK_GRADLE_JAVA_HOME` where that is set (Debian's Gradle 4.4.1 cannot run on
//! JDK 25), otherwise on the one it finds by itself. A failure shows Gradle's own words.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const JARS: [&str; 6] =
    ["flock-api.jar", "flock-boot.jar", "flock-shim.jar", "flock-types.jar", "flock-utils.jar", "gson.jar"];

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = manifest.join("../..");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for input in [
        "java-shim/boot/src/main",
        "java-shim/types/src/main",
        "java-shim/shim/src/main",
        "java-shim/utils/src/main",
        "java-shim/api/src/main",
        "java-shim/boot/build.gradle",
        "java-shim/types/build.gradle",
        "java-shim/shim/build.gradle",
        "java-shim/utils/build.gradle",
        "java-shim/api/build.gradle",
        "java-shim/build.gradle",
        "build.gradle",
        "settings.gradle",
        "gradle.properties",
    ] {
        let path = root.join(input);
        if path.exists() {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
    println!("cargo:rerun-if-env-changed=FLOCK_GRADLE");
    if let Err(why) = build(&root, &out) {
        println!("cargo:warning={why}");
        eprintln!("{why}");
        std::process::exit(1);
    }
}

fn build(root: &Path, out: &Path) -> Result<(), String> {
    let gradle = env::var("FLOCK_GRADLE").unwrap_or_else(|_| "gradle".to_owned());
    let mut command = Command::new(&gradle);
    command.current_dir(root).args(["--quiet", "--console=plain", ":java-shim:jars"]);
    if let Some(home) = env::var_os("FLOCK_GRADLE_JAVA_HOME") {
        command.env("JAVA_HOME", home);
    }
    let output = command.output().map_err(|error| {
        format!("cannot run {gradle}: {error}. Install Gradle (apt-get install gradle) or run `make setup`.")
    })?;
    if !output.status.success() {
        return Err(format!(
            "Gradle could not build the Java shim:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    for jar in JARS {
        let from = root.join("java-shim/build/jars").join(jar);
        fs::copy(&from, out.join(jar)).map_err(|error| format!("cannot copy {}: {error}", from.display()))?;
    }
    Ok(())
}
