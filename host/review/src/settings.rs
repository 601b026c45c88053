//! Settings: read like a manifest, and believed when the policy says that they are valid.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use waitwarden_manifest::Entry;

/// Why a text holds no settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Line and column, from 1; none where the text as a whole is wrong.
    pub place: Option<(usize, usize)>,
    /// Why.
    pub message: String,
}

/// Reads a text, YAML or JSON. An empty one is no settings.
///
/// # Errors
/// What cannot be read, is no mapping, or is several documents.
pub fn parse(text: &str) -> Result<Value, Unread> {
    let whole = |message: String| Unread { place: None, message };
    let mut documents = Vec::new();
    for entry in waitwarden_manifest::read(text) {
        match entry {
            Entry::Document(document) => documents.push(document.value),
            Entry::Empty { .. } => {}
            Entry::Broken(broken) => {
                return Err(Unread { place: Some((broken.line, broken.column)), message: broken.message });
            }
        }
    }
    match <[Value; 1]>::try_from(documents) {
        Ok([settings @ Value::Object(_)]) => Ok(settings),
        Ok([Value::Null]) => Ok(Value::Object(Map::new())),
        Ok(_) => Err(whole("settings are a mapping".to_owned())),
        Err(none) if none.is_empty() => Ok(Value::Object(Map::new())),
        Err(many) => Err(whole(format!("settings are one document, and this file has {}", many.len()))),
    }
}

#[derive(Deserialize)]
struct Answer {
    valid: bool,
    message: Option<String>,
}

/// What a policy answered to `validate_settings`.
///
/// # Errors
/// Why the settings are not valid, or why the answer cannot be read.
pub fn verdict(answer: &[u8]) -> Result<(), String> {
    let answer: Answer = serde_json::from_slice(answer)
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
