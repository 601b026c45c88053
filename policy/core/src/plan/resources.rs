//! What our containers request: the QoS class of the Pod stays as it is.

use super::list;
use crate::finding::{Finding, Severity};
use crate::path::at;
use crate::quantity::nanos;
use crate::settings::{Resources, Settings};
use serde_json::{Map, Value, json};

/// Below this the kernel kills the program.
const LEAST_MEMORY: &str = "32Mi";

/// Those of the wait container: the smallest of the regular containers', so that a quota that the application satisfies
/// is satisfied, and the scheduler reserves nothing more.
pub(super) fn of_wait(template: &Value, base: &str, settings: &Settings, findings: &mut Vec<Finding>) -> Option<Value> {
    match &settings.wait.resources {
        Resources::Fixed(Value::Null) => return None,
        Resources::Fixed(fixed) => return Some(fixed.clone()),
        Resources::Auto => {}
    }
    let mut result = like_containers(template, |_, smallest| smallest);
    let least = json!(LEAST_MEMORY);
    let memory = |result: &Map<String, Value>, kind: &str| result.get(kind)?.get("memory").cloned();
    if let Some(limit) = memory(&result, "limits").filter(|limit| nanos(limit) < nanos(&least)) {
        // An equal request goes with the limit, or a guaranteed Pod would become burstable.
        let equal = memory(&result, "requests").is_some_and(|request| nanos(&request) == nanos(&limit));
        for kind in if equal { &["requests", "limits"][..] } else { &["limits"][..] } {
            if let Some(map) = result.get_mut(*kind).and_then(Value::as_object_mut) {
                map.insert("memory".to_owned(), least.clone());
            }
        }
        findings.push(Finding::new(
            "memory-raised",
            Severity::Warning,
            format!("{base}/spec/containers"),
            format!("the wait container gets {LEAST_MEMORY} of memory, more than the smallest container's limit"),
        ));
    }
    (!result.is_empty()).then_some(Value::Object(result))
}

/// Those of the sidecar: the setting's, which come on top of the application's.
pub(super) fn of_watch(template: &Value, settings: &Settings) -> Option<Value> {
    let quantities = &settings.wait.sidecar_resources;
    let result = like_containers(template, |name, smallest| quantities.get(name).cloned().unwrap_or(smallest));
    (!result.is_empty()).then_some(Value::Object(result))
}

/// Requests and limits, for cpu and memory each, where every regular container has them: then the QoS class stays. The
/// quantity is chosen by the name of the resource and the smallest one that is there.
/// Source: Kubernetes `pkg/apis/core/v1/helper/qos`.
fn like_containers(template: &Value, mut choose: impl FnMut(&str, Value) -> Value) -> Map<String, Value> {
    if at(template, "/spec/resources").is_some_and(|resources| !resources.is_null()) {
        return Map::new();
    }
    let containers = list(template, "containers");
    let value = |container: &Value, kind: &str, name: &str| {
        container.get("resources")?.get(kind)?.get(name).filter(|value| nanos(value).is_some()).cloned()
    };
    let mut smallest = |kind: &'static str, name: &'static str| {
        // Kubernetes takes a missing request from the limit.
        let of = |container: &Value| {
            value(container, kind, name)
                .or_else(|| if kind == "requests" { value(container, "limits", name) } else { None })
        };
        let all: Option<Vec<Value>> = containers.iter().map(of).collect();
        Some(choose(name, all?.into_iter().min_by_key(nanos)?))
    };
    let mut result = Map::new();
    for (kind, cpu, memory) in [
        ("requests", smallest("requests", "cpu"), smallest("requests", "memory")),
        ("limits", smallest("limits", "cpu"), smallest("limits", "memory")),
    ] {
        let map: Map<String, Value> = [("cpu", cpu), ("memory", memory)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        if !map.is_empty() {
            result.insert(kind.to_owned(), Value::Object(map));
        }
    }
    result
}
