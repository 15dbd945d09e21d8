//! As in rust-host/build.rs: the JVM looks up the agent by name in the executable, here that of a benchmark.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-arg-benches=-Wl,--export-dynamic-symbol=Agent_OnLoad_flock");
}
