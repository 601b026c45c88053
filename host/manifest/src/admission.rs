//! Requests to an admission controller, as `AdmissionReview` files hold them.

use serde_json::Value;

/// The `AdmissionRequest` in a document, with its JSON pointer: that of an `AdmissionReview`, or the document itself.
///
/// A request has an `operation`, a `kind` with group, version and kind, and an object or an old one. Nothing that can be
/// applied looks like it: there `kind` is a string.
pub(crate) fn request(value: &Value) -> Option<(&'static str, &Value)> {
    let is_request = |value: &Value| {
        value.get("operation").is_some_and(Value::is_string)
            && value.get("kind").and_then(|kind| kind.get("kind")).is_some_and(Value::is_string)
            && ["object", "oldObject"].iter().any(|key| value.get(key).is_some_and(Value::is_object))
    };
    if is_request(value) {
        return Some(("", value));
    }
    value.get("request").filter(|request| is_request(request)).map(|request| ("/request", request))
}
