//! How long to sleep between two looks.

use crate::reason::Pace;
use std::time::Duration;

/// The longest sleep on errors, unless the interval is longer.
const SLOWER: Duration = Duration::from_secs(30);
/// The longest sleep between questions that cost the API server something: at most ten in ten minutes.
const RARE: Duration = Duration::from_mins(2);
/// Sleeps vary by this part in both directions, so that Pods that started together do not ask together.
const JITTER: f64 = 0.2;

/// Sleeps of one dependency.
#[derive(Debug)]
pub(crate) struct Pacer {
    interval: Duration,
    /// The next sleep where they get longer.
    longer: Duration,
}

impl Pacer {
    /// Sleeps around `interval`.
    pub(crate) const fn new(interval: Duration) -> Self {
        Self { interval, longer: interval }
    }

    /// The next sleep.
    pub(crate) fn next(&mut self, pace: Pace) -> Duration {
        let (sleep, least) = match pace {
            Pace::Event | Pace::Steady => {
                self.longer = self.interval;
                (if pace == Pace::Event { Duration::ZERO } else { self.interval }, Duration::ZERO)
            }
            Pace::Slower => (self.grow(SLOWER), Duration::ZERO),
            Pace::Rare => (self.grow(RARE), Duration::ZERO),
            Pace::After(least) => (self.grow(SLOWER), least),
        };
        let vary = |time: Duration, from: f64| time.mul_f64(from + 2.0 * JITTER * fastrand::f64());
        // Never before what was asked for.
        vary(sleep, 1.0 - JITTER).max(vary(least, 1.0))
    }

    /// This sleep; the next one is twice as long.
    fn grow(&mut self, most: Duration) -> Duration {
        let most = most.max(self.interval);
        let sleep = self.longer.min(most);
        self.longer = sleep.saturating_mul(2).min(most);
        sleep
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_slow_down_to_half_a_minute_and_success_recovers() {
        let mut pacer = Pacer::new(Duration::from_secs(2));
        let mut about = |pace, seconds: f64| {
            let sleep = pacer.next(pace).as_secs_f64();
            assert!((0.8 * seconds..=1.2 * seconds).contains(&sleep), "{sleep} is not about {seconds}");
        };
        for seconds in [2.0, 4.0, 8.0, 16.0, 30.0, 30.0] {
            about(Pace::Slower, seconds);
        }
        about(Pace::Steady, 2.0);
        about(Pace::Slower, 2.0);
        about(Pace::Event, 0.0);
        for seconds in [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 120.0, 120.0] {
            about(Pace::Rare, seconds);
        }
        about(Pace::Slower, 30.0);
    }

    #[test]
    fn rare_questions_are_at_most_ten_in_ten_minutes() {
        let mut pacer = Pacer::new(Duration::from_secs(2));
        let sleeps = (0..10).map(|_| pacer.next(Pace::Rare).as_secs_f64() / 0.8).sum::<f64>();
        assert!(sleeps >= 484.0, "{sleeps}");
    }

    #[test]
    fn what_the_server_asks_for_is_the_least() {
        let mut pacer = Pacer::new(Duration::from_secs(2));
        for _ in 0..9 {
            let sleep = pacer.next(Pace::After(Duration::from_mins(1))).as_secs_f64();
            assert!((60.0..=84.0).contains(&sleep), "{sleep}");
        }
    }

    #[test]
    fn a_longer_interval_is_kept_on_errors() {
        let mut pacer = Pacer::new(Duration::from_mins(1));
        for _ in 0..3 {
            let sleep = pacer.next(Pace::Slower).as_secs_f64();
            assert!((48.0..=72.0).contains(&sleep), "{sleep}");
        }
    }
}
