//! One file, judged: read here, the rest is shared with every other host.

pub use waitwarden_review::check::*;

use crate::evaluate::Evaluator;
use crate::source::{Input, Unreadable};

/// Reads and judges an input.
pub fn check(input: &Input, evaluator: &Evaluator, want: Want) -> Checked {
    match input.read() {
        Ok(source) => check_text(source, evaluator, want),
        Err(Unreadable { name, message }) => Checked::unreadable(name, message),
    }
}
