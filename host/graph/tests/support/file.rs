//! Workloads and objects out of `tests/data`, with the plans that the policy made of them.

use serde_json::Value;
use std::path::{Path, PathBuf};
use waitwarden_graph::{Object, Workload};

/// A file of `tests/data`.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// What a file holds: `{"workloads": [{"namespace", "object", "plan"}], "objects": [{"namespace", "object"}]}`.
pub(crate) fn read(name: &str) -> (Vec<Workload>, Vec<Object>) {
    let input: Value = serde_json::from_slice(&std::fs::read(data(name)).unwrap()).unwrap();
    let list = |key: &str| input.get(key).and_then(Value::as_array).cloned().unwrap();
    let of = |item: &Value, key: &str| item.get(key).cloned().unwrap();
    let namespace = |item: &Value| of(item, "namespace").as_str().unwrap().to_owned();
    let workloads = list("workloads").into_iter().map(|item| Workload {
        object: of(&item, "object"),
        namespace: namespace(&item),
        plan: item.get("plan").cloned(),
        timeout: None,
    });
    let objects = list("objects").into_iter();
    let objects = objects.map(|item| Object { object: of(&item, "object"), namespace: namespace(&item) });
    (workloads.collect(), objects.collect())
}
