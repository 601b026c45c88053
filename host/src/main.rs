//! The command `waitwarden`: parse, run, exit.

use std::process::ExitCode;
use waitwarden::config;
use waitwarden::exit::Exit;

fn main() -> ExitCode {
    let cli = match config::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors too, of a kind that is none.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Clean };
            let _ = error.print();
            return exit.into();
        }
    };
    match tokio::runtime::Builder::new_multi_thread().build() {
        Ok(runtime) => runtime.block_on(waitwarden::run::run(cli)).into(),
        Err(_) => Exit::NotEvaluated.into(),
    }
}
