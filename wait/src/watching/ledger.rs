//! How often the whole Pod may be started again: once, then not for ten minutes, then not for twenty, and so on up to an
//! hour. After an hour without a loss all of that is forgotten. No clock, no IO.

use super::moment::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The least time between two restarts.
const LEAST: Duration = Duration::from_mins(10);
/// The most; and so long without a loss, and the next one is like the first.
const MOST: Duration = Duration::from_hours(1);

/// The last restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restart {
    /// When.
    at: Moment,
    /// So many milliseconds later, and not before, the next one may come.
    distance_millis: u64,
}

/// What is remembered of restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// The last one, until it is forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Restart>,
    /// Since when no dependency is lost that the Pod would be started again for; none: one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calm: Option<Moment>,
}

impl Ledger {
    /// Nothing has ever happened.
    pub(super) const fn new(now: Moment) -> Self {
        Self { last: None, calm: Some(now) }
    }

    /// Takes up what another process remembered, where a dependency is lost, or none is.
    pub(super) fn resume(&mut self, now: Moment, is_lost: bool) {
        if is_lost {
            self.lost(now);
        } else if self.calm.is_none() {
            self.calm = Some(now);
        }
    }

    /// A dependency was lost.
    pub(super) fn lost(&mut self, now: Moment) {
        if let (Some(calm), Some(last)) = (self.calm, self.last)
            && now.since(calm.max(last.at)) >= MOST
        {
            self.last = None;
        }
        self.calm = None;
    }

    /// None is lost any more.
    pub(super) const fn calm(&mut self, now: Moment) {
        self.calm = Some(now);
    }

    /// Until when the Pod may not be started again.
    pub(super) fn held(&self, now: Moment) -> Option<Moment> {
        let last = self.last?;
        Some(last.at.after(last.distance())).filter(|until| now < *until)
    }

    /// The Pod is started again now.
    pub(super) fn restart(&mut self, now: Moment) {
        let distance = self.last.map_or(LEAST, |last| last.distance().saturating_mul(2).min(MOST));
        let distance_millis = u64::try_from(distance.as_millis()).unwrap_or(u64::MAX);
        self.last = Some(Restart { at: now, distance_millis });
    }

    /// Every moment in it.
    pub(super) fn moments(self) -> impl Iterator<Item = Moment> {
        self.last.map(|last| last.at).into_iter().chain(self.calm)
    }
}

impl Restart {
    /// Within the bounds, whatever a file says.
    fn distance(self) -> Duration {
        Duration::from_millis(self.distance_millis).clamp(LEAST, MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn minute(minutes: u64) -> Moment {
        Moment::at(minutes * 60_000)
    }

    #[test]
    fn the_distance_doubles_up_to_an_hour() {
        let mut ledger = Ledger::new(minute(0));
        ledger.lost(minute(1));
        assert_eq!(ledger.held(minute(1)), None);
        let mut now = 1;
        for distance in [10, 20, 40, 60, 60, 60] {
            ledger.restart(minute(now));
            assert_eq!(ledger.held(minute(now)), Some(minute(now + distance)));
            assert_eq!(ledger.held(minute(now + distance - 1)), Some(minute(now + distance)));
            now += distance;
            assert_eq!(ledger.held(minute(now)), None);
        }
    }

    #[test]
    fn an_hour_without_a_loss_and_the_next_is_like_the_first() {
        for (quiet, distance) in [(59, 20), (60, 10)] {
            let mut ledger = Ledger::new(minute(0));
            ledger.lost(minute(1));
            ledger.restart(minute(1));
            ledger.calm(minute(2));
            ledger.lost(minute(2 + quiet));
            let now = minute(70);
            assert_eq!(ledger.held(now), None);
            ledger.restart(now);
            assert_eq!(ledger.held(now), Some(minute(70 + distance)), "{quiet}");
        }
    }

    #[test]
    fn a_file_cannot_make_the_distance_shorter() {
        let ledger: Ledger = serde_json::from_str(r#"{"last":{"at":1000,"distanceMillis":1},"calm":0}"#).unwrap();
        assert_eq!(ledger.held(Moment::at(2000)), Some(Moment::at(601_000)));
        // Calm since long ago, and a restart a moment ago: that is no hour without a loss.
        let mut ledger: Ledger =
            serde_json::from_str(r#"{"last":{"at":3600000,"distanceMillis":600000},"calm":0}"#).unwrap();
        ledger.lost(minute(61));
        assert_eq!(ledger.held(minute(61)), Some(minute(70)));
    }

    #[test]
    fn another_process_goes_on() {
        let mut ledger = Ledger::new(minute(0));
        ledger.lost(minute(1));
        ledger.restart(minute(1));
        let text = serde_json::to_string(&ledger).unwrap();
        assert_eq!(text, r#"{"last":{"at":60000,"distanceMillis":600000}}"#);
        let mut next: Ledger = serde_json::from_str(&text).unwrap();
        next.resume(minute(2), true);
        assert_eq!(next, ledger);
        // It is no longer declared, or another one was.
        next.resume(minute(3), false);
        assert_eq!(next, Ledger { calm: Some(minute(3)), ..ledger });
    }
}
