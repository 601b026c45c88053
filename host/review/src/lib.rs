//! A policy's review of manifests, without the policy: what every host needs, on a laptop or in a browser.
//!
//! A host brings [`Admit`](admitted::Admit), which asks a policy. Here are the [`request`]s that the API server would send, the
//! [`verdict`]s, and their way back into the text ([`check`], [`fixes`], [`render`]). No file system, no clock, no
//! WebAssembly engine.

#![forbid(unsafe_code)]

pub mod settings;
pub mod request;
pub mod host_calls;
pub mod failure;
pub mod verdict;
pub mod rules;
pub mod admitted;
pub mod old;
pub mod own;
pub mod evaluate;
pub mod check;
pub mod fixes;
pub mod suppress;
pub mod render;
pub mod patch;
pub mod understood;
pub mod explain;
pub mod nearest;
