//! The exit codes. They are a promise.

use std::fmt;
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

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clean => "nothing to complain about",
            Self::Findings => "findings, or something is refused",
            Self::Usage => "wrong usage, settings or configuration",
            Self::NotEvaluated => "no Kubernetes object to look at, or something could not be read or evaluated",
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
