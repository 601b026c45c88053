//! The JSON Schema of the graph, made from its types: `schema/graph.json`. `BLESS=1` writes it.

use super::Wire;

#[test]
fn the_schema_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/graph.json");
    let text = serde_json::to_string_pretty(&schemars::schema_for!(Wire<'static>)).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), text, "`BLESS=1` writes it");
}
