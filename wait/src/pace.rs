//! How long to sleep between two looks.

use crate::reason::Pace;
use std::time::Duration;

/// The longest sleep on errors, unless the interval is longer.
const SLOWEST: Duration = Duration::from_secs(30);
/// Intervals vary by this part in both directions, so that Pods that started together do not ask together.
const JITTER: f64 = 0.2;

/// Sleeps of one dependency.
#[derive(Debug)]
pub(crate) struct Pacer {
    interval: Duration,
    slow: Duration,
}

impl Pacer {
    /// Sleeps around `interval`.
    pub(crate) const fn new(interval: Duration) -> Self {
        Self { interval, slow: interval }
    }

    /// The next sleep.
    pub(crate) fn next(&mut self, pace: Pace) -> Duration {
        let sleep = match pace {
            Pace::Now => return Duration::ZERO,
            Pace::Steady => {
                self.slow = self.interval;
                self.interval
            }
            Pace::Slower => {
                let sleep = self.slow;
                self.slow = sleep.saturating_mul(2).min(SLOWEST.max(self.interval));
                sleep
            }
        };
        sleep.mul_f64(1.0 - JITTER + 2.0 * JITTER * fastrand::f64())
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
        about(Pace::Now, 0.0);
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
