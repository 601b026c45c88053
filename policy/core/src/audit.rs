//! The `plan` audit annotation: what was understood, for hosts, which parse no declaration.

use crate::annotation::Declaration;
use crate::dependency::{Port, Target};
use serde_json::Value;

/// What was understood of a declaration, as JSON; `workload` is the object that carries it. Every request that declares
/// something pays for this text, so it is written at once and not built as a value first.
pub(crate) fn understood(declaration: &Declaration, template: &Value, workload: &str) -> String {
    let account = template.get("spec").and_then(|spec| spec.get("serviceAccountName")).and_then(Value::as_str);
    let mut text = String::with_capacity(256 + declaration.dependencies.len() * 384);
    let mut put = |piece: &str| text.push_str(piece);
    put("{\"workload\":");
    put(&quoted(workload));
    put(",\"serviceAccount\":");
    put(&quoted(account.unwrap_or("default")));
    put(",\"dependencies\":[");
    for (at, declared) in declaration.dependencies.iter().enumerate() {
        let target = &declared.dependency.target;
        let namespace = target.namespace().map_or_else(|| "null".to_owned(), quoted);
        put(if at == 0 { "{\"target\":" } else { ",{\"target\":" });
        put(&quoted(&target.to_string()));
        put(",\"namespace\":");
        put(&namespace);
        put(",\"options\":");
        put(&quoted(declared.dependency.options.to_string().trim_start()));
        put(&format!(",\"span\":[{},{}]", declared.span.start, declared.span.end));
        put(",\"asks\":[");
        for (at, Ask { group, resource, verbs, .. }) in asks(target).iter().enumerate() {
            put(if at == 0 { "{\"apiGroup\":" } else { ",{\"apiGroup\":" });
            put(&quoted(group));
            put(",\"resource\":");
            put(&quoted(resource));
            put(",\"verbs\":[\"");
            for (at, verb) in verbs.iter().enumerate() {
                put(if at == 0 { "" } else { "\",\"" });
                put(verb);
            }
            put("\"]");
            put(",\"namespace\":");
            put(&namespace);
            put("}");
        }
        put("]}");
    }
    put("]}");
    text
}

/// A question to the API server.
pub(crate) struct Ask<'t> {
    pub(crate) group: &'t str,
    pub(crate) resource: String,
    pub(crate) verbs: &'static [&'static str],
    /// The object's name, where it is asked for by name.
    pub(crate) name: Option<&'t str>,
}

/// What the wait program asks the API server for a target.
pub(crate) fn asks(target: &Target) -> Vec<Ask<'_>> {
    const BY_NAME: &[&str] = &["get", "list", "watch"];
    const BY_LABEL: &[&str] = &["list", "watch"];
    let ask = |group, resource: &str, verbs, name| Ask { group, resource: resource.to_owned(), verbs, name };
    match target {
        Target::Service { port, name, .. } => {
            let mut asks = vec![ask("discovery.k8s.io", "endpointslices", BY_LABEL, None)];
            if matches!(port, Some(Port::Number(_))) {
                asks.push(ask("", "services", &["get"], Some(name)));
            }
            asks
        }
        Target::Job { name, .. } => vec![ask("batch", "jobs", BY_NAME, Some(name))],
        Target::Workload { kind, name, .. } => {
            vec![ask("apps", &format!("{}s", kind.word()), BY_NAME, Some(name))]
        }
        Target::Pods { .. } => vec![ask("", "pods", BY_LABEL, None)],
        Target::Custom { group, plural, name, .. } => vec![ask(group, plural, BY_NAME, Some(name))],
        Target::Tcp { .. } | Target::Http { .. } | Target::Grpc { .. } | Target::Dns { .. } => Vec::new(),
    }
}

/// A JSON string.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
