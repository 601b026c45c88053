//! Pulls a policy as the command line does, with the user's logins: `pull REFERENCE CACHE [offline]`. It says what it got.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is what it is for")]

use std::env;
use std::process::ExitCode;
use waitwarden_registry::{Cache, Error, Origin, Pulled, Registries};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [reference, cache, more @ ..] = arguments.as_slice() else {
        eprintln!("usage: pull REFERENCE CACHE [offline]");
        return ExitCode::from(2);
    };
    match pull(reference, &Cache::at(cache), more.first().is_some_and(|word| word == "offline")) {
        Ok(pulled) => {
            let origin = match pulled.origin {
                Origin::Registry => "registry",
                Origin::Pin => "pin",
                Origin::Remembered { .. } => "remembered",
            };
            println!("{} {} {origin}", pulled.digest, pulled.bytes.len());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn pull(reference: &str, cache: &Cache, offline: bool) -> Result<Pulled, Error> {
    Registries::of_user().pull_policy(&reference.parse()?, cache, offline)
}
