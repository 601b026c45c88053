//! The settings of the run: read like a manifest, and believed when the policy says that they are valid.

pub use waitwarden_review::settings::{alone, for_templates, parse, verdict};

use crate::engine::Policy;
use crate::source::Input;
use serde_json::{Map, Value};
use std::path::Path;

/// Reads a file, YAML or JSON. No file is no settings.
pub fn read(path: Option<&Path>) -> Result<Value, String> {
    let Some(path) = path else { return Ok(Value::Object(Map::new())) };
    let name = path.display();
    let source = Input::File(path.to_owned()).read().map_err(|error| format!("{name}: {}", error.message))?;
    parse(&source.text).map_err(|error| match error.place {
        Some((line, column)) => format!("{name}:{line}:{column}: {}", error.message),
        None => format!("{name}: {}", error.message),
    })
}

/// Asks the policy whether the settings are valid.
pub fn validate(policy: &Policy, settings: &Value) -> Result<(), String> {
    let answer =
        policy.call("validate_settings", settings.to_string().as_bytes()).answer.map_err(|error| error.to_string())?;
    verdict(&answer)
}
