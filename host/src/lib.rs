//! The waitwarden command: runs the policy on manifests, offline.
//!
//! Paths become [`source`]s, their documents [`request`]s, the [`engine`] asks the policy, its [`verdict`] finds its place in
//! the text ([`check`]), and a [`report`] shows it. Nothing here knows what the policy decides: only waPC and `AdmissionReview`.

pub mod args;
pub mod config;
pub mod run;
pub mod exit;
pub mod source;
pub mod settings;
pub mod request;
pub mod engine;
pub mod verdict;
pub mod rules;
pub mod admission;
pub mod old;
pub mod context;
pub mod suite;
mod reading;
pub mod evaluate;
pub mod check;
pub mod fixes;
pub mod suppress;
pub mod report;
pub mod explain;
pub mod fetch;
pub mod output;
pub mod patch;
pub mod pool;
mod nearest;
pub mod write;
