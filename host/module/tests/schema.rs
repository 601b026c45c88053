//! `host/schema/settings.schema.json`: the defaults of the README and the settings of the specification, right and wrong.
//! (The tests of the core hold these two to the code.)
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that fails says where")]

use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;
use waitwarden_manifest::{Entry, read};

fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn yaml(text: &str) -> Value {
    match read(text).into_iter().next() {
        Some(Entry::Document(document)) => document.value,
        _ => Value::Null,
    }
}

/// The texts of the blocks that are marked so.
fn blocks<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    let blocks = text.split(mark).skip(1);
    blocks.map(|rest| rest.split_once("```").unwrap().0).collect()
}

fn schema() -> Value {
    serde_json::from_str(&text("host/schema/settings.schema.json")).unwrap()
}

struct Schema {
    schemas: boon::Schemas,
    index: boon::SchemaIndex,
}

impl Schema {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.add_resource("settings.schema.json", schema()).unwrap();
        let index = compiler.compile("settings.schema.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn takes(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).is_ok()
    }
}

/// The defaults of a schema's properties, inside each other.
fn defaults(schema: &Value) -> Value {
    let properties = schema["properties"].as_object().unwrap().iter();
    let values = properties.filter_map(|(name, schema)| {
        let value = match schema.get("default") {
            Some(default) => default.clone(),
            None if schema.get("properties").is_some() => defaults(schema),
            None => return None,
        };
        Some((name.clone(), value))
    });
    Value::Object(values.collect())
}

#[test]
fn the_defaults_are_those_of_the_readme() {
    let readme = text("README.md");
    let blocks = blocks(&readme, "```yaml settings\n");
    let [block] = blocks.as_slice() else { panic!("expected one block with the settings") };
    assert_eq!(defaults(&schema()), yaml(block));
}

#[test]
fn it_takes_what_the_specification_takes() {
    let (schema, specification) = (Schema::new(), text("tests/specs/08-settings.md"));
    let (right, _) = specification.split_once("## Everything wrong").unwrap();
    let right = blocks(right, "```yaml settings\n");
    assert_eq!(right.len(), 2);
    for text in right {
        assert!(schema.takes(&yaml(text)), "{text}");
    }
    for text in ["settings/strict.yaml", "settings/validate.yaml", "after-start/settings.yaml"] {
        let text = self::text(&format!("examples/{text}"));
        assert!(schema.takes(&yaml(&text)), "{text}");
    }
    assert!(!schema.takes(&json!([])));
}

#[test]
fn it_refuses_what_the_specification_refuses() {
    let (schema, specification) = (Schema::new(), text("tests/specs/08-settings.md"));
    let (_, wrong) = specification.split_once("## Everything wrong").unwrap();
    let settings = yaml(blocks(wrong, "```yaml settings\n")[0]);
    // What compares two settings, or lengths of time, or lays a patch over a default, is more than a schema can say.
    let beyond = ["wait.timeout", "wait.interval", "wait.securityContext"];
    let mut refused = 0;
    for line in blocks(wrong, "```text errors\n")[0].lines() {
        let (path, _) = line.split_once(": ").unwrap();
        if beyond.contains(&path) {
            continue;
        }
        let names: Vec<&str> = path.split('.').map(|name| name.split('[').next().unwrap()).collect();
        let value = names.iter().fold(&settings, |value, name| &value[*name]);
        let alone = names.iter().rev().fold(value.clone(), |value, name| {
            Value::Object([((*name).to_owned(), value)].into_iter().collect::<Map<_, _>>())
        });
        assert!(!schema.takes(&alone), "{alone}");
        refused += 1;
    }
    assert!(refused > 20, "{refused}");
    for text in blocks(wrong, "```yaml settings\n") {
        assert!(!schema.takes(&yaml(text)), "{text}");
    }
}

#[test]
fn single_settings_are_judged_as_the_policy_judges_them() {
    let schema = Schema::new();
    for right in [
        json!(null),
        json!({ "wait": null, "mode": null, "findings": null }),
        json!({ "wait": { "timeout": 0, "maxTimeout": "1h30m", "interval": "500ms" } }),
        json!({ "wait": { "timeout": "0", "caConfigMap": { "name": "ca.b", "key": "x" }, "runAsUser": 1 } }),
        json!({ "wait": { "resources": { "limits": { "cpu": 1, "memory": "1.5Gi", "x": "1e3" } } } }),
        json!({ "wait": { "resources": "none", "securityContext": { "runAsGroup": 1 } } }),
        json!({ "allow": { "targets": [], "hosts": ["*.a.b", "10.0.0.0/8", "::1", "fe80::/10"], "namespaces": ["*", "a"] } }),
        json!({ "readiness": { "probe": { "initialDelaySeconds": 0, "periodSeconds": null } } }),
        json!({ "kubernetesVersion": "1.0", "allow": null }),
        json!({ "allow": { "onLoss": ["unready"] } }),
        json!({ "kubernetesVersion": "1.29", "allow": { "onLoss": ["ignore", "unready"] } }),
        json!({ "kubernetesVersion": "1.36", "allow": { "onLoss": ["restart", "unready"] } }),
        json!({ "kubernetesVersion": "1.100", "allow": { "onLoss": ["restart"] }, "wait": { "lossGrace": "500ms" } }),
    ] {
        assert!(schema.takes(&right), "{right}");
    }
    for wrong in [
        json!({ "annotationPrefix": null }),
        json!({ "annotationPrefix": "a..b" }),
        json!({ "kubernetesVersion": "1.033" }),
        json!({ "wait": { "timeout": "1d" } }),
        json!({ "wait": { "timeout": "1s1m" } }),
        json!({ "wait": { "timeout": null } }),
        json!({ "wait": { "interval": 0 } }),
        json!({ "wait": { "image": "a b" } }),
        json!({ "wait": { "resources": {} , "after": ["A"] } }),
        json!({ "wait": { "resources": { "requests": { "cpu": "many" } } } }),
        json!({ "wait": { "resources": { "claims": {} } } }),
        json!({ "allow": { "targets": "tcp" } }),
        json!({ "allow": { "onLoss": ["restart"] } }),
        json!({ "kubernetesVersion": "1.28", "allow": { "onLoss": ["unready"] } }),
        json!({ "kubernetesVersion": "1.35", "allow": { "onLoss": ["restart"] } }),
        json!({ "wait": { "containerName": "watch-dependencies" } }),
        json!({ "wait": { "lossGrace": "0m0s" } }),
        json!({ "wait": { "lossGrace": 0 } }),
        json!({ "wait": { "sidecarResources": { "cpu": "x" } } }),
        json!({ "findings": { "created": "warn" } }),
    ] {
        assert!(!schema.takes(&wrong), "{wrong}");
    }
}
