//! The exit codes. They are a promise: a Job's `podFailurePolicy` sees them.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Every required dependency is ready.
    Satisfied = 0,
    /// The command line cannot be understood (`EX_USAGE` of sysexits.h).
    WrongArguments = 64,
    /// The time is over (`EX_UNAVAILABLE`).
    TimedOut = 69,
    /// A dependency can never become ready (`EX_SOFTWARE`).
    Failed = 70,
    /// SIGINT: 128 + 2.
    Interrupted = 130,
    /// SIGTERM: 128 + 15.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
