//! `watch`: what follows the dependencies while the Pod runs, in a sidecar, and keeps what it knows where `check` reads it.
//!
//! ```text
//! Probe → Observation → bearing: ready, away or unknown → lookout ┬ course: present or lost     ┐
//!                                                                 └ ledger: may the Pod restart ┴→ board: record, log, Exit
//! ```
//!
//! It ends when it is told to, when it cannot keep its record, and when the Pod is to be started again.

mod bearing;
mod board;
mod course;
mod ledger;
mod lookout;
mod moment;
mod record;

pub(crate) use moment::Moment;
pub(crate) use record::Record;

use crate::args::Watch;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::log::Log;
use crate::pace::Pacer;
use crate::probe::{Means, Probe};
use crate::reason::Observation;
use crate::thread;
use board::Board;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// What a task found: the number of its dependency, what, and whether a failure says something of the dependency.
type Found = (usize, Observation, bool);

/// Watches on this thread, and says how it ended.
pub(crate) fn run(args: Watch, environment: &Environment) -> Exit {
    let log = Log::new(args.looking.format);
    thread::run(log, environment, |log| watch(args, environment, log))
}

/// Starts a task for each dependency and listens to them and to signals.
async fn watch(args: Watch, environment: &Environment, log: Log) -> (Exit, String) {
    let failed = |log: &Log, message: String| {
        log.end("failed", &message);
        (Exit::Failed, message)
    };
    let (mut terminate, mut interrupt) = match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(terminate), Ok(interrupt)) => (terminate, interrupt),
        (Err(error), _) | (_, Err(error)) => return failed(&log, format!("cannot listen for signals: {error}")),
    };
    let interval = args.looking.interval;
    let means = match Means::new(&args.looking, environment, Some(interval), &log) {
        Ok(means) => means,
        Err(message) => return failed(&log, message),
    };
    let probes: Vec<Probe> =
        args.looking.dependencies.iter().map(|dependency| Probe::new(dependency, &means)).collect();
    let mut board = Board::new(args, &environment.state, log);
    // Now, and not when something is lost, it must come out that nothing can be kept.
    if let Err(end) = board.keep(Moment::now()) {
        return end;
    }
    let (sender, mut found) = unbounded_channel();
    for (at, probe) in probes.into_iter().enumerate() {
        tokio::spawn(follow(at, probe, interval, sender.clone()));
    }
    loop {
        tokio::select! {
            biased;
            _ = terminate.recv() => return board.stopped("SIGTERM"),
            _ = interrupt.recv() => return board.stopped("SIGINT"),
            Some((at, observation, is_conclusive)) = found.recv() => {
                if let Err(end) = board.observe(at, Moment::now(), observation, is_conclusive) {
                    return end;
                }
            }
        }
    }
}

/// Looks at one dependency for ever.
async fn follow(at: usize, mut probe: Probe, interval: Duration, sender: UnboundedSender<Found>) {
    let mut pacer = Pacer::new(interval);
    loop {
        let (observation, pace) = probe.observe().await;
        if sender.send((at, observation, probe.is_conclusive())).is_err() {
            // It is over.
            return;
        }
        tokio::time::sleep(pacer.next(pace)).await;
    }
}

#[cfg(test)]
mod tests;
