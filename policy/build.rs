//! Asks the linker for room: with what it gives by itself nearly every request would begin by growing the memory, which costs
//! a host two calls of the system each time. What is not touched costs nothing.

/// The stack (1 MiB), the data, and half a megabyte to work with; a multiple of wasm's page of 64 KiB.
const INITIAL_MEMORY: u32 = 28 << 16;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("wasm") {
        println!("cargo::rustc-link-arg-cdylib=--initial-memory={INITIAL_MEMORY}");
    }
}
