//! The settings' JSON Schema takes what the policy takes: `host/schema/settings.schema.json`.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use boon::{Compiler, SchemaIndex, Schemas};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::sync::LazyLock;
use waitwarden_core::Settings;
use waitwarden_core::settings::{LOOKUP_RULES, TARGETS};
use waitwarden_tests::root;

fn schema() -> Value {
    let text = fs::read_to_string(root().join("host/schema/settings.schema.json")).expect("the schema");
    serde_json::from_str(&text).expect("the schema is JSON")
}

fn keys(schema: &Value, pointer: &str) -> BTreeSet<String> {
    schema.pointer(pointer).and_then(Value::as_object).expect(pointer).keys().cloned().collect()
}

#[test]
fn it_names_the_words_of_the_policy() {
    let schema = schema();
    let rules: BTreeSet<String> = LOOKUP_RULES.iter().map(|&rule| rule.to_owned()).collect();
    assert_eq!(keys(&schema, "/properties/findings/properties"), rules);
    assert_eq!(schema.pointer("/properties/allow/properties/targets/anyOf/1/items/enum"), Some(&json!(TARGETS)));
}

/// Values that fit some settings and not others.
fn values() -> impl Strategy<Value = Value> {
    let words = [
        "mutate",
        "templates",
        "waitwarden.io",
        "1.28",
        "1.29",
        "1.33",
        "1.36",
        "1.036",
        "all",
        "a",
        "A",
        "a.b",
        "a b",
        "",
        "auto",
        "none",
        "tcp",
        "last",
        "Always",
        "never",
        "strict",
        "only-port",
        "off",
        "ignore",
        "warn",
        "reject",
        "unready",
        "restart",
        "service",
        "*",
        "*.a.b",
        "10.0.0.0/8",
        "10.0.0.0/33",
        "1.2.3.4",
        "300.0.0.0/8",
        "fe80::/10",
        "::/129",
        "*.*",
        "a..b",
        "-a",
        "::1",
        "0",
        "0s",
        "5m",
        "500ms",
        "1h30m",
        "1s1m",
        "2d",
        "watch-dependencies",
    ];
    let leaf = prop_oneof![
        4 => proptest::sample::select(words.to_vec()).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => proptest::sample::select(vec![0_i64, 1, 5, -1, 2_147_483_647, 2_147_483_648]).prop_map(Value::from),
        1 => Just(json!({})),
        1 => Just(json!({ "cpu": "10m", "memory": 1 })),
        1 => Just(json!({ "cpu": "lots" })),
        1 => Just(json!({ "requests": { "cpu": "1" } })),
        1 => Just(json!({ "name": "ca", "key": "x" })),
        1 => Just(json!({ "name": "ca" })),
        1 => Just(json!({ "runAsGroup": 1 })),
    ];
    prop_oneof![3 => leaf.clone(), 1 => proptest::collection::vec(leaf, 0..3).prop_map(Value::from)]
}

/// Some settings at their places.
fn settings() -> impl Strategy<Value = Value> {
    let mut paths = Vec::new();
    places(&schema(), &mut Vec::new(), &mut paths);
    proptest::collection::vec((proptest::sample::select(paths), values()), 0..3).prop_map(|chosen| {
        let mut settings = json!({});
        for (path, value) in chosen {
            let mut at = &mut settings;
            for name in path {
                if !at.is_object() {
                    *at = json!({});
                }
                at = at.as_object_mut().expect("a mapping").entry(name).or_insert(Value::Object(Map::new()));
            }
            *at = value;
        }
        settings
    })
}

fn places(schema: &Value, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        path.push(name.clone());
        paths.push(path.clone());
        places(schema, path, paths);
        path.pop();
    }
}

/// What a schema cannot say: it would compare two settings, or lengths of time, or lay a patch over a default.
const BEYOND: [&str; 3] = ["it is longer than `wait.maxTimeout`", "it is shorter than 500ms", "`restricted` refuses"];

static COMPILED: LazyLock<(Schemas, SchemaIndex)> = LazyLock::new(|| {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("settings.schema.json", schema()).expect("a resource");
    let index = compiler.compile("settings.schema.json", &mut schemas).expect("a schema");
    (schemas, index)
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn it_takes_what_the_policy_takes(settings in settings()) {
        let (schemas, index) = &*COMPILED;
        let errors = Settings::read(&settings).err().unwrap_or_default();
        match schemas.validate(&settings, *index) {
            Ok(()) => {
                let more = errors.iter().filter(|error| !BEYOND.iter().any(|text| error.contains(text)));
                prop_assert_eq!(more.collect::<Vec<_>>(), Vec::<&String>::new(), "the schema takes {}", settings);
            }
            Err(error) => prop_assert!(!errors.is_empty(), "the policy takes {settings}, and the schema says {error}"),
        }
    }
}
