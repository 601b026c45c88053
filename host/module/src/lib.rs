//! What Kubewarden's tools know of a policy besides its code: the metadata in its module, its page on Artifact Hub and its
//! form in Rancher.
//!
//! A Kubewarden policy is a WebAssembly module with a custom section, [`SECTION`], that holds metadata as JSON.
//! policy-server loads no module without it. `kwctl annotate` writes it; so does [`annotate`], which changes nothing else.

#![forbid(unsafe_code)]

pub use crate::annotate::{annotate, metadata};
pub use crate::artifacthub::{Addition, artifacthub};
pub use crate::error::{Error, Mistake};
pub use crate::inspect::{Inspection, describe};
pub use crate::metadata::{
    ExecutionMode, Metadata, Operation, PolicyType, ProtocolVersion, Reading, Resource, Rule, key,
};
pub use crate::questions::{Form, questions};

mod annotate;
mod artifacthub;
mod error;
mod inspect;
mod metadata;
mod questions;
mod wasm;

/// The custom section that holds the metadata. Source: policy-evaluator, `constants.rs`.
pub const SECTION: &str = "io.kubewarden.metadata";
