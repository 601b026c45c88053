//! The `plan` audit annotation: what was understood, for hosts, which parse no declaration.

use crate::annotation::Declaration;
use crate::dependency::{Port, Target};
use serde_json::{Value, json};

/// What was understood of a declaration; `workload` is the object that carries it.
pub(crate) fn understood(declaration: &Declaration, template: &Value, workload: &str) -> Value {
    let account = template.pointer("/spec/serviceAccountName").and_then(Value::as_str).unwrap_or("default");
    let dependencies: Vec<Value> = declaration
        .dependencies
        .iter()
        .map(|declared| {
            let target = &declared.dependency.target;
            let namespace = target.namespace();
            let ask = |group: &str, resource: &str, verbs: &[&str]| {
                json!({ "apiGroup": group, "resource": resource, "verbs": verbs, "namespace": namespace })
            };
            let asks = match target {
                Target::Service { port, .. } => {
                    let mut asks = vec![ask("discovery.k8s.io", "endpointslices", &["list", "watch"])];
                    if matches!(port, Some(Port::Number(_))) {
                        asks.push(ask("", "services", &["get"]));
                    }
                    asks
                }
                Target::Job { .. } => vec![ask("batch", "jobs", &["get", "list", "watch"])],
                Target::Workload { kind, .. } => vec![ask("apps", &format!("{}s", kind.word()), &["get", "list", "watch"])],
                Target::Pods { .. } => vec![ask("", "pods", &["list", "watch"])],
                Target::Custom { group, plural, .. } => vec![ask(group, plural, &["get", "list", "watch"])],
                Target::Tcp { .. } | Target::Http { .. } | Target::Grpc { .. } | Target::Dns { .. } => Vec::new(),
            };
            json!({
                "target": target.to_string(),
                "namespace": namespace,
                "options": declared.dependency.options.to_string().trim_start(),
                "span": [declared.span.start, declared.span.end],
                "asks": asks,
            })
        })
        .collect();
    json!({ "workload": workload, "serviceAccount": account, "dependencies": dependencies })
}
