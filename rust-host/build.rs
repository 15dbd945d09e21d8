//! The JVM looks up the agent by name in the executable itself (`-agentlib:flock`), so the symbol must be
//! visible to the dynamic linker in every program that starts a JVM.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-arg-bins=-Wl,--export-dynamic-symbol=Agent_OnLoad_flock");
}
