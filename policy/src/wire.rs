//! The answers as they go over waPC: Kubewarden's `ValidationResponse`, written key by key, because the SDK's own type
//! holds the annotations in a map whose order is another one each time.

use serde_json::{Map, Value, json};
use waitwarden_core::Verdict;

/// 422: the request was understood and refused. 500 would be an error of the policy's own, for the audit scanner too.
const REFUSED: u16 = 422;

/// A refusal that is not about the object.
pub(crate) fn refusal(message: &str) -> Value {
    json!({ "accepted": false, "message": message, "code": REFUSED })
}

/// The verdict on an object. What there is nothing to say of is left out.
pub(crate) fn response(verdict: Verdict, object: &Value) -> Value {
    let accepted = verdict.accepted();
    let mut response = if accepted { json!({ "accepted": true }) } else { refusal(&verdict.message(object)) };
    let Some(map) = response.as_object_mut() else {
        return response;
    };
    let warnings = verdict.warnings();
    if !warnings.is_empty() {
        map.insert("warnings".to_owned(), json!(warnings));
    }
    let annotations: Map<String, Value> = [("findings", verdict.findings_json()), ("plan", verdict.plan)]
        .into_iter()
        .filter_map(|(key, text)| Some((key.to_owned(), Value::String(text?))))
        .collect();
    if !annotations.is_empty() {
        map.insert("audit_annotations".to_owned(), Value::Object(annotations));
    }
    if let (true, Some(object)) = (accepted, verdict.object) {
        map.insert("mutated_object".to_owned(), object);
    }
    response
}
