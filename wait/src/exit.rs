//! The exit codes. They are a promise: a Job's `podFailurePolicy` and a sidecar's `restartPolicyRules` see them. Where
//! sysexits.h has a fitting code, it is that one.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Every required dependency is ready; `watch` was told to stop; `check` knows of no loss.
    Satisfied = 0,
    /// `check`: a dependency is lost.
    Lost = 1,
    /// The command line cannot be understood (`EX_USAGE`).
    WrongArguments = 64,
    /// The time is over (`EX_UNAVAILABLE`).
    TimedOut = 69,
    /// A dependency can never become ready, or the program cannot start (`EX_SOFTWARE`).
    Failed = 70,
    /// `watch` cannot keep what it knows (`EX_IOERR`).
    CannotWrite = 74,
    /// `watch`: a dependency was lost for the grace time, and the Pod is to be started again (`EX_TEMPFAIL`).
    Restart = 75,
    /// The wait: SIGINT, 128 + 2.
    Interrupted = 130,
    /// The wait: SIGTERM, 128 + 15.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
