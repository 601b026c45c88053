//! `deployment/NAME`, `statefulset/NAME`, `daemonset/NAME`: it can serve; with `replicas=all` every replica can, and is of
//! the newest template.

use super::Means;
use super::condition;
use super::object::{Object, Resource};
use crate::reason::{Kind, Observation, Pace, Reason};
use serde_json::Value;
use waitwarden_core::dependency::{Replicas, WorkloadKind};

/// A workload that should be ready.
pub(crate) struct Workload {
    object: Object,
    kind: WorkloadKind,
    replicas: Replicas,
}

impl Workload {
    /// This one.
    pub(crate) fn new(
        means: Means,
        kind: WorkloadKind,
        namespace: Option<String>,
        name: String,
        replicas: Replicas,
    ) -> Self {
        let called = match kind {
            WorkloadKind::DaemonSet => "DaemonSet",
            WorkloadKind::Deployment => "Deployment",
            WorkloadKind::StatefulSet => "StatefulSet",
        };
        let resource = Resource {
            group: "apps".to_owned(),
            version: "v1".to_owned(),
            plural: format!("{}s", kind.word()),
            kind: called.to_owned(),
        };
        let target = format!("{}/{name}", kind.word());
        Self { object: Object::new(means, resource, namespace, name, target), kind, replicas }
    }

    /// Waits for a change of it.
    pub(crate) async fn observe(&mut self) -> (Observation, Pace) {
        let Self { object, kind, replicas } = self;
        object.observe(|workload| Rollout::read(*kind, workload).judge(*replicas)).await
    }
}

/// What a workload says of itself. Sources: Kubernetes apps/v1 `DeploymentStatus`, `StatefulSetStatus`, `DaemonSetStatus`;
/// kubectl's `rollout_status.go`.
struct Rollout {
    kind: WorkloadKind,
    /// Has its controller seen the newest generation?
    seen: bool,
    /// Replicas that should be: for a DaemonSet its nodes, which only its controller knows.
    wanted: u64,
    /// Replicas that are, old ones and those beyond the wanted too.
    present: u64,
    ready: u64,
    /// Replicas of the newest template.
    updated: u64,
    /// Replicas that keep the old template, as a StatefulSet's partition says.
    kept: u64,
    /// A Deployment's condition Available.
    available: bool,
    /// What keeps a rollout from going on by itself; else empty.
    hint: &'static str,
}

impl Rollout {
    fn read(kind: WorkloadKind, workload: &Value) -> Self {
        let number = |pointer: &str| workload.pointer(pointer).and_then(Value::as_u64);
        let count = |pointer: &str| number(pointer).unwrap_or(0);
        let text = |pointer: &str| workload.pointer(pointer).and_then(Value::as_str);
        let daemon_set = kind == WorkloadKind::DaemonSet;
        let mut updated = count(if daemon_set { "/status/updatedNumberScheduled" } else { "/status/updatedReplicas" });
        // With OnDelete `currentRevision` stays behind even when all Pods are new, so it cannot be asked for more than this.
        let revision = text("/status/updateRevision");
        if revision.is_some() && revision == text("/status/currentRevision") {
            updated = updated.max(count("/status/currentReplicas"));
        }
        Self {
            kind,
            seen: count("/status/observedGeneration") >= count("/metadata/generation"),
            wanted: if daemon_set {
                count("/status/desiredNumberScheduled")
            } else {
                number("/spec/replicas").unwrap_or(1)
            },
            present: count("/status/replicas"),
            ready: count(if daemon_set { "/status/numberReady" } else { "/status/readyReplicas" }),
            updated,
            kept: count("/spec/updateStrategy/rollingUpdate/partition"),
            available: condition::is_true(workload, "Available"),
            hint: if workload.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
                "; the Deployment is paused"
            } else if text("/spec/updateStrategy/type") == Some("OnDelete") {
                "; its update strategy is OnDelete: a Pod is updated when somebody deletes it"
            } else {
                ""
            },
        }
    }

    fn judge(&self, replicas: Replicas) -> Observation {
        let Self { wanted, ready, .. } = *self;
        // What a DaemonSet wants is not known before its controller has seen it.
        let all = replicas == Replicas::All;
        let text = if !self.seen && (all || (self.kind == WorkloadKind::DaemonSet && wanted == 0)) {
            "its controller has not seen its newest generation yet".to_owned()
        } else if wanted == 0 {
            if all {
                return Observation::Ready(Some("it is scaled to zero".to_owned()));
            }
            let why = match self.kind {
                WorkloadKind::DaemonSet => "no node is to run it",
                WorkloadKind::Deployment | WorkloadKind::StatefulSet => "no replica gets ready before it is scaled up",
            };
            format!("it is scaled to zero: {why}")
        } else if all {
            match self.all() {
                Some(text) => text,
                None => return Observation::Ready(None),
            }
        } else if ready == 0 {
            format!("0 of {wanted} replicas are ready")
        } else if self.kind == WorkloadKind::Deployment && !self.available {
            format!("{ready} of {wanted} replicas are ready, too few for its condition Available")
        } else {
            return Observation::Ready(None);
        };
        Observation::Waiting(Reason::new(Kind::NotReady, text))
    }

    /// What is missing until every replica is updated and ready, if anything.
    fn all(&self) -> Option<String> {
        let Self { wanted, present, ready, updated, kept, .. } = *self;
        let new = wanted.saturating_sub(kept);
        if updated < new {
            let kept = if kept > 0 { format!(" (the partition keeps {kept} old)") } else { String::new() };
            return Some(format!(
                "{updated} of {new} replicas are updated{kept}, {} of {wanted} are ready{}",
                ready.min(wanted),
                self.hint
            ));
        }
        // Among more replicas than wanted the ready ones may be the old ones.
        if ready < wanted {
            Some(format!("{ready} of {wanted} replicas are ready"))
        } else if ready < present {
            Some(format!(
                "{ready} of {present} replicas are ready, where {wanted} are wanted: not all old ones are gone"
            ))
        } else {
            None
        }
    }
}
