//! How containers are stopped: when the Pod ends, and when all of them are restarted.

use super::{KUBELET, Node, Record, Stop, Unit};
use crate::Seconds;
use crate::pod::Kind;

/// The shortest time between SIGTERM and SIGKILL, whatever was asked for
/// (`pkg/kubelet/kuberuntime/kuberuntime_container.go`: `killContainer`, `minimumGracePeriodInSeconds`).
const SHORTEST: Seconds = 2;

/// The Pod is being stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopping {
    /// When its grace period is over.
    until: Seconds,
}

impl Node {
    /// A round of stopping the Pod: first all other containers, then the sidecars in reverse order, one after the other
    /// (`pkg/kubelet/kuberuntime/kuberuntime_termination_order.go`: `newTerminationOrdering`; KEP-753). Nothing is started
    /// again meanwhile (KEP-4438 would start sidecars again; alpha).
    pub(super) fn stop(&mut self) {
        let now = self.world.now;
        let until = self.stopping.map_or(now.saturating_add(self.pod.grace), |stopping| stopping.until);
        self.stopping = Some(Stopping { until });
        let killed = until.max(now.saturating_add(SHORTEST));
        let mut running: Vec<usize> = self.running(|unit| unit.spec.kind != Kind::Sidecar);
        if running.is_empty() {
            running.extend(self.running(|unit| unit.spec.kind == Kind::Sidecar).last());
        }
        if running.is_empty() {
            return self.ended();
        }
        for index in running {
            self.tell_to_stop(index, killed);
        }
    }

    /// The phase of a Pod whose containers have all ended (`pkg/kubelet/kubelet_pods.go`: `getPhase`, where sidecars do not
    /// count); one that was deleted is removed.
    pub(super) fn ended(&mut self) {
        self.over = true;
        let mut regular = self.units.iter().filter(|unit| unit.spec.kind == Kind::Regular);
        let succeeded = regular.all(|unit| unit.exit_code() == Some(0));
        let what = match (self.deleted, succeeded) {
            (true, _) => "removes the Pod",
            (false, true) => "says that the Pod has Succeeded",
            (false, false) => "says that the Pod has Failed",
        };
        self.inside(KUBELET, what);
    }

    /// A round of `RestartAllContainers`: containers are told to stop one after the other, without preStop hooks and with
    /// no grace period, which is two seconds; then all are forgotten, and so start from the beginning in the next round.
    /// The sandbox and the volumes stay. (`pkg/kubelet/kuberuntime/kuberuntime_manager.go`: `getContainersToReset`,
    /// `SyncPod`; KEP-5532.)
    pub(super) fn reset(&mut self) {
        let now = self.world.now;
        if let Some(index) = self.running(|_| true).into_iter().next() {
            return self.tell_to_stop(index, now.saturating_add(SHORTEST));
        }
        self.resetting = false;
        for unit in &mut self.units {
            unit.record = Record::Missing;
            unit.backs_off = false;
        }
    }

    fn tell_to_stop(&mut self, index: usize, killed: Seconds) {
        let now = self.world.now;
        let Some(unit) = self.units.get_mut(index) else { return };
        let Record::Running(run) = &mut unit.record else { return };
        if run.stop.is_some() {
            return;
        }
        let (takes, code) = run.process.told_to_stop();
        run.stop = Some(Stop { ends: now.saturating_add(takes), code, killed });
        let name = unit.spec.name.clone();
        self.inside(&name, "is told to stop");
    }

    /// The places of the containers that run.
    fn running(&self, which: impl Fn(&Unit) -> bool) -> Vec<usize> {
        let units = self.units.iter().enumerate();
        units.filter(|(_, unit)| unit.runs() && which(unit)).map(|(index, _)| index).collect()
    }
}
