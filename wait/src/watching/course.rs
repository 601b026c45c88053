//! One dependency in the course of time: from what is seen of it to whether it is present or lost. No clock, no IO.
//!
//! ```text
//!            not serving, three times in a row, over three intervals
//!   present ────────────────────────────────────────────────────────► lost
//!           ◄────────────────────────────────────────────────────────
//!            ready without interruption for max(stable, an interval)
//! ```
//!
//! What is unknown changes nothing, as if nobody had looked.

use super::moment::Moment;
use std::time::Duration;

/// Observations of not serving in a row, at least, until it is lost.
const TIMES: u32 = 3;

/// What a look at a dependency says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is ready.
    Ready,
    /// It is not serving.
    Away,
    /// Nothing.
    Unknown,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It serves, or nobody knows better.
    Present,
    /// It does not, since then.
    Lost(Moment),
}

/// A change of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// From present to lost.
    Lost,
    /// From lost to present, after so long.
    Back(Duration),
}

/// How it got there.
#[derive(Clone, Debug)]
pub(super) struct Course {
    interval: Duration,
    /// Ready for so long, and it is present again.
    settled: Duration,
    state: State,
    /// The first of the observations of not serving in a row, and how many they are.
    away: Option<(Moment, u32)>,
    /// The first observation of ready in a row.
    ready: Option<Moment>,
}

impl Course {
    /// Looked at about once in an interval; from this state on.
    pub(super) fn new(interval: Duration, stable: Duration, state: State) -> Self {
        Self { interval, settled: stable.max(interval), state, away: None, ready: None }
    }

    /// Where it stands.
    pub(super) const fn state(&self) -> State {
        self.state
    }

    /// Takes an observation. Times do not go back.
    pub(super) fn observe(&mut self, now: Moment, seen: Seen) -> Option<Turn> {
        match seen {
            Seen::Unknown => None,
            Seen::Ready => {
                self.away = None;
                let ready = *self.ready.get_or_insert(now);
                let State::Lost(since) = self.state else { return None };
                if now.since(ready) < self.settled {
                    return None;
                }
                self.state = State::Present;
                Some(Turn::Back(now.since(since)))
            }
            Seen::Away => {
                self.ready = None;
                let (first, times) = self.away.map_or((now, 1), |(first, times)| (first, times.saturating_add(1)));
                self.away = Some((first, times));
                let is_lost = times >= TIMES && now.since(first) >= self.interval.saturating_mul(TIMES);
                if self.state != State::Present || !is_lost {
                    return None;
                }
                self.state = State::Lost(now);
                Some(Turn::Lost)
            }
        }
    }

    /// How long it has been lost and was never seen ready; none where it is present, or ready just now.
    pub(super) fn lost_for(&self, now: Moment) -> Option<Duration> {
        match (self.state, self.away) {
            (State::Lost(since), Some((first, _))) => Some(now.since(since.max(first))),
            _ => None,
        }
    }
}
