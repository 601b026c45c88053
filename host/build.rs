//! Builds the policy and compiles it ahead of time: `policy.wasm` and `policy.cwasm` in `OUT_DIR`.
//!
//! `WAITWARDEN_POLICY_WASM` names a ready policy instead, for builds from a release and for packagers.

#[path = "src/engine/config.rs"]
mod config;

use std::env;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const READY_POLICY: &str = "WAITWARDEN_POLICY_WASM";
const WASM_TARGET: &str = "wasm32-wasip1";
const PROFILE: &str = "release-wasm";

fn main() -> Result<()> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let workspace = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("..");
    println!("cargo::rerun-if-env-changed={READY_POLICY}");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/engine/config.rs");
    let wasm = match env::var_os(READY_POLICY).filter(|path| !path.is_empty()) {
        Some(path) => {
            println!("cargo::rerun-if-changed={}", Path::new(&path).display());
            fs::read(&path).map_err(|error| format!("{READY_POLICY}: {}: {error}", Path::new(&path).display()))?
        }
        None => build(&workspace, &out.join("policy"))?,
    };
    let compiled = compile(&wasm).unwrap_or_else(|error| {
        println!("cargo::warning=the policy is not compiled ahead of time, so each start takes longer: {error:#}");
        Vec::new()
    });
    fs::write(out.join("policy.wasm"), wasm)?;
    fs::write(out.join("policy.cwasm"), compiled)?;
    Ok(())
}

fn variable(name: &str) -> Result<OsString> {
    env::var_os(name).ok_or_else(|| format!("{name} is not set: cargo runs this program").into())
}

/// Builds the policy in a target folder of its own, since the outer cargo holds the lock of the usual one.
fn build(workspace: &Path, target: &Path) -> Result<Vec<u8>> {
    for watched in [
        "Cargo.toml",
        "Cargo.lock",
        "policy/Cargo.toml",
        "policy/build.rs",
        "policy/src",
        "policy/core/Cargo.toml",
        "policy/core/src",
    ] {
        println!("cargo::rerun-if-changed={}", workspace.join(watched).display());
    }
    // Without --offline only where something was never fetched: a build reaches for the network as rarely as it can.
    let mut output = cargo(workspace, target, &["--offline"])?;
    if !output.status.success() && !lacks_target(&output) {
        output = cargo(workspace, target, &[])?;
    }
    if lacks_target(&output) {
        return Err(format!(
            "the policy is WebAssembly, and the Rust target `{WASM_TARGET}` is not installed.\n\
             With rustup:          rustup target add {WASM_TARGET}\n\
             From a distribution:  its package for that target (Debian: libstd-rust-dev-wasm32, Fedora: rust-std-static-{WASM_TARGET})\n\
             Or set {READY_POLICY} to a policy.wasm that is already built."
        )
        .into());
    }
    if !output.status.success() {
        return Err(format!("the policy does not build:\n{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let file = target.join(WASM_TARGET).join(PROFILE).join("waitwarden_policy.wasm");
    Ok(fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?)
}

fn lacks_target(output: &Output) -> bool {
    let stderr = String::from_utf8_lossy(&output.stderr);
    !output.status.success()
        && ["std", "core"].iter().any(|name| stderr.contains(&format!("can't find crate for `{name}`")))
}

fn cargo(workspace: &Path, target: &Path, extra: &[&str]) -> Result<Output> {
    let mut command = Command::new(variable("CARGO")?);
    command
        .args(["build", "--locked", "-p", "waitwarden-policy", "--profile", PROFILE, "--target", WASM_TARGET])
        .args(extra)
        .arg("--target-dir")
        .arg(target)
        .current_dir(workspace);
    // What the outer build was told is about the outer build: flags for another target, wrappers, profiles.
    for (name, _) in env::vars_os().filter(|(name, _)| leaks(name)) {
        command.env_remove(name);
    }
    Ok(command.output()?)
}

fn leaks(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let outer = name.starts_with("CARGO_")
        && name != "CARGO_HOME"
        && !name.starts_with("CARGO_NET_")
        && !name.starts_with("CARGO_HTTP_");
    outer
        || [
            "RUSTFLAGS",
            "RUSTC_WRAPPER",
            "RUSTC_WORKSPACE_WRAPPER",
            "CLIPPY_ARGS",
            "TARGET",
            "HOST",
            "PROFILE",
            "OUT_DIR",
        ]
        .contains(&name)
}

/// Compiles for the target that is built for. Naming it leaves out what only the builder's processor can do.
fn compile(wasm: &[u8]) -> wasmtime::Result<Vec<u8>> {
    let target = env::var("TARGET")?;
    let mut config = config::config();
    config.target(&target)?;
    wasmtime::Engine::new(&config)?.precompile_module(wasm)
}
