//! The one thread that `wait` and `watch` run on, from their start to their last words.

use crate::environment::Environment;
use crate::exit::Exit;
use crate::log::Log;
use crate::termination;

/// Runs the work on this thread. Unless it ends well, the message that it gives becomes the termination message.
pub(crate) fn run<W>(log: Log, environment: &Environment, work: impl FnOnce(Log) -> W) -> Exit
where
    W: Future<Output = (Exit, String)>,
{
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            log.end("failed", &format!("cannot start: {error}"));
            return Exit::Failed;
        }
    };
    let (exit, message) = runtime.block_on(work(log));
    if exit != Exit::Satisfied {
        termination::write(&environment.termination_log, &message);
    }
    // Open connections and names that are being looked up must not hold up the end.
    runtime.shutdown_background();
    exit
}
