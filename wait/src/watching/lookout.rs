//! All dependencies in the course of time, and whether the Pod is to be started again. No clock, no IO: observations with
//! their times go in, changes come out.

use super::course::{Course, Seen, State, Turn};
use super::ledger::Ledger;
use super::moment::Moment;
use std::time::Duration;

/// What an observation leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// The state of the dependency changed.
    pub(super) turn: Option<Turn>,
    /// It was lost for the grace time.
    pub(super) due: Option<Due>,
}

/// What is to be done where a dependency was lost for the grace time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The Pod is to be started again; it counts as done.
    Restart,
    /// It would be, but not before this moment. Said once.
    Held(Moment),
}

/// One dependency.
#[derive(Clone, Debug)]
struct Watched {
    course: Course,
    /// `on-loss=restart`
    restarts: bool,
    /// It was said that the Pod may not be started again yet.
    held: bool,
}

/// All of them.
#[derive(Clone, Debug)]
pub(super) struct Lookout {
    /// So long must one be lost until the Pod is started again.
    grace: Duration,
    watched: Vec<Watched>,
    ledger: Ledger,
}

impl Lookout {
    /// Over these, each with whether the Pod is started again for it; `ledger` is what is remembered of restarts.
    pub(super) fn new(grace: Duration, courses: Vec<(Course, bool)>, mut ledger: Ledger, now: Moment) -> Self {
        let watched: Vec<Watched> =
            courses.into_iter().map(|(course, restarts)| Watched { course, restarts, held: false }).collect();
        ledger.resume(now, watched.iter().any(Watched::is_lost));
        Self { grace, watched, ledger }
    }

    /// Where a dependency stands.
    pub(super) fn state(&self, at: usize) -> State {
        self.watched.get(at).map_or(State::Present, |watched| watched.course.state())
    }

    /// What is remembered of restarts.
    pub(super) const fn ledger(&self) -> Ledger {
        self.ledger
    }

    /// Takes an observation of the dependency with this number.
    pub(super) fn observe(&mut self, at: usize, now: Moment, seen: Seen) -> News {
        let Some(watched) = self.watched.get_mut(at) else { return News::default() };
        let turn = watched.course.observe(now, seen);
        if !watched.restarts || seen == Seen::Unknown {
            return News { turn, due: None };
        }
        let is_due = watched.course.lost_for().is_some_and(|time| time >= self.grace);
        let was_held = std::mem::replace(&mut watched.held, is_due);
        match turn {
            Some(Turn::Lost) => self.ledger.lost(now),
            Some(Turn::Back(_)) if !self.watched.iter().any(Watched::is_lost) => self.ledger.calm(now),
            _ => {}
        }
        let due = match self.ledger.held(now) {
            _ if !is_due => None,
            Some(_) if was_held => None,
            Some(until) => Some(Due::Held(until)),
            None => {
                self.ledger.restart(now);
                Some(Due::Restart)
            }
        };
        News { turn, due }
    }
}

impl Watched {
    /// Is it one that the Pod is started again for, and lost?
    fn is_lost(&self) -> bool {
        self.restarts && self.course.state() != State::Present
    }
}
