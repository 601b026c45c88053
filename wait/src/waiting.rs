//! The wait itself, the same for every target: one task looks at each dependency until it is ready, failed or out of time;
//! the board keeps what is known of all of them, says what changes, and knows the end.

mod board;

use crate::args::Wait;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::log::Log;
use crate::pace::Pacer;
use crate::probe::{Means, Probe};
use crate::reason::{Kind, Observation, Pace, Reason};
use crate::thread;
use board::{Board, End};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{Instant, interval_at, timeout_at};
use waitwarden_core::dependency::Options;

/// How often everything that is still waited for is said again.
const REMINDER: Duration = Duration::from_mins(1);

/// What a task found: the number of its dependency, and what.
type Found = (usize, Event);

/// What happens to a dependency.
enum Event {
    /// It is not ready, for this reason.
    Waiting(Reason),
    /// Its task is over.
    End(End),
}

/// Waits on this thread, and says how it went.
pub(crate) fn run(args: Wait, environment: &Environment) -> Exit {
    let log = Log::new(args.looking.format);
    thread::run(log, environment, |log| wait(args, environment, log))
}

/// Starts a task for each dependency and listens to them, to signals and to the clock.
async fn wait(args: Wait, environment: &Environment, log: Log) -> (Exit, String) {
    let failed = |log: &Log, message: String| {
        log.end("failed", &message);
        (Exit::Failed, message)
    };
    let (mut terminate, mut interrupt) = match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(terminate), Ok(interrupt)) => (terminate, interrupt),
        (Err(error), _) | (_, Err(error)) => return failed(&log, format!("cannot listen for signals: {error}")),
    };
    let interval = args.looking.interval;
    let means = match Means::new(&args.looking, environment, None, &log) {
        Ok(means) => means,
        Err(message) => return failed(&log, message),
    };
    let start = Instant::now();
    let (sender, mut events) = unbounded_channel();
    let mut dependencies = Vec::new();
    for (at, dependency) in args.looking.dependencies.into_iter().enumerate() {
        // The shorter one; none: for ever.
        let timeouts = [Some(args.timeout), dependency.options.timeout];
        let shorter = timeouts.into_iter().flatten().filter(|timeout| !timeout.is_forever()).min();
        let deadline = shorter.and_then(|timeout| start.checked_add(Duration::from_millis(timeout.millis)));
        let probe = Probe::new(&dependency, &means);
        tokio::spawn(follow(at, probe, dependency.options.clone(), deadline, interval, sender.clone()));
        dependencies.push((dependency, deadline));
    }
    drop(sender);
    let mut board = Board::new(dependencies, args.timeout, log);
    let mut reminder = interval_at(start + REMINDER, REMINDER);
    loop {
        tokio::select! {
            biased;
            _ = terminate.recv() => return board.stopped("SIGTERM", Exit::Terminated),
            _ = interrupt.recv() => return board.stopped("SIGINT", Exit::Interrupted),
            _ = reminder.tick() => board.remind(),
            event = events.recv() => {
                let end = match event {
                    Some((at, Event::Waiting(reason))) => {
                        board.waiting(at, reason);
                        None
                    }
                    Some((at, Event::End(end))) => board.ended(at, end),
                    None => Some(board.over()),
                };
                if let Some(end) = end {
                    return end;
                }
            }
        }
    }
}

/// Looks at one dependency until its end.
async fn follow(
    at: usize,
    mut probe: Probe,
    options: Options,
    deadline: Option<Instant>,
    interval: Duration,
    sender: UnboundedSender<Found>,
) {
    let look = async {
        let mut pacer = Pacer::new(interval);
        let stable = Duration::from_millis(options.stable.millis);
        let mut since: Option<Instant> = None;
        let (mut found, mut pace) = probe.observe().await;
        loop {
            match found {
                Observation::Ready(remark) => {
                    let until = *since.get_or_insert_with(Instant::now) + stable;
                    if Instant::now() >= until {
                        return End::Ready(remark);
                    }
                    let text = format!("it must stay so for {}", options.stable);
                    say(&sender, at, Event::Waiting(Reason::new(Kind::Settling, text)));
                    (found, pace) = if pace == Pace::Event {
                        // Nothing changes: it stayed so.
                        match timeout_at(until, probe.observe()).await {
                            Ok(next) => next,
                            Err(_) => return End::Ready(remark),
                        }
                    } else {
                        tokio::time::sleep(pacer.next(Pace::Steady).min(until - Instant::now())).await;
                        probe.observe().await
                    };
                }
                Observation::Waiting(reason) => {
                    since = None;
                    say(&sender, at, Event::Waiting(reason));
                    tokio::time::sleep(pacer.next(pace)).await;
                    (found, pace) = probe.observe().await;
                }
                Observation::Failed(reason) => return End::Failed(reason),
            }
        }
    };
    let end = match deadline {
        Some(deadline) => timeout_at(deadline, look).await.unwrap_or(End::TimedOut),
        None => look.await,
    };
    say(&sender, at, Event::End(end));
}

/// Tells the board; it hears nothing any more only when the wait is over.
fn say(sender: &UnboundedSender<Found>, at: usize, event: Event) {
    let _ = sender.send((at, event));
}
