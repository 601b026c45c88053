//! `waitwarden-wait`: ends when every dependency is ready.
//!
//! ```text
//! arguments → Args → one Probe for each dependency → waiting: observe, say, sleep → Exit
//! ```
//!
//! It is the only process of an init container whose image holds nothing else: no shell, no certificates, user 65532,
//! a read-only root. Everything it says goes to stderr through `log`, one line each.
#![forbid(unsafe_code)]

mod args;
mod environment;
mod exit;
mod reason;
mod log;
mod pace;
mod termination;
mod race;
mod names;
mod tls;
mod network;
mod api;
mod probe;
mod waiting;

use args::Command;
use environment::Environment;
use exit::Exit;
use log::Log;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let environment = Environment::read();
    let exit = match args::read(std::env::args_os().skip(1)) {
        Ok(Command::Say(text)) => {
            // Nobody to tell that stdout is closed.
            let _ = std::io::stdout().write_all(text.as_bytes());
            Exit::Satisfied
        }
        Ok(Command::Wait(args)) => waiting::run(args, &environment),
        Err(wrong) => {
            let log = Log::new(wrong.format);
            for message in &wrong.messages {
                log.wrong_argument(message);
            }
            termination::write(&environment.termination_log, &wrong.messages.join("\n"));
            Exit::WrongArguments
        }
    };
    exit.into()
}
