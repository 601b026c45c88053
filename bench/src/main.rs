//! Measures what the budgets speak of, and prints a table: `make bench`. It fails nothing: machines differ.
//!
//! `waitwarden-bench wait FILE` measures the wait program; `waitwarden-bench load FILE PODS MINUTES` what many waiting Pods ask
//! the API server.
#![expect(clippy::print_stdout, reason = "the table is all that it is for")]

mod figure;
mod load;
mod wait;

use figure::Figure;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: waitwarden-bench wait FILE, or waitwarden-bench load FILE PODS MINUTES";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let measured = match words.as_slice() {
        ["wait", file] => wait::measure(Path::new(file)),
        ["load", file, pods, minutes] => match (pods.parse(), minutes.parse()) {
            (Ok(pods), Ok(minutes)) => load::measure(Path::new(file), pods, minutes),
            _ => Err(USAGE.into()),
        },
        _ => Err(USAGE.into()),
    };
    match measured {
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
