//! The waitwarden command: runs the policy on manifests, offline.
//!
//! Paths become [`source`]s, their documents [`request`]s, the [`engine`] asks the policy, its [`verdict`] finds its place in
//! the text ([`check`]), and a [`report`] shows it. What every host needs of that, and the playground too, is in
//! `waitwarden-review`. Nothing here knows what the policy decides: only waPC and `AdmissionReview`.

pub use waitwarden_review::{explain, fixes, patch, request, rules, verdict};

use waitwarden_review::nearest;

pub mod args;
pub mod config;
pub mod run;
pub mod exit;
pub mod source;
pub mod settings;
pub mod engine;
pub mod admission;
pub mod old;
pub mod context;
pub mod suite;
mod reading;
pub mod evaluate;
pub mod check;
pub mod suppress;
pub mod report;
pub mod fetch;
pub mod output;
pub mod pool;
pub mod write;
