//! The laws, as functions of bytes: each takes any bytes, makes of them what it needs, and panics where a law is broken.
//!
//! Fuzzers call them (`fuzz/`), and `cargo test` replays their seeds, the inputs that once broke one, and mutations of both
//! (`tests/seeds.rs`). What the bytes of each law mean is said at the law.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a law that is broken panics"
)]

#[cfg(feature = "wait")]
mod answers;
mod case;
mod decision;
mod facts;
mod grammar;
#[cfg(feature = "engine")]
mod guests;
mod manifest;
#[cfg(feature = "engine")]
mod module;
mod pod;
mod qos;
mod settings;

#[cfg(feature = "wait")]
pub use answers::answers;
pub use decision::decision;
pub use grammar::grammar;
#[cfg(feature = "engine")]
pub use guests::{exports, guest, guests, imports};
pub use manifest::manifest;
#[cfg(feature = "engine")]
pub use module::module;
pub use settings::settings;

/// A law.
pub type Law = fn(&[u8]);

/// Every law with its name, which is that of its folders in `fuzz/seeds` and `fuzz/regressions`.
pub const LAWS: &[(&str, Law)] = &[
    ("grammar", grammar),
    ("settings", settings),
    ("decision", decision),
    ("manifest", manifest),
    #[cfg(feature = "wait")]
    ("answers", answers),
    #[cfg(feature = "engine")]
    ("module", module),
    #[cfg(feature = "engine")]
    ("guests", guests),
];
