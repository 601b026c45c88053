//! Workloads for tests, written as short as they can be.

use serde_json::{Value, json};
use waitwarden_graph::{Object, Workload};

/// A Deployment with the label `app: NAME`, and what it depends on: `TARGET OPTION…`, as the policy writes it.
pub(crate) fn deployment(namespace: &str, name: &str, dependencies: &[&str]) -> Workload {
    workload("apps/v1", "Deployment", namespace, name, dependencies)
}

/// A workload of any kind, with the label `app: NAME`.
pub(crate) fn workload(version: &str, kind: &str, namespace: &str, name: &str, dependencies: &[&str]) -> Workload {
    let object = json!({
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"template": {"metadata": {"labels": {"app": name}}, "spec": {}}},
    });
    let plan = (!dependencies.is_empty()).then(|| {
        let dependencies: Vec<Value> = dependencies
            .iter()
            .map(|text| {
                let (target, options) = text.split_once(' ').unwrap_or((text, ""));
                json!({"target": target, "namespace": null, "options": options, "span": [0, 1], "asks": []})
            })
            .collect();
        json!({"serviceAccount": "default", "dependencies": dependencies})
    });
    Workload { object, namespace: namespace.to_owned(), plan, timeout: None }
}

/// A Service that selects `app: APP`.
pub(crate) fn service(namespace: &str, name: &str, app: &str) -> Object {
    object(
        namespace,
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"selector": {"app": app}},
        }),
    )
}

/// Any object.
pub(crate) fn object(namespace: &str, object: Value) -> Object {
    Object { object, namespace: namespace.to_owned() }
}
