//! What `examples/shop` looks like in every format, with the plans that the policy made of it. `BLESS=1` writes what
//! comes out to `tests/data`.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

#[path = "support/file.rs"]
mod file;

use file::{data, read};
use serde_json::Value;
use waitwarden_graph::{Graph, Timeouts, rbac, render};

fn compare(name: &str, text: &str) {
    let path = data(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{name} is another one now: `BLESS=1` writes it, `git diff` shows it");
}

#[test]
fn the_shop_in_every_format() {
    let (workloads, objects) = read("shop.json");
    let graph = Graph::build(&workloads, &objects, Timeouts::default());
    compare("shop.mmd", &render::mermaid(&graph));
    compare("shop.dot", &render::dot(&graph));
    compare("shop.graph.json", &render::json(&graph));
    compare("shop.txt", &render::text(&graph));
    compare("shop.svg", &render::svg(&graph));
    compare("shop.rbac.yaml", &rbac::yaml(&rbac::roles(&workloads)));
}

#[test]
fn three_namespaces_with_a_cycle_in_every_format() {
    let (workloads, objects) = read("tiers.json");
    let graph = Graph::build(&workloads, &objects, Timeouts::default());
    compare("tiers.mmd", &render::mermaid(&graph));
    compare("tiers.dot", &render::dot(&graph));
    compare("tiers.txt", &render::text(&graph));
    compare("tiers.rbac.yaml", &rbac::yaml(&rbac::roles(&workloads)));
}

#[test]
fn an_empty_graph_is_drawn_too() {
    let graph = Graph::build(&[], &[], Timeouts::default());
    assert_eq!(render::mermaid(&graph), "flowchart LR\n");
    assert_eq!(render::text(&graph), "nothing waits, and nothing is waited for\n");
    assert!(render::svg(&graph).ends_with("</svg>\n"));
    assert_eq!(rbac::yaml(&rbac::roles(&[])), "# No wait asks the API server for anything: no Role is needed.\n");
}

#[test]
fn json_is_as_its_schema_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/graph.json");
    let mut schemas = boon::Schemas::new();
    let schema = boon::Compiler::new().compile(path, &mut schemas).unwrap();
    for name in ["shop.json", "tiers.json"] {
        let (workloads, objects) = read(name);
        let text = render::json(&Graph::build(&workloads, &objects, Timeouts::default()));
        let value: Value = serde_json::from_str(&text).unwrap();
        if let Err(error) = schemas.validate(&value, schema) {
            panic!("{name}: {error:#}");
        }
    }
    let wrong = serde_json::json!({"version": 2});
    assert!(schemas.validate(&wrong, schema).is_err());
}
