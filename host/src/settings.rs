//! The settings of the run: read like a manifest, and believed when the policy says that they are valid.

use crate::engine::Policy;
use crate::source::Input;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::Path;
use waitwarden_manifest::Entry;

/// Reads a file, YAML or JSON. No file is no settings.
pub fn read(path: Option<&Path>) -> Result<Value, String> {
    let Some(path) = path else { return Ok(Value::Object(Map::new())) };
    let name = path.display();
    let source = Input::File(path.to_owned()).read().map_err(|error| format!("{name}: {}", error.message))?;
    let mut documents = Vec::new();
    for entry in waitwarden_manifest::read(&source.text) {
        match entry {
            Entry::Document(document) => documents.push(document.value),
            Entry::Empty { .. } => {}
            Entry::Broken(broken) => {
                return Err(format!("{name}:{}:{}: {}", broken.line, broken.column, broken.message));
            }
        }
    }
    match <[Value; 1]>::try_from(documents) {
        Ok([settings @ Value::Object(_)]) => Ok(settings),
        Ok([Value::Null]) => Ok(Value::Object(Map::new())),
        Ok(_) => Err(format!("{name}: settings are a mapping")),
        Err(none) if none.is_empty() => Ok(Value::Object(Map::new())),
        Err(many) => Err(format!("{name}: settings are one document, and this file has {}", many.len())),
    }
}

#[derive(Deserialize)]
struct Answer {
    valid: bool,
    message: Option<String>,
}

/// Asks the policy whether the settings are valid.
pub fn validate(policy: &Policy, settings: &Value) -> Result<(), String> {
    let answer =
        policy.call("validate_settings", settings.to_string().as_bytes()).answer.map_err(|error| error.to_string())?;
    let answer: Answer = serde_json::from_slice(&answer)
        .map_err(|error| format!("the policy's answer about the settings cannot be read: {error}"))?;
    if answer.valid {
        return Ok(());
    }
    Err(answer.message.unwrap_or_else(|| "the policy refuses the settings and does not say why".to_owned()))
}

/// The same settings, for judging an object by itself: nothing is asked of the cluster.
pub fn alone(settings: &Value) -> Value {
    let mut settings = settings.clone();
    if let Some(map) = settings.as_object_mut()
        && let Some(lookups) = map.entry("lookups").or_insert_with(|| json!({})).as_object_mut()
    {
        lookups.insert("mode".to_owned(), json!("off"));
    }
    settings
}

/// The same settings, for showing the plan in templates: a manifest holds no Pods.
pub fn for_templates(settings: &Value) -> Value {
    let mut settings = settings.clone();
    if let Some(map) = settings.as_object_mut() {
        map.insert("mode".to_owned(), json!("mutate"));
        map.insert("inject".to_owned(), json!("templates"));
    }
    settings
}
