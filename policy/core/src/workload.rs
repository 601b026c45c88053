//! The kinds that carry a Pod, and where in them it stands.

use crate::path::at;
use serde_json::Value;

/// API group, kind, JSON pointer of what holds the Pod's `metadata` and `spec`.
const KINDS: [(&str, &str, &str); 9] = [
    ("", "Pod", ""),
    ("", "PodTemplate", "/template"),
    ("", "ReplicationController", "/spec/template"),
    ("apps", "DaemonSet", "/spec/template"),
    ("apps", "Deployment", "/spec/template"),
    ("apps", "ReplicaSet", "/spec/template"),
    ("apps", "StatefulSet", "/spec/template"),
    ("batch", "CronJob", "/spec/jobTemplate/spec/template"),
    ("batch", "Job", "/spec/template"),
];

/// Where the Pod stands in an object of this kind; none for kinds that are not handled.
/// Group and kind count together: an `apps.kruise.io` StatefulSet is another kind.
pub(crate) fn template(group: &str, kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(g, k, _)| *g == group && *k == kind).map(|(_, _, pointer)| *pointer)
}

/// What controls an object.
pub(crate) fn controller(object: &Value) -> Option<&Value> {
    let owners = at(object, "/metadata/ownerReferences")?.as_array()?;
    owners.iter().find(|owner| owner.get("controller") == Some(&Value::Bool(true)))
}

/// The controller owner of an object, if it is of a kind that is handled: its kind and name.
pub(crate) fn handled_owner(object: &Value) -> Option<(&str, &str)> {
    let owner = controller(object)?;
    let kind = owner.get("kind")?.as_str()?;
    let version = owner.get("apiVersion")?.as_str()?;
    let group = version.split_once('/').map_or("", |(group, _)| group);
    template(group, kind).map(|_| (kind, owner.get("name").and_then(Value::as_str).unwrap_or_default()))
}

/// Does the Pod run on Windows, where the wait program does not?
pub(crate) fn is_windows(pod: &Value) -> bool {
    at(pod, "/spec/os/name").is_some_and(|name| name == "windows")
        || at(pod, "/spec/nodeSelector")
            .and_then(|labels| labels.get("kubernetes.io/os"))
            .is_some_and(|name| name == "windows")
}

/// Is it the API server's image of a static Pod, which only the kubelet may change?
pub(crate) fn is_mirror(pod: &Value) -> bool {
    at(pod, "/metadata/annotations").is_some_and(|all| all.get("kubernetes.io/config.mirror").is_some())
}
