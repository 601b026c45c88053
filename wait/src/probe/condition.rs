//! Conditions, as a Job, a Deployment, a Pod and most custom resources have them in their status.

use serde_json::Value;

/// Characters of a reason and a message that are repeated; other people write them.
const MOST: usize = 300;

/// All conditions of an object.
pub(super) fn all(object: &Value) -> &[Value] {
    object.pointer("/status/conditions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The condition of this type.
pub(super) fn find<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    all(object).iter().find(|condition| text(condition, "type") == kind)
}

/// Is the condition of this type True?
pub(super) fn is_true(object: &Value, kind: &str) -> bool {
    find(object, kind).is_some_and(|condition| text(condition, "status") == "True")
}

/// A text of a condition; absent: empty.
pub(super) fn text<'a>(condition: &'a Value, key: &str) -> &'a str {
    condition.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Its reason and its message, where it has any.
pub(super) fn why(condition: &Value) -> Option<String> {
    match (text(condition, "reason"), text(condition, "message")) {
        ("", "") => None,
        (one, "") | ("", one) => Some(bounded(one)),
        (reason, message) => Some(bounded(&format!("{reason}: {message}"))),
    }
}

/// So much of a text that a line can hold it.
pub(super) fn bounded(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
