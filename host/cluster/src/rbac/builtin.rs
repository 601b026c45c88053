//! The `ClusterRoles` that every cluster has for its users (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy`).

use super::role::Role;
use super::rule::Rule;
use serde_json::{Value, json};

/// How a role says that it is part of another one.
const LABEL: &str = "rbac.authorization.k8s.io/aggregate-to-";

/// A role of Kubernetes.
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    /// What others select it by, and what it selects.
    pub(crate) object: Value,
    pub(crate) role: Role,
}

/// The roles of Kubernetes.
pub(crate) fn roles() -> Vec<Builtin> {
    let known = |name, object, rules| Builtin { name, object, role: Role::builtin(rules, false) };
    let partly = |name, object, rules| Builtin { name, object, role: Role::builtin(rules, true) };
    vec![
        known("cluster-admin", json!({}), vec![Rule::everything()]),
        known("admin", json!({"aggregationRule": selecting("admin")}), Vec::new()),
        known("edit", json!({"aggregationRule": selecting("edit"), "metadata": selected_by("admin")}), Vec::new()),
        known("view", json!({"aggregationRule": selecting("view"), "metadata": selected_by("edit")}), Vec::new()),
        partly("system:aggregate-to-admin", json!({"metadata": selected_by("admin")}), Vec::new()),
        partly("system:aggregate-to-edit", json!({"metadata": selected_by("edit")}), Vec::new()),
        partly("system:aggregate-to-view", json!({"metadata": selected_by("view")}), readable()),
    ]
}

fn selecting(role: &str) -> Value {
    json!({"clusterRoleSelectors": [{"matchLabels": {format!("{LABEL}{role}"): "true"}}]})
}

fn selected_by(role: &str) -> Value {
    json!({"labels": {format!("{LABEL}{role}"): "true"}})
}

/// What `view` lets its holders read, in all releases since 1.23. There may be more, so the role is known in part.
fn readable() -> Vec<Rule> {
    vec![
        Rule::reads(
            "",
            &[
                "configmaps",
                "endpoints",
                "events",
                "limitranges",
                "namespaces",
                "persistentvolumeclaims",
                "pods",
                "pods/log",
                "pods/status",
                "replicationcontrollers",
                "resourcequotas",
                "serviceaccounts",
                "services",
                "services/status",
            ],
        ),
        Rule::reads(
            "apps",
            &[
                "controllerrevisions",
                "daemonsets",
                "daemonsets/status",
                "deployments",
                "deployments/scale",
                "deployments/status",
                "replicasets",
                "replicasets/scale",
                "replicasets/status",
                "statefulsets",
                "statefulsets/scale",
                "statefulsets/status",
            ],
        ),
        Rule::reads("autoscaling", &["horizontalpodautoscalers", "horizontalpodautoscalers/status"]),
        Rule::reads("batch", &["cronjobs", "cronjobs/status", "jobs", "jobs/status"]),
        Rule::reads("discovery.k8s.io", &["endpointslices"]),
        Rule::reads("networking.k8s.io", &["ingresses", "ingresses/status", "networkpolicies"]),
        Rule::reads("policy", &["poddisruptionbudgets", "poddisruptionbudgets/status"]),
    ]
}
