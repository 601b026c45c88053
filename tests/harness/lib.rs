//! The contract, tested from outside: what every test of this package needs.

use std::path::{Path, PathBuf};

pub mod api;
pub mod exact;
pub mod image;
pub mod kept;
pub mod meter;
pub mod pod;
pub mod verdict;

pub use waitwarden_test_native::{admission, diff, documents, root, spec, yaml};
pub use waitwarden_test_registry as registry;

/// A binary of the workspace; `cargo test --workspace` has built it.
pub fn binary(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let folder = own.parent().and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default();
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
