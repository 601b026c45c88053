//! The form that is made of a schema, and that nothing that is chosen in it is refused later.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;
use waitwarden_module::questions;

#[test]
fn each_kind_of_setting_has_its_field() {
    let schema = json!({
        "properties": {
            "mode": { "title": "Mode", "description": "One. Two. Three.", "enum": ["a", "b", null], "default": "a" },
            "on": { "title": "On", "type": "boolean", "default": true },
            "time": { "title": "Time", "anyOf": [{ "const": "auto" }, { "$ref": "#/$defs/time" }], "default": "auto" },
            "only": { "title": "Only", "enum": ["x"] },
            "any": { "title": "Any" },
            "deep": {
                "title": "Deep",
                "type": ["object", "null"],
                "x-show-if": "mode=a",
                "properties": {
                    "size": { "title": "Size", "type": ["integer", "null"], "minimum": 1, "default": null },
                    "image": { "title": "Image", "type": "string", "default": "i:1", "x-follows-release": true },
                    "names": { "title": "Names", "type": "array", "items": { "type": "string" }, "default": ["n"] },
                    "words": { "title": "Words", "anyOf": [{ "const": "all" }, { "type": "array", "items": { "enum": ["x", "y"] } }], "default": "all" },
                    "one": { "title": "One", "type": "array", "items": { "enum": ["x"] } },
                    "free": { "title": "Free", "type": "object" },
                    "more": { "title": "More", "anyOf": [
                        { "enum": ["auto", "none"] },
                        { "type": "object", "properties": { "cpu": { "type": "string" } } },
                    ], "default": "none" },
                    "deeper": { "title": "Deeper", "anyOf": [{ "type": "null" }, {
                        "type": "object",
                        "properties": { "key": { "title": "Key", "type": "string", "x-show-if": "deep.size" } },
                    }] },
                },
            },
        },
        "$defs": { "time": { "description": "How long.", "anyOf": [{ "type": "string" }, { "const": 0 }] } },
    });
    let form = questions(&schema).unwrap();
    let expected = json!([
        { "variable": "mode", "label": "Mode", "description": "One.", "tooltip": "Two. Three.", "group": "General", "type": "enum", "options": ["a", "b"], "default": "a" },
        { "variable": "on", "label": "On", "group": "General", "type": "boolean", "default": true },
        { "variable": "time", "label": "Time", "group": "General", "type": "string", "default": "auto" },
        { "variable": "deep.size", "label": "Size", "group": "Deep", "type": "int", "min": 1, "show_if": "mode=a" },
        { "variable": "deep.image", "label": "Image", "group": "Deep", "type": "string", "show_if": "mode=a" },
        { "variable": "deep.names", "label": "Names", "group": "Deep", "type": "array[", "default": ["n"], "show_if": "mode=a" },
        { "variable": "deep.words", "label": "Words", "group": "Deep", "type": "array[", "show_if": "mode=a" },
        { "variable": "deep.more", "label": "More", "group": "Deep", "type": "enum", "options": ["auto", "none"], "default": "none", "show_if": "mode=a" },
        { "variable": "deep.deeper.key", "label": "Key", "group": "Deep", "type": "string", "show_if": "deep.size" },
    ]);
    // As texts: the order counts.
    assert_eq!(format!("{:#}", form.questions["questions"]), format!("{expected:#}"));
    assert_eq!(form.left_out, ["only", "any", "deep.one", "deep.free", "deep.more as a mapping"]);
}

#[test]
fn a_schema_that_no_form_can_be_made_of_is_refused() {
    let schema = json!({
        "properties": {
            "a": { "type": "string" },
            "b": { "title": "B", "$ref": "#/$defs/none" },
            "c": true,
            "d": { "$ref": "#/$defs/d" },
            "e": { "$ref": "#/$defs/e" },
            "f": { "$ref": "#/$defs/f" },
        },
        "$defs": {
            "d": { "$ref": "#/$defs/d" },
            "e": { "anyOf": [{ "$ref": "#/$defs/e" }] },
            "f": { "type": "object", "properties": { "f": { "$ref": "#/$defs/f" } } },
        },
    });
    let mistakes: Vec<String> = questions(&schema).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        mistakes,
        [
            "a: it has no title; expected the label of its field",
            "b: \"#/$defs/none\" leads to nothing; expected one of `#/$defs`",
            "c: it is no schema; expected a mapping",
            "d: its references lead in a circle",
            "e: its alternatives lead in a circle",
            "f.f.f.f.f.f.f: more than 6 mappings inside each other",
        ]
    );
}

/// The settings with one value at a path.
fn put(settings: &mut Value, path: &str, value: Value) {
    let mut at = settings;
    for name in path.split('.') {
        at = at.as_object_mut().unwrap().entry(name).or_insert(Value::Object(Map::new()));
    }
    *at = value;
}

/// Rancher writes the default of every field that it shows.
#[test]
fn what_the_form_writes_is_valid() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/settings.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("settings.schema.json", schema.clone()).unwrap();
    let index = compiler.compile("settings.schema.json", &mut schemas).unwrap();
    let form = questions(&schema).unwrap();
    let questions = form.questions["questions"].as_array().unwrap();
    let mut shown = json!({});
    for question in questions {
        if let Some(default) = question.get("default") {
            put(&mut shown, question["variable"].as_str().unwrap(), default.clone());
        }
    }
    assert_eq!(
        shown["lookups"],
        json!({
            "mode": "optional",
            "identity": "system:serviceaccount:kubewarden:policy-server",
        })
    );
    assert!(schemas.validate(&shown, index).is_ok(), "{shown:#}");
    for question in questions {
        for option in question.get("options").and_then(Value::as_array).into_iter().flatten() {
            let mut chosen = shown.clone();
            put(&mut chosen, question["variable"].as_str().unwrap(), option.clone());
            assert!(schemas.validate(&chosen, index).is_ok(), "{question} {option}");
        }
        // What hides a field is asked before it.
        if let Some(condition) = question.get("show_if").and_then(Value::as_str) {
            let before = condition.split(['=', '|']).next().unwrap();
            let place = |name: &str| questions.iter().position(|question| question["variable"] == name);
            assert!(place(before).unwrap() < place(question["variable"].as_str().unwrap()).unwrap(), "{condition}");
            assert!(!condition.contains('!'), "{condition}");
        }
    }
}
