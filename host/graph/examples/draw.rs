//! Renders a file of workloads, objects and plans: `cargo run -p waitwarden-graph --example draw -- FILE FORMAT`. FILE is
//! JSON, `{"workloads": [{"namespace", "object", "plan"}], "objects": [{"namespace", "object"}]}`, as in `tests/data`.

use serde_json::Value;
use std::io::Write as _;
use waitwarden_graph::{Graph, Object, Timeouts, Workload, rbac, render};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(format)) = (arguments.next(), arguments.next()) else {
        return Err("expected FILE and one of mermaid, dot, json, text, svg, rbac".into());
    };
    let input: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    let list = |key: &str| input.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let of = |item: &Value, key: &str| item.get(key).cloned().unwrap_or_default();
    let namespace = |item: &Value| item.get("namespace").and_then(Value::as_str).unwrap_or_default().to_owned();
    let workloads: Vec<Workload> = list("workloads")
        .iter()
        .map(|item| Workload {
            object: of(item, "object"),
            namespace: namespace(item),
            plan: item.get("plan").cloned(),
            timeout: None,
        })
        .collect();
    let objects: Vec<Object> =
        list("objects").iter().map(|item| Object { object: of(item, "object"), namespace: namespace(item) }).collect();
    let graph = Graph::build(&workloads, &objects, Timeouts::default());
    let text = match format.as_str() {
        "mermaid" => render::mermaid(&graph),
        "dot" => render::dot(&graph),
        "json" => render::json(&graph),
        "text" => render::text(&graph),
        "svg" => render::svg(&graph),
        "rbac" => rbac::yaml(&rbac::roles(&workloads)),
        _ => return Err(format!("unknown format `{format}`").into()),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}
