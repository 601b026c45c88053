//! The JSON Schema of the configuration, made from the flags: `schema/config.json`. `BLESS=1` writes it.

use super::{FILE, KEYS, SUPPRESSIONS, argument};
use crate::args::Cli;
use clap::{Arg, ArgAction, CommandFactory};
use serde_json::{Map, Value, json};

fn schema() -> Value {
    let command = Cli::command();
    let mut properties: Map<String, Value> = KEYS
        .iter()
        .map(|key| {
            let arg = argument(key.name, &command).unwrap();
            let help = arg.get_help().unwrap().to_string();
            let mut schema = json!({"description": help});
            schema.as_object_mut().unwrap().extend(of(arg, key.name).as_object().unwrap().clone());
            (key.name.to_owned(), schema)
        })
        .collect();
    let text = json!({"type": "string", "minLength": 1});
    properties.insert(
        SUPPRESSIONS.to_owned(),
        json!({
            "description": "Warnings and notes that are not shown, where nobody can write a comment",
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["rule", "reason"],
                "properties": {
                    "rule": text,
                    "path": {"description": "A glob of files, or of a chart's files in rendered output", "type": "string", "minLength": 1},
                    "object": {"description": "A glob of objects, as `Deployment shop/*`", "type": "string", "minLength": 1},
                    "reason": text,
                    "until": {"description": "The last day", "type": "string", "format": "date"},
                },
            },
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FILE,
        "description": "How a project is checked by waitwarden. Paths are relative to the file.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn of(arg: &Arg, name: &str) -> Value {
    let words: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let one = match arg.get_action() {
        ArgAction::SetTrue => return json!({"type": "boolean"}),
        _ if name == "format" => json!({"type": "string", "pattern": format!("^({})(=.+)?$", words.join("|"))}),
        _ if words.is_empty() => json!({"type": "string", "minLength": 1}),
        _ => json!({"enum": words}),
    };
    match arg.get_action() {
        ArgAction::Append => json!({"anyOf": [one, {"type": "array", "items": one}]}),
        _ => one,
    }
}

#[test]
fn the_schema_is_that_of_the_flags() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/config.json");
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), text, "`make bless` writes it");
}

#[test]
fn the_schema_takes_what_the_program_takes() {
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("config.json", schema()).unwrap();
    let index = compiler.compile("config.json", &mut schemas).unwrap();
    let valid = |text: &str| schemas.validate(&value(text), index).is_ok();
    for right in [
        "suppressions: [{rule: a, reason: b, until: \"2030-01-31\"}]\n",
        "settings: a.yaml\nformat: [text, sarif=out.sarif]\nfail-on: warning\nquiet: true\n",
        "format: json\n",
    ] {
        assert!(valid(right), "{right}");
    }
    for wrong in [
        "fail_on: warning\n",
        "quiet: 1\n",
        "color: blue\n",
        "format: xml\n",
        "settings: [a]\n",
        "namespace: ''\n",
        "suppressions: [{rule: a}]\n",
    ] {
        assert!(!valid(wrong), "{wrong}");
    }
}

fn value(text: &str) -> Value {
    match waitwarden_manifest::read(text).into_iter().next() {
        Some(waitwarden_manifest::Entry::Document(document)) => document.value,
        _ => Value::Null,
    }
}
