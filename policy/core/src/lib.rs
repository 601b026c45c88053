//! What waitwarden decides: from the bytes of a request to a verdict.
//!
//! ```text
//! bytes → Request → Workload → Declaration → Dependencies ─┐
//!                   Settings ──────────────────────────────┴→ Plan ─┬ apply   → object ┐
//!                                                                   └ compare → findings ┴→ Verdict
//! ```
//!
//! Nothing here does IO, reads a clock or the environment, depends on the order of a hash, or panics.
#![forbid(unsafe_code)]

pub mod duration;
pub mod dependency;
mod nearest;
pub mod finding;
pub mod annotation;
pub mod probe;
