//! One object, judged by the policies of a run.

pub use waitwarden_review::evaluate::{Asked, CREATED, Circumstances, Judged, NOT_EVALUATED};

use crate::admission::Admissions;

/// Asks the policies of a run.
pub type Evaluator = waitwarden_review::evaluate::Evaluator<Admissions>;
