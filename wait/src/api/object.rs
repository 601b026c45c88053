//! Reads objects of the API server and keeps only what probes look at: a list of a thousand Pods would not fit into the
//! container's memory with their templates, statuses and managed fields.

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// What is kept of a value.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// All of it.
    All,
    /// Of an object these members.
    Members(&'static [(&'static str, Self)]),
    /// Of an object these members, and everything that is no object and no list.
    Scalars(&'static [(&'static str, Self)]),
    /// Of a list every element, in this shape.
    Each(&'static Self),
    /// Nothing of an object or a list.
    Scalar,
}

/// An object: what any probe looks at. Also a `Status`, which is what a watch ends with.
const OBJECT: Shape = Shape::Members(&[
    (
        "metadata",
        Shape::Members(&[
            ("name", Shape::All),
            ("generation", Shape::All),
            ("deletionTimestamp", Shape::All),
            ("resourceVersion", Shape::All),
        ]),
    ),
    ("spec", Shape::Scalars(&[("updateStrategy", Shape::All), ("ports", Shape::All)])),
    ("status", Shape::Scalars(&[("conditions", Shape::All)])),
    ("endpoints", Shape::Each(&Shape::Members(&[("conditions", Shape::All)]))),
    ("ports", Shape::All),
    ("details", Shape::All),
    ("code", Shape::Scalar),
    ("message", Shape::Scalar),
]);

/// A list of objects.
const LIST: Shape = Shape::Members(&[
    ("metadata", Shape::Members(&[("resourceVersion", Shape::All)])),
    ("items", Shape::Each(&OBJECT)),
]);

/// A line of a watch.
const EVENT: Shape = Shape::Members(&[("type", Shape::Scalar), ("object", OBJECT)]);

/// Reads an object.
pub(super) fn object(json: &[u8]) -> Option<Value> {
    read(json, OBJECT)
}

/// Reads a list.
pub(super) fn list(json: &[u8]) -> Option<Value> {
    read(json, LIST)
}

/// Reads a line of a watch.
pub(super) fn event(json: &[u8]) -> Option<Value> {
    read(json, EVENT)
}

/// Reads it all; `serde_json` ends with an error 128 levels down.
fn read(json: &[u8], shape: Shape) -> Option<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = shape.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(value)
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shape {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let element = match self {
            Self::All => Self::All,
            Self::Each(shape) => *shape,
            Self::Members(_) | Self::Scalars(_) | Self::Scalar => {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Value::Null);
            }
        };
        let mut kept = Vec::new();
        while let Some(value) = list.next_element_seed(element)? {
            kept.push(value);
        }
        Ok(Value::Array(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let member =
                |members: &[(&str, Self)]| members.iter().find(|(name, _)| *name == key).map(|(_, shape)| *shape);
            let shape = match self {
                Self::All => Some(Self::All),
                Self::Members(members) => member(members),
                Self::Scalars(members) => Some(member(members).unwrap_or(Self::Scalar)),
                Self::Each(_) | Self::Scalar => None,
            };
            match shape {
                Some(shape) => drop(kept.insert(key, map.next_value_seed(shape)?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(if matches!(self, Self::Each(_) | Self::Scalar) { Value::Null } else { Value::Object(kept) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_probes_look_at_is_kept_and_the_rest_is_not() {
        let pod = json!({
            "kind": "Pod",
            "metadata": { "name": "a", "resourceVersion": "7", "managedFields": [{ "f": {} }], "deletionTimestamp": null },
            "spec": { "containers": [{ "env": [] }], "replicas": 3, "updateStrategy": { "rollingUpdate": { "partition": 2 } } },
            "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }], "containerStatuses": [{}] },
        });
        let kept = json!({
            "metadata": { "name": "a", "resourceVersion": "7", "deletionTimestamp": null },
            "spec": { "containers": null, "replicas": 3, "updateStrategy": { "rollingUpdate": { "partition": 2 } } },
            "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }], "containerStatuses": null },
        });
        let text = |value: &Value| serde_json::to_vec(value).unwrap();
        assert_eq!(object(&text(&pod)), Some(kept.clone()));
        let items = json!({ "apiVersion": "v1", "metadata": { "resourceVersion": "9", "x": 1 }, "items": [pod] });
        assert_eq!(list(&text(&items)), Some(json!({ "metadata": { "resourceVersion": "9" }, "items": [kept] })));
        let slice =
            json!({ "endpoints": [{ "addresses": ["192.0.2.1"], "conditions": { "ready": true } }], "ports": null });
        let line = json!({ "type": "ADDED", "object": slice });
        let kept = json!({ "endpoints": [{ "conditions": { "ready": true } }], "ports": null });
        assert_eq!(event(&text(&line)), Some(json!({ "type": "ADDED", "object": kept })));
    }

    #[test]
    fn what_is_no_object_is_nothing() {
        for text in ["", "<html>", "{", "{}x", &"[".repeat(100_000), &format!("{}1", "{\"a\":".repeat(100_000))] {
            assert_eq!((object(text.as_bytes()), list(text.as_bytes())), (None, None), "{text:.20}");
        }
        assert_eq!(list(b"{\"items\":7}"), Some(json!({ "items": 7 })));
    }
}
