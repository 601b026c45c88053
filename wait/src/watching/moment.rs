//! Moments that mean the same in every process of a Pod: milliseconds since its machine was started (`CLOCK_BOOTTIME`).
//! Nobody sets that clock, and it goes on while the machine sleeps.

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Moment(u64);

impl Moment {
    /// This one.
    pub(crate) fn now() -> Self {
        let time = clock_gettime(ClockId::Boottime);
        let part = |number: i64| u64::try_from(number).unwrap_or_default();
        Self(part(time.tv_sec).saturating_mul(1_000).saturating_add(part(time.tv_nsec) / 1_000_000))
    }

    /// How long it is after another one; nothing where it is not.
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The moment so much later.
    pub(crate) fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)))
    }

    /// So many milliseconds after the start of the machine.
    #[cfg(test)]
    pub(crate) const fn at(millis: u64) -> Self {
        Self(millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_and_nothing_overflows() {
        let (first, second) = (Moment::now(), Moment::now());
        assert!(first <= second && first > Moment::at(0));
        assert_eq!(Moment::at(1_500).since(Moment::at(400)), Duration::from_millis(1_100));
        assert_eq!(Moment::at(400).since(Moment::at(1_500)), Duration::ZERO);
        assert_eq!(Moment::at(400).after(Duration::from_secs(1)), Moment::at(1_400));
        assert_eq!(Moment::at(u64::MAX).after(Duration::MAX), Moment::at(u64::MAX));
    }
}
