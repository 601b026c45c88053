//! How long a container that exited is left alone.

use crate::Seconds;

/// The first delay and the longest (`pkg/kubelet/kubelet.go`: `newCrashLoopBackOff`; KEP-4603).
const DELAYS: (Seconds, Seconds) = (10, 300);

/// The entry of one container (`k8s.io/client-go/util/flowcontrol/backoff.go`: `Backoff`).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Backoff {
    entry: Option<(Seconds, Seconds)>,
}

impl Backoff {
    /// Until when a container that exited at `exited` is left alone. The first exit finds no entry, so that it is started
    /// again at once (kubernetes#133472); an entry that was last used twice the longest delay before the exit, ten
    /// minutes, has expired (`IsInBackOffSince`, `hasExpired`).
    pub(super) fn until(self, exited: Seconds) -> Seconds {
        match self.entry {
            Some((delay, used)) if !expired(exited, used) => exited.saturating_add(delay),
            _ => exited,
        }
    }

    /// The container is started (`Next`): the delay doubles for the next time.
    pub(super) fn next(&mut self, exited: Seconds, now: Seconds) {
        let (first, longest) = DELAYS;
        let delay = match self.entry {
            Some((delay, used)) if !expired(exited, used) => delay.saturating_mul(2).min(longest),
            _ => first,
        };
        self.entry = Some((delay, now));
    }
}

fn expired(exited: Seconds, used: Seconds) -> bool {
    exited.saturating_sub(used) > 2 * DELAYS.1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The delays of a container that runs for so many seconds each time.
    fn delays(runs: &[Seconds]) -> Vec<Seconds> {
        let mut backoff = Backoff::default();
        let mut now = 0;
        let delay = |run: &Seconds| {
            let exited = now + run;
            now = backoff.until(exited);
            backoff.next(exited, now);
            now - exited
        };
        runs.iter().map(delay).collect()
    }

    #[test]
    fn delays_double_and_end_after_ten_minutes_of_running() {
        assert_eq!(delays(&[3; 9]), [0, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(delays(&[3, 3, 600, 601, 3]), [0, 10, 20, 0, 10]);
    }
}
