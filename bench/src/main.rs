//! Measures what the budgets speak of, and prints a table: `make bench`. It fails nothing: machines differ.
//!
//! `waitwarden-bench evaluation [FILE]` measures the policy, `lint FILE` the command line, `wait FILE` the wait program, and
//! `load FILE PODS MINUTES` what many waiting Pods ask the API server.
#![expect(clippy::print_stdout, reason = "the table is all that it is for")]

mod evaluation;
mod figure;
mod lint;
mod load;
mod manifest;
mod program;
mod wait;

use figure::Figure;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: waitwarden-bench evaluation [FILE] | lint FILE | wait FILE | load FILE PODS MINUTES";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let measured = match words.as_slice() {
        [program::MEASURE, command, arguments @ ..] => program::measure(command, arguments).map(|()| Vec::new()),
        ["evaluation"] => evaluation::measure(None),
        ["evaluation", file] => evaluation::measure(Some(Path::new(file))),
        ["lint", file] => lint::measure(Path::new(file)),
        ["wait", file] => wait::measure(Path::new(file)),
        ["load", file, pods, minutes] => match (pods.parse(), minutes.parse()) {
            (Ok(pods), Ok(minutes)) => load::measure(Path::new(file), pods, minutes),
            _ => Err(USAGE.into()),
        },
        _ => Err(USAGE.into()),
    };
    match measured {
        Ok(figures) if figures.is_empty() => ExitCode::SUCCESS,
        Ok(figures) => {
            print!("{}", Figure::table(&figures));
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
