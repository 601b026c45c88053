//! Policies and images in registries: pushed, pulled, and kept for use without a network.
//!
//! ```text
//! wasm, annotations → push_policy ─┐
//! OCI layout ───────→ push_layout ─┴→ Session → registry
//! Reference → pull_policy ─┬→ Cache ──────────────────────→ bytes, whose digest was checked here
//!                          └→ Session → registry → Cache ──┘
//! name of an image → manifest_digest, manifest, manifest_and_config: what policies may ask
//! ```
//!
//! What is pushed is what kwctl pushes, byte for byte, and what is pulled is what policy-server would take. Everything that
//! comes from a registry is counted while it comes and compared with its digest, and has a time limit. Functions block;
//! each makes a runtime on a thread of its own, so they can be called anywhere.
//!
//! Sources: OCI distribution-spec 1.1, OCI image-spec 1.1; of Kubewarden `policy-fetcher` (`registry/mod.rs`, `lib.rs`,
//! `sources.rs`) and kwctl's `push.rs`.
#![forbid(unsafe_code)]

mod digest;
mod reference;
mod error;
mod credentials;
mod registries;
mod session;
mod refusal;
mod manifest;
mod annotations;
mod cache;
mod pull;
mod layout;
mod push;
mod referrers;
mod ask;

pub use annotations::manifest_annotations;
pub use ask::Configured;
pub use cache::Cache;
pub use credentials::{Credentials, Login};
pub use digest::Digest;
pub use error::{Error, Expected, Problem};
pub use pull::{Origin, Pulled};
pub use push::Pushed;
pub use reference::Reference;
pub use registries::{Patience, Registries};
