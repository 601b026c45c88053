//! What the kubelet does in a second: one call of `SyncPod`, or of `SyncTerminatingPod`.

use super::{KUBELET, Node, Record, Run, Unit};
use crate::pod::{Action, Kind, Policy};
use crate::program::Process;
use crate::text::written;

/// What is to be done (`pkg/kubelet/kuberuntime/kuberuntime_manager.go`: `podActions`).
#[derive(Debug, Default)]
struct Actions {
    /// Init containers to start, in order.
    init: Vec<usize>,
    /// Regular containers to start.
    regular: Vec<usize>,
    /// All is done, or has failed for good: the Pod is stopped.
    stop: bool,
}

impl Node {
    pub(super) fn sync(&mut self) {
        if self.over {
            return;
        }
        if self.deleted || self.stopping.is_some() {
            self.resetting = false;
            return self.stop();
        }
        if let Some(code) = self.restarts_all()
            && !std::mem::replace(&mut self.resetting, true)
        {
            self.inside(KUBELET, &format!("restarts all containers, for exit code {code}"));
        }
        if self.resetting {
            return self.reset();
        }
        let actions = if self.sandbox.ready { self.actions() } else { self.create_sandbox() };
        if actions.stop {
            return self.stop();
        }
        for index in actions.init {
            let sidecar = self.units.get(index).is_some_and(|unit| unit.spec.kind == Kind::Sidecar);
            // A sidecar that is left alone for a while does not keep the others waiting (`SyncPod`, step 6).
            if !self.start(index) && !sidecar {
                return;
            }
        }
        for index in actions.regular {
            self.start(index);
        }
    }

    /// The exit code that asks for all containers to be restarted, if any. It stays on record until the others are gone.
    /// (`pkg/kubelet/container/helpers.go`: `ShouldAllContainersRestart`; KEP-5532.)
    fn restarts_all(&self) -> Option<i32> {
        let asks =
            |unit: &Unit| unit.exit_code().filter(|code| unit.spec.rule(*code) == Some(Action::RestartAllContainers));
        self.units.iter().find_map(asks)
    }

    /// There is no sandbox that is ready: the Pod is new, or the node was rebooted. A new one is created and everything
    /// starts from the beginning, except where the Pod is never restarted or has done its work.
    /// (`pkg/kubelet/kuberuntime/kuberuntime_manager.go`: `computePodActions`, where `createPodSandbox`; `purgeInitContainers`.)
    fn create_sandbox(&mut self) -> Actions {
        let policy = self.pod.policy;
        let known = self.units.iter().any(|unit| unit.exit_code().is_some());
        let regular = self.places(Kind::Regular);
        let done = |unit: &Unit| unit.spec.policy.unwrap_or(policy) == Policy::OnFailure && unit.exit_code() == Some(0);
        let left: Vec<usize> =
            regular.iter().copied().filter(|index| !self.units.get(*index).is_some_and(done)).collect();
        let created = regular.iter().filter_map(|index| self.units.get(*index)).any(|unit| unit.exit_code().is_some());
        let never = policy == Policy::Never && self.sandbox.attempts > 0 && known;
        if never || (left.is_empty() && created) {
            return Actions { stop: true, ..Actions::default() };
        }
        self.inside(KUBELET, if self.sandbox.attempts == 0 { "creates the Pod" } else { "creates a new sandbox" });
        self.sandbox.ready = true;
        self.sandbox.attempts += 1;
        for unit in self.units.iter_mut().filter(|unit| unit.spec.kind != Kind::Regular) {
            unit.record = Record::Missing;
        }
        let first: Vec<usize> = self.init().first().copied().into_iter().collect();
        if first.is_empty() {
            Actions { regular: left, ..Actions::default() }
        } else {
            Actions { init: first, ..Actions::default() }
        }
    }

    /// (`pkg/kubelet/kuberuntime/kuberuntime_manager.go`: `computePodActions`.)
    fn actions(&self) -> Actions {
        let (mut actions, initialized) = self.init_actions();
        if actions.stop || !initialized {
            return actions;
        }
        let mut kept = false;
        for index in self.places(Kind::Regular) {
            let Some(unit) = self.units.get(index) else { continue };
            match unit.record {
                Record::Running(_) => kept = true,
                Record::Missing => actions.regular.push(index),
                Record::Exited { code, .. } if unit.spec.restarts(self.pod.policy, code) => actions.regular.push(index),
                Record::Exited { .. } => {}
            }
        }
        // Nothing runs and nothing is to be started: sidecars do not keep a Pod alive, so a Job completes.
        if !kept && actions.regular.is_empty() {
            return Actions { stop: true, ..Actions::default() };
        }
        actions
    }

    /// Init containers in order, from the record of the last one back: what has run does not run again, whether its
    /// record is there or, once a regular container runs, not. Only sidecars are kept running.
    /// (`pkg/kubelet/kuberuntime/kuberuntime_container.go`: `computeInitContainerActions`; KEP-753.)
    fn init_actions(&self) -> (Actions, bool) {
        let mut actions = Actions::default();
        let init = self.init();
        let Some(last) = init.last().copied() else { return (actions, true) };
        let regular = self.places(Kind::Regular);
        let mut initialized = regular.iter().any(|index| self.units.get(*index).is_some_and(Unit::runs));
        let mut previously = initialized;
        for index in init.iter().rev().copied() {
            let Some(unit) = self.units.get(index) else { continue };
            let sidecar = unit.spec.kind == Kind::Sidecar;
            match unit.record {
                Record::Missing => {
                    if previously && sidecar {
                        actions.init.push(index);
                    }
                    continue;
                }
                _ if previously && !sidecar => continue,
                // A sidecar without startup probe is done as soon as it runs; a regular one is waited for.
                Record::Running(_) if sidecar && index == last => initialized = true,
                Record::Running(_) if sidecar && !previously => actions.init.push(index + 1),
                Record::Running(_) => {}
                Record::Exited { .. } if sidecar => actions.init.push(index),
                Record::Exited { code: 0, .. } if index == last => initialized = true,
                Record::Exited { code: 0, .. } => actions.init.push(index + 1),
                Record::Exited { code, .. } if unit.spec.restarts(self.init_policy(), code) => actions.init.push(index),
                Record::Exited { .. } => return (Actions { stop: true, ..Actions::default() }, false),
            }
            previously = true;
        }
        if !previously {
            actions.init.extend(init.first());
        }
        actions.init.reverse();
        (actions, initialized)
    }

    /// Under `Always` an init container that failed is started again, and one that succeeded is not.
    fn init_policy(&self) -> Policy {
        if self.pod.policy == Policy::Never { Policy::Never } else { Policy::OnFailure }
    }

    /// Starts a container, unless it is to be left alone for a while; whether it was started.
    ///
    /// What is not on record is started at once, and after `RestartAllContainers` nothing is: KEP-5532 speaks of a backoff
    /// there too, and the code has no exit to reckon one from.
    /// (`pkg/kubelet/kuberuntime/kuberuntime_manager.go`: `doBackOff`.)
    fn start(&mut self, index: usize) -> bool {
        let now = self.world.now;
        let Some(unit) = self.units.get_mut(index) else { return false };
        let name = unit.spec.name.clone();
        if let Record::Exited { at, .. } = unit.record {
            let until = unit.backoff.until(at);
            if now < until {
                if !std::mem::replace(&mut unit.backs_off, true) {
                    self.inside(&name, &format!("is in CrashLoopBackOff for {}", written(until - at)));
                }
                return false;
            }
            unit.backoff.next(at, now);
        }
        let process = match &unit.spec.program {
            Some(program) => program.start(&self.volume),
            None => Process::application(&unit.behaviour),
        };
        unit.record = Record::Running(Run { since: now, process, stop: None });
        unit.worker.created(unit.spec.readiness);
        unit.backs_off = false;
        unit.starts += 1;
        let what = if unit.starts == 1 { "starts" } else { "starts again" };
        self.inside(&name, what);
        true
    }

    fn init(&self) -> Vec<usize> {
        let units = self.units.iter().enumerate();
        units.filter(|(_, unit)| unit.spec.kind != Kind::Regular).map(|(index, _)| index).collect()
    }

    fn places(&self, kind: Kind) -> Vec<usize> {
        let units = self.units.iter().enumerate();
        units.filter(|(_, unit)| unit.spec.kind == kind).map(|(index, _)| index).collect()
    }
}
