//! What is known of all dependencies, and every word about them.

use crate::exit::Exit;
use crate::log::Log;
use crate::reason::{Kind, Reason};
use tokio::time::Instant;
use waitwarden_core::dependency::Dependency;
use waitwarden_core::duration::Duration;

/// How looking at a dependency ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is ready; perhaps with a remark.
    Ready(Option<String>),
    /// It will never be ready.
    Failed(Reason),
    /// Its time is over.
    TimedOut,
}

/// Where a dependency stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Ready,
    /// Not ready, and not required.
    GivenUp,
    /// Not ready, and required: the wait ends.
    Lost,
}

/// One dependency.
struct Entry {
    dependency: Dependency,
    state: State,
    /// When its time is over; none: never.
    deadline: Option<Instant>,
    /// The last that was said of it.
    reason: Reason,
}

impl Entry {
    /// It is not ready, and is not looked at any more.
    fn lose(&mut self, log: &Log, event: &str, said: &str) {
        let required = self.dependency.options.required;
        self.state = if required { State::Lost } else { State::GivenUp };
        let going = if required { "" } else { "; it is not required, so the wait goes on without it" };
        log.lost(event, &self.dependency.target, &self.reason, &format!("{said}: {}{going}", self.reason));
    }
}

/// All of them.
pub(super) struct Board {
    entries: Vec<Entry>,
    log: Log,
}

impl Board {
    /// Says what is waited for.
    pub(super) fn new(dependencies: Vec<(Dependency, Option<Instant>)>, timeout: Duration, log: Log) -> Self {
        let names: Vec<String> = dependencies.iter().map(|(dependency, _)| dependency.to_string()).collect();
        let bound = if timeout.is_forever() { "without a time limit".to_owned() } else { format!("at most {timeout}") };
        log.start(&format!("waiting, {bound}, for {}", names.join(", ")));
        let entries = dependencies
            .into_iter()
            .map(|(dependency, deadline)| Entry {
                dependency,
                state: State::Waiting,
                deadline,
                reason: Reason::new(Kind::Unknown, ""),
            })
            .collect();
        Self { entries, log }
    }

    /// A dependency is not ready: said where the reason is a new one.
    pub(super) fn waiting(&mut self, at: usize, reason: Reason) {
        if let Some(entry) = self.entries.get_mut(at)
            && entry.reason != reason
        {
            self.log.reason(&entry.dependency.target, &reason);
            entry.reason = reason;
        }
    }

    /// Says everything again that is still waited for.
    pub(super) fn remind(&self) {
        for entry in self.entries.iter().filter(|entry| entry.state == State::Waiting) {
            self.log.still(&entry.dependency.target, &entry.reason);
        }
    }

    /// A dependency came to its end; and the whole wait, where something is returned.
    pub(super) fn ended(&mut self, at: usize, end: End) -> Option<(Exit, String)> {
        let elapsed = self.log.elapsed();
        let (event, exit, said) = match &end {
            End::Ready(_) => ("done", Exit::Satisfied, String::new()),
            End::TimedOut => ("timed-out", Exit::TimedOut, format!("timed out after {elapsed}")),
            End::Failed(_) => ("failed", Exit::Failed, format!("failed for good after {elapsed}")),
        };
        let ended = self.entries.get_mut(at).filter(|entry| entry.state == State::Waiting)?;
        let deadline = ended.deadline;
        match end {
            End::Ready(remark) => {
                ended.state = State::Ready;
                self.log.ready(&ended.dependency.target, remark.as_deref());
            }
            End::Failed(reason) => {
                ended.reason = reason;
                ended.lose(&self.log, event, &said);
            }
            // Those with the same deadline end with it, whoever came first.
            End::TimedOut => {
                for entry in &mut self.entries {
                    if entry.state == State::Waiting && entry.deadline == deadline {
                        entry.lose(&self.log, event, &said);
                    }
                }
            }
        }
        if self.entries.iter().any(|entry| entry.state == State::Lost) {
            return Some(self.summary(event, exit, &said));
        }
        self.entries.iter().all(|entry| entry.state != State::Waiting).then(|| self.over())
    }

    /// Everything required is ready.
    pub(super) fn over(&self) -> (Exit, String) {
        self.summary("done", Exit::Satisfied, &format!("ready after {}", self.log.elapsed()))
    }

    /// A signal came.
    pub(super) fn stopped(&self, signal: &str, exit: Exit) -> (Exit, String) {
        self.summary("stopped", exit, &format!("stopped by {signal} after {}", self.log.elapsed()))
    }

    /// The last line of the log, and the termination message: the same with a line for each dependency that is not ready.
    fn summary(&self, event: &str, exit: Exit, said: &str) -> (Exit, String) {
        let list = |state: State, why: bool| -> Vec<String> {
            let of = self.entries.iter().filter(|entry| entry.state == state);
            of.map(|entry| {
                let target = &entry.dependency.target;
                if why { format!("{target} ({})", entry.reason.kind.words()) } else { target.to_string() }
            })
            .collect()
        };
        let parts = [
            ("", list(State::Lost, true)),
            (if exit == Exit::Satisfied { "" } else { "ready: " }, list(State::Ready, false)),
            ("still waiting for ", list(State::Waiting, true)),
            ("given up, not required: ", list(State::GivenUp, true)),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(word, list)| format!("{word}{}", list.join(", ")))
            .collect();
        self.log.end(event, &format!("{said}: {}", parts.join("; ")));
        let mut message = vec![said.to_owned()];
        for state in [State::Lost, State::Waiting, State::GivenUp] {
            let of = self.entries.iter().filter(|entry| entry.state == state);
            message.extend(of.map(|entry| format!("{}: {}", entry.dependency.target, entry.reason)));
        }
        (exit, message.join("\n"))
    }
}
