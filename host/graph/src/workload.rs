//! What comes in: objects, each with the namespace that it will be in, and how they are told from each other.

use serde_json::{Map, Value};
use std::time::Duration;

/// A workload: any object whose Pods may wait, or that others may wait for.
#[derive(Debug, Clone)]
pub struct Workload {
    /// A Deployment, StatefulSet, `DaemonSet`, `ReplicaSet`, `ReplicationController`, Job, `CronJob`, Pod,
    /// `PodTemplate` or custom resource, as it stands in the manifest.
    pub object: Value,
    /// The namespace that it will be in.
    pub namespace: String,
    /// What the policy understood of its declaration: the value of the audit annotation `plan`.
    pub plan: Option<Value>,
    /// The timeout of its whole wait, where settings or annotations give one; zero is for ever. None:
    /// [`Timeouts`](crate::Timeouts) says it.
    pub timeout: Option<Duration>,
}

/// Any other object: Services, custom resources without Pods. What cannot be waited for is passed over.
#[derive(Debug, Clone)]
pub struct Object {
    /// As it stands in the manifest.
    pub object: Value,
    /// The namespace that it will be in.
    pub namespace: String,
}

/// The kinds with Pods that are built into Kubernetes: API group, kind, JSON pointer of what holds the Pod's metadata
/// and spec.
const BUILT_IN: [(&str, &str, &str); 9] = [
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

/// Group, kind and name of an object; with its namespace they tell it from all others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

impl Identity {
    /// Of an object, whatever is missing in it.
    pub(crate) fn of(object: &Value) -> Self {
        let name = text(object, "/metadata/name").map(str::to_owned);
        let made = || text(object, "/metadata/generateName").map(|prefix| format!("{prefix}*"));
        Self::new(
            text(object, "/apiVersion").unwrap_or_default(),
            text(object, "/kind").unwrap_or_default(),
            name.or_else(made).unwrap_or_default(),
        )
    }

    fn new(version: &str, kind: &str, name: String) -> Self {
        let group = version.split_once('/').map_or("", |(group, _)| group);
        Self { group: group.to_owned(), kind: kind.to_owned(), name }
    }

    /// The kind as a word of an id: in lower case, with its group where it is not one of Kubernetes' own workloads.
    pub(crate) fn word(&self) -> String {
        let kind = self.kind.to_lowercase();
        if self.group.is_empty() || self.pointer().is_some() { kind } else { format!("{kind}.{}", self.group) }
    }

    /// Where its Pod stands, if it is a built-in kind.
    fn pointer(&self) -> Option<&'static str> {
        BUILT_IN
            .iter()
            .find(|(group, kind, _)| *group == self.group && *kind == self.kind)
            .map(|(.., pointer)| *pointer)
    }
}

/// What holds metadata and spec of the Pods; of a custom resource, `spec.template`, where they all have it.
fn template<'o>(identity: &Identity, object: &'o Value) -> Option<&'o Value> {
    object.pointer(identity.pointer().unwrap_or("/spec/template"))
}

/// The labels of its Pods; none where it makes no Pods.
pub(crate) fn pod_labels<'o>(identity: &Identity, object: &'o Value) -> Option<&'o Map<String, Value>> {
    if identity.kind == "PodTemplate" {
        return None;
    }
    template(identity, object)?.pointer("/metadata/labels")?.as_object()
}

/// Do its Pods run to completion?
pub(crate) fn runs_to_completion(identity: &Identity, object: &Value) -> bool {
    let policy = template(identity, object).and_then(|template| text(template, "/spec/restartPolicy"));
    matches!(policy, Some("Never" | "OnFailure"))
}

/// The object that made this one and looks after it.
pub(crate) fn controller(object: &Value) -> Option<Identity> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|owner| owner.get("controller") == Some(&Value::Bool(true)))?;
    Some(Identity::new(text(owner, "/apiVersion")?, text(owner, "/kind")?, text(owner, "/name")?.to_owned()))
}

/// A text at a JSON pointer.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

/// The plurals that a kind may have in URLs. A manifest says only the kind; these are the guess of Kubernetes
/// (`UnsafeGuessKindToResource`), the plain `s` (gateways), and a kind that is a plural itself (endpoints).
pub(crate) fn plurals(kind: &str) -> [String; 3] {
    let kind = kind.to_lowercase();
    let guess = match (kind.strip_suffix('y'), kind.ends_with('s')) {
        (Some(stem), _) => format!("{stem}ies"),
        (None, true) => format!("{kind}es"),
        (None, false) => format!("{kind}s"),
    };
    [guess, format!("{kind}s"), kind]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kinds_have_words_and_plurals() {
        let word = |version: &str, kind: &str| Identity::new(version, kind, String::new()).word();
        assert_eq!(word("apps/v1", "Deployment"), "deployment");
        assert_eq!(word("v1", "Pod"), "pod");
        assert_eq!(word("apps.kruise.io/v1beta1", "StatefulSet"), "statefulset.apps.kruise.io");
        for (kind, plural) in [
            ("Certificate", "certificates"),
            ("GatewayClass", "gatewayclasses"),
            ("NetworkPolicy", "networkpolicies"),
            ("Gateway", "gateways"),
            ("Endpoints", "endpoints"),
        ] {
            assert!(plurals(kind).contains(&plural.to_owned()), "{kind}");
        }
    }

    #[test]
    fn labels_are_those_of_the_pods() {
        let labelled = json!({"metadata": {"labels": {"app": "x"}}, "spec": {"restartPolicy": "OnFailure"}});
        let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": labelled}}}});
        let rollout = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"template": labelled}});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"app": "x"}}, "spec": {}});
        let template = json!({"apiVersion": "v1", "kind": "PodTemplate", "template": labelled});
        for (object, expected, ends) in
            [(&cron, Some("x"), true), (&rollout, Some("x"), true), (&pod, Some("x"), false), (&template, None, true)]
        {
            let identity = Identity::of(object);
            assert_eq!(pod_labels(&identity, object).and_then(|labels| labels["app"].as_str()), expected, "{object}");
            assert_eq!(runs_to_completion(&identity, object), ends, "{object}");
        }
    }
}
