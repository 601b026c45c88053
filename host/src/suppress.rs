//! What somebody does not want to see: comments in the manifests, and suppressions that stand in `waitwarden.yaml`. Errors
//! cannot be suppressed: the cluster would refuse all the same.

mod exception;

pub use exception::{Exceptions, today};
pub use waitwarden_review::suppress::{INVALID, UNUSED, apply};
