//! Another program, from its start to its end.

use crate::figure::Error;
use nix::sys::resource::{UsageWho, getrusage};
use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The word that makes this program measure another one.
pub const MEASURE: &str = "--measure";

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) seconds: f64,
    /// The most memory that it held.
    pub(crate) mebibytes: f64,
}

/// Runs a program and prints seconds and KiB, in a process that holds nothing: a child's memory begins with its parent's.
#[expect(clippy::print_stdout, reason = "it is what the other process reads")]
pub fn measure(command: &str, arguments: &[&str]) -> Result<(), Error> {
    let start = Instant::now();
    let status = Command::new(command).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("{command} ended with {status}").into());
    }
    println!("{seconds} {}", getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss());
    Ok(())
}

/// Lets another process of this program run it.
pub(crate) fn run(command: &Path, arguments: &[&OsStr]) -> Result<Run, Error> {
    let output = Command::new(env::current_exe()?)
        .arg(MEASURE)
        .arg(command)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        [seconds, kibibytes] => Ok(Run { seconds: *seconds, mebibytes: kibibytes / 1024.0 }),
        _ => Err(format!("{}: {text}", command.display()).into()),
    }
}
