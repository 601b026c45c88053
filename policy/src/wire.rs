//! The answers as they go over waPC: Kubewarden's `ValidationResponse` and `SettingsValidationResponse`. They are written
//! key by key: the SDK's own types hold the annotations in a map whose order is another one each time, and values that are
//! built first are 4 KiB of wasm.

use serde_json::Value;
use waitwarden_core::Verdict;
use waitwarden_core::finding::compact;

/// 422: the request was understood and refused. 500 would be an error of the policy's own, for the audit scanner too.
const REFUSED: &str = ",\"code\":422";

/// A refusal that is not about the object.
pub(crate) fn refusal(message: &str) -> String {
    refused(message) + "}"
}

/// The verdict on an object. What there is nothing to say of is left out.
pub(crate) fn response(verdict: Verdict, object: &Value) -> String {
    let accepted = verdict.accepted();
    let mut json = if accepted { "{\"accepted\":true".to_owned() } else { refused(&verdict.message(object)) };
    let mut before = ",\"warnings\":[";
    for warning in verdict.warnings() {
        put(&mut json, before, &warning);
        before = ",";
    }
    if before == "," {
        json.push(']');
    }
    before = ",\"audit_annotations\":{\"";
    for (key, text) in [("findings\":", verdict.findings_json()), ("plan\":", verdict.plan)] {
        if let Some(text) = text {
            json.push_str(before);
            put(&mut json, key, &text);
            before = ",\"";
        }
    }
    if before == ",\"" {
        json.push('}');
    }
    if let (true, Some(object)) = (accepted, verdict.object) {
        json.push_str(",\"mutated_object\":");
        json.push_str(&compact(&object));
    }
    json.push('}');
    json
}

/// Whether the settings are valid; else what is wrong with them.
pub(crate) fn settings(message: Option<&str>) -> String {
    let mut json = String::new();
    match message {
        None => json.push_str("{\"valid\":true,\"message\":null}"),
        Some(message) => {
            put(&mut json, "{\"valid\":false,\"message\":", message);
            json.push('}');
        }
    }
    json
}

fn refused(message: &str) -> String {
    let mut json = String::new();
    put(&mut json, "{\"accepted\":false,\"message\":", message);
    json.push_str(REFUSED);
    json
}

/// What stands before, and a JSON string.
fn put(json: &mut String, before: &str, text: &str) {
    json.push_str(before);
    json.push_str(&compact(&Value::from(text)));
}
