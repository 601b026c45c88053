//! Readiness probes: what a container's worker in the kubelet knows.
//! (`pkg/kubelet/prober/worker.go`: `doProbe`; `pkg/kubelet/prober/prober_manager.go`: `UpdatePodStatus`.)

use crate::Seconds;
use crate::pod::Probe;

/// The worker of one container; it outlives the container's restarts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Worker {
    /// What the kubelet says of the container.
    pub(crate) ready: bool,
    last: Option<bool>,
    run: u32,
}

impl Worker {
    /// A container was created: not ready until a probe says so (`newWorker`: `initialValue = results.Failure`), and
    /// ready at once where there is no probe (`UpdatePodStatus`: `ready = !exists`).
    pub(crate) fn created(&mut self, probe: Option<Probe>) {
        self.ready = probe.is_none();
    }

    /// A container that does not run is not ready (`doProbe`: "Non-running container probed").
    pub(crate) fn stopped(&mut self) {
        self.ready = false;
    }

    /// Whether a probe is due, `age` seconds after the container started: after the delay, then once in a period. (The
    /// worker's ticker and its manual trigger make the first one come at once.)
    pub(crate) fn due(probe: Probe, age: Seconds) -> bool {
        let first = probe.delay.max(1);
        age >= first && (age - first).is_multiple_of(probe.period)
    }

    /// A probe was answered. The state changes once it has answered the same as often as its threshold says.
    pub(crate) fn answered(&mut self, probe: Probe, passed: bool) {
        self.run = if self.last == Some(passed) { self.run.saturating_add(1) } else { 1 };
        self.last = Some(passed);
        if self.run >= if passed { probe.successes } else { probe.failures } {
            self.ready = passed;
        }
    }
}
