//! `waitwarden-wait`: ends when every dependency is ready; `watch` follows them while the Pod runs, and `check` says what
//! `watch` knows.
//!
//! ```text
//! arguments → Command ┬ Wait  → one Probe for each dependency → waiting: observe, say, sleep     ┐
//!                     ├ Watch → one Probe for each dependency → watching: observe, record, say   ┼→ Exit
//!                     └ Check → the record of `watch`                                            ┘
//! ```
//!
//! It is the only process of a container whose image holds nothing else: no shell, no certificates, user 65532, a read-only
//! root. Everything it says goes to stderr through `log`, one line each; only what `check` found goes to stdout.
#![forbid(unsafe_code)]

mod args;
mod environment;
mod exit;
mod reason;
mod log;
mod pace;
mod termination;
mod thread;
mod race;
mod names;
mod tls;
mod network;
mod api;
mod probe;
mod waiting;
mod watching;
mod check;
#[cfg(feature = "replay")]
pub mod replay;

use args::Command;
use environment::Environment;
use exit::Exit;
use log::Log;
use std::io::Write;
use std::process::ExitCode;

/// What the process does; all of it.
pub fn main() -> ExitCode {
    let environment = Environment::read();
    let exit = match args::read(std::env::args_os().skip(1)) {
        Ok(Command::Say(text)) => {
            print(&text);
            Exit::Satisfied
        }
        Ok(Command::Wait(args)) => waiting::run(args, &environment),
        Ok(Command::Watch(args)) => watching::run(args, &environment),
        Ok(Command::Check) => {
            let (text, exit) = check::run(&environment);
            print(&text);
            exit
        }
        Err(wrong) => {
            let log = Log::new(wrong.format);
            for message in &wrong.messages {
                log.wrong_argument(message);
            }
            // The container's message is that of its own process, and not of a probe.
            if wrong.is_of_container {
                termination::write(&environment.termination_log, &wrong.messages.join("\n"));
            }
            Exit::WrongArguments
        }
    };
    exit.into()
}

/// Nobody is left to tell when stdout is closed.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
