//! One dependency in the course of time: from what is seen of it to whether it is present or lost. No clock, no IO.
//!
//! ```text
//!            not serving, three times in a row, over three intervals
//!   present ────────────────────────────────────────────────────────► lost
//!           ◄────────────────────────────────────────────────────────
//!            ready without interruption for max(stable, an interval)
//! ```
//!
//! What is unknown changes nothing and counts nothing: as if the clock had stood still meanwhile.

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

/// Observations of the same, one after the other.
#[derive(Clone, Copy, Debug)]
struct Row {
    is_ready: bool,
    times: u32,
    /// How long it has been so, without the time in which nothing was known.
    lasted: Duration,
    /// The last of them, unless nothing has been known since.
    last: Option<Moment>,
}

/// How it got there.
#[derive(Clone, Debug)]
pub(super) struct Course {
    interval: Duration,
    /// Ready for so long, and it is present again.
    settled: Duration,
    state: State,
    row: Row,
    /// How long the row had lasted when it was lost.
    lost_at: Duration,
}

impl Course {
    /// Looked at about once in an interval; from this state on.
    pub(super) fn new(interval: Duration, stable: Duration, state: State) -> Self {
        let row = Row { is_ready: state == State::Present, times: 0, lasted: Duration::ZERO, last: None };
        Self { interval, settled: stable.max(interval), state, row, lost_at: Duration::ZERO }
    }

    /// Where it stands.
    pub(super) const fn state(&self) -> State {
        self.state
    }

    /// Takes an observation. Times do not go back.
    pub(super) fn observe(&mut self, now: Moment, seen: Seen) -> Option<Turn> {
        let is_ready = match seen {
            Seen::Ready => true,
            Seen::Away => false,
            Seen::Unknown => {
                self.row.last = None;
                return None;
            }
        };
        if self.row.is_ready != is_ready {
            self.row = Row { is_ready, times: 0, lasted: Duration::ZERO, last: None };
            self.lost_at = Duration::ZERO;
        }
        let Row { times, lasted, last, .. } = &mut self.row;
        *times = times.saturating_add(1);
        *lasted += last.replace(now).map_or(Duration::ZERO, |last| now.since(last));
        match self.state {
            State::Present if !is_ready && *times >= TIMES && *lasted >= self.interval.saturating_mul(TIMES) => {
                self.lost_at = *lasted;
                self.state = State::Lost(now);
                Some(Turn::Lost)
            }
            State::Lost(since) if is_ready && *lasted >= self.settled => {
                self.state = State::Present;
                Some(Turn::Back(now.since(since)))
            }
            State::Present | State::Lost(_) => None,
        }
    }

    /// How long it has been lost and was never seen ready; none where it is present, or was ready just now.
    pub(super) fn lost_for(&self) -> Option<Duration> {
        let is_lost = self.state != State::Present && !self.row.is_ready;
        is_lost.then(|| self.row.lasted.saturating_sub(self.lost_at))
    }
}
