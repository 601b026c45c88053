//! The rules about the rest of the cluster, and how bad each is where the settings say nothing.

use crate::finding::Severity;

/// The rule of objects that are not there.
pub(crate) const UNKNOWN_DEPENDENCY: &str = "unknown-dependency";
/// The rule of Services that never have endpoints.
pub(crate) const SERVICE_WITHOUT_ENDPOINTS: &str = "service-without-endpoints";
/// The rule of ports that a Service does not have.
pub(crate) const UNKNOWN_SERVICE_PORT: &str = "unknown-service-port";
/// The rule of Services whose selector fits no Pods.
pub(crate) const SERVICE_SELECTS_NOTHING: &str = "service-selects-nothing";
/// The rule of Services that publish Pods before they are ready.
pub(crate) const PUBLISHES_NOT_READY: &str = "publishes-not-ready-addresses";
/// The rule of Pods that wait for themselves.
pub(crate) const SELF_DEPENDENCY: &str = "self-dependency";
/// The rule of Pods that are waited for and ready as soon as they run.
pub(crate) const WITHOUT_READINESS: &str = "dependency-without-readiness-probe";
/// The rule of workloads that wait for each other.
pub(crate) const DEPENDENCY_CYCLE: &str = "dependency-cycle";
/// The rule of service accounts that may not look at what they wait for.
pub(crate) const MISSING_PERMISSION: &str = "missing-permission";
/// The rule of Jobs that are deleted after they finish.
pub(crate) const JOB_EXPIRES: &str = "job-expires";
/// The rule of Jobs that were complete before this release.
pub(crate) const JOB_STALE: &str = "job-stale";
/// The rule of hooks that run only after what waits for them.
pub(crate) const HOOK_DEADLOCK: &str = "hook-deadlock";
/// The rule of timeouts that are longer than a rollout may take.
pub(crate) const OUTLASTS_ROLLOUT: &str = "wait-outlasts-rollout";
/// The rule of Pods that use the node's names.
pub(crate) const HOST_NETWORK_DNS: &str = "host-network-dns";
/// The rule of connections that a mesh opens for everybody.
pub(crate) const MESH_FALSE_POSITIVE: &str = "mesh-false-positive";
/// The rule of objects that were renamed, with their declarations left as they were.
pub(crate) const DEPENDENCY_RENAMED: &str = "dependency-renamed";
/// The rule of losses that go on from one to the next.
pub(crate) const LOSS_CASCADE: &str = "loss-cascade";
/// The rule of lookups that did not work.
pub(crate) const LOOKUP_FAILED: &str = "lookup-failed";

/// How bad it is where the settings do not say.
pub(super) fn severity(rule: &str) -> Severity {
    match rule {
        DEPENDENCY_CYCLE | HOOK_DEADLOCK | SELF_DEPENDENCY | SERVICE_WITHOUT_ENDPOINTS | UNKNOWN_SERVICE_PORT => {
            Severity::Error
        }
        DEPENDENCY_RENAMED | JOB_STALE | LOOKUP_FAILED | PUBLISHES_NOT_READY => Severity::Note,
        _ => Severity::Warning,
    }
}
