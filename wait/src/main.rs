//! `waitwarden-wait`: see the library of the same name, which holds all of it.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    waitwarden_wait::main()
}
