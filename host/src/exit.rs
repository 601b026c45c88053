//! The exit codes. They are a promise.

use std::process::ExitCode;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing to complain about.
    Clean = 0,
    /// A finding at or above `--fail-on`, or something is refused.
    Findings = 1,
    /// Wrong usage, settings or configuration.
    Usage = 2,
    /// No Kubernetes object to look at, or something could not be read or evaluated.
    NotEvaluated = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
