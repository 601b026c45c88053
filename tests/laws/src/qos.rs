//! The quality of service of a Pod, as Kubernetes tells it. The tests of the core include this file: a dependency on this crate
//! would link them to the engine.

use serde_json::Value;

/// The QoS class. Source: Kubernetes `pkg/apis/core/v1/helper/qos/qos.go`, with requests defaulted from limits.
pub(crate) fn qos(spec: &Value) -> &'static str {
    let lists = ["containers", "initContainers"];
    let all: Vec<&Value> = lists.iter().flat_map(|key| spec[*key].as_array().into_iter().flatten()).collect();
    let of = |container: &Value, kind: &str, name: &str| match &container["resources"][kind][name] {
        Value::Null if kind == "requests" => container["resources"]["limits"][name].clone(),
        value => value.clone(),
    };
    let pairs = || ["requests", "limits"].into_iter().flat_map(|kind| ["cpu", "memory"].map(|name| (kind, name)));
    let any = |container: &&Value| pairs().any(|(kind, name)| !of(container, kind, name).is_null());
    let guaranteed = |container: &&Value| {
        ["cpu", "memory"].iter().all(|name| {
            let limit = of(container, "limits", name);
            !limit.is_null() && limit == of(container, "requests", name)
        })
    };
    if !all.iter().any(any) {
        "BestEffort"
    } else if all.iter().all(guaranteed) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}
