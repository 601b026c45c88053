//! JSON that is known beforehand.

use serde_json::Value;

/// The value of a literal, which is JSON. As text it is a quarter of the wasm that building it is.
pub(crate) fn fixed(literal: &'static str) -> Value {
    serde_json::from_slice(literal.as_bytes()).unwrap_or_default()
}
