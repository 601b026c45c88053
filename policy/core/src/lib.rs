//! What waitwarden decides: from the bytes of a request to a verdict.
//!
//! ```text
//! bytes → Request → Workload → Declaration → Dependencies ─┐
//!                   Settings ──────────────────────────────┴→ Plan ─┬ apply   → object   ┐
//!                                                                   ├ compare → findings ┼→ Verdict
//!                                        Questions ⇄ Facts → Inquiry ────────→ findings ┘
//! ```
//!
//! Nothing here does IO, reads a clock or the environment, depends on the order of a hash, or panics.
#![forbid(unsafe_code)]

pub mod duration;
pub mod dependency;
mod search;
mod nearest;
pub mod finding;
pub mod annotation;
pub mod probe;
pub mod settings;
mod allow;
mod quantity;
mod workload;
pub mod marker;
mod path;
mod fixed;
pub mod plan;
pub mod compare;
pub mod apply;
pub mod payload;
mod request;
pub mod verdict;
mod copy;
mod audit;
pub mod cluster;
mod inquiry;
mod decide;

pub use decide::{decide, decide_with};
pub use settings::Settings;
pub use verdict::Verdict;
