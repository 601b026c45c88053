//! The payload of `validate`, read no further than the answer needs: most requests of a cluster are about objects that
//! declare nothing, and of a request most is about who sent it.

use crate::plan::COMMAND;
use crate::settings::Settings;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// What is read of an `AdmissionRequest`; [`crate::decide`] looks at nothing else.
const REQUEST: &[&str] =
    &["kind", "namespace", "object", "oldObject", "operation", "requestSubResource", "subResource"];

/// A payload that is one value, such as that of `validate_settings`; none where it is no JSON.
pub fn value(payload: &[u8]) -> Option<Value> {
    serde_json::from_slice(payload).ok()
}

/// The settings in a payload, null where there are none; none where the payload is no JSON.
pub fn settings(payload: &[u8]) -> Option<Value> {
    match read(payload, Keys { wanted: &["settings"], inside: &[] }) {
        Some(mut map) => Some(map.remove("settings").unwrap_or_default()),
        None => serde_json::from_slice(payload).ok().map(|_: IgnoredAny| Value::Null),
    }
}

/// The request in a payload, null where there is none; none where the payload cannot be read.
pub fn request(payload: &[u8]) -> Option<Value> {
    let map = match read(payload, Keys { wanted: &["request"], inside: REQUEST }) {
        Some(map) => Some(map),
        // What is no mapping has its own verdict; what is nested too deeply to be read has not.
        None => value(payload).map(|value| match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }),
    };
    map.map(|mut map| map.remove("request").unwrap_or_default())
}

/// The key under which `serde_json` carries numbers as they are written, where it is built so.
const NUMBER: &[u8] = b"$serde_json::private::Number";

/// Does this key stand in the payload, as it is or in escapes? What holds it would come out as a number.
pub fn holds_reserved_key(payload: &[u8]) -> bool {
    let is_key = |mut rest: &[u8]| {
        NUMBER.iter().all(|letter| {
            let [first, second] = [letter >> 4, letter & 15].map(|digit| char::from_digit(u32::from(digit), 16));
            let escape = [Some('\\'), Some('u'), Some('0'), Some('0'), first, second];
            let plain = rest.split_first().filter(|(first, _)| *first == letter).map(|(_, rest)| rest);
            let escaped = rest.split_at_checked(escape.len()).filter(|(text, _)| {
                text.iter().zip(escape).all(|(byte, wanted)| Some(char::from(*byte).to_ascii_lowercase()) == wanted)
            });
            let next = plain.or(escaped.map(|(_, rest)| rest));
            rest = next.unwrap_or_default();
            next.is_some()
        })
    };
    let may_begin = |(_, byte): &(usize, &u8)| **byte == b'$' || **byte == b'\\';
    payload.iter().enumerate().filter(may_begin).any(|(at, _)| is_key(payload.get(at..).unwrap_or_default()))
}

/// May there be a declaration or a container of ours? It cannot be where neither the prefix nor the command of the wait
/// container stands anywhere, as it is or in escapes.
pub fn may_concern(payload: &[u8], settings: &Settings) -> bool {
    let prefix = settings.prefix.as_bytes();
    let first = prefix.first().copied().unwrap_or_default();
    payload.iter().enumerate().any(|(at, &byte)| {
        // Nearly every byte ends here.
        if byte != first && byte != b'/' && byte != b'\\' {
            return false;
        }
        let rest = payload.get(at..).unwrap_or_default();
        [prefix, COMMAND.as_bytes(), b"\\u", b"\\/"].iter().any(|needle| rest.starts_with(needle))
    })
}

fn read(payload: &[u8], keys: Keys) -> Option<Map<String, Value>> {
    let mut reader = serde_json::Deserializer::from_slice(payload);
    let Value::Object(map) = keys.deserialize(&mut reader).ok()? else { return None };
    reader.end().ok()?;
    Some(map)
}

/// Keeps these keys of a mapping; of mappings in it, where `inside` names any, those keys.
#[derive(Clone, Copy)]
struct Keys {
    wanted: &'static [&'static str],
    inside: &'static [&'static str],
}

impl<'de> DeserializeSeed<'de> for Keys {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Keys {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if !self.wanted.contains(&key.as_str()) {
                access.next_value::<IgnoredAny>()?;
            } else if self.inside.is_empty() {
                map.insert(key, access.next_value()?);
            } else {
                map.insert(key, access.next_value_seed(Self { wanted: self.inside, inside: &[] })?);
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_key_is_found_however_it_is_written() {
        for (payload, holds) in [
            (r#"{"a":{"$serde_json::private::Number":"1"}}"#, true),
            (r#"{"\u0024serde_json\u003A\u003aprivate::Number":"1"}"#, true),
            (r#"{"\u0024serde_json\u003a:private::Numbe":"1"}"#, false),
            (r#"{"\u0024\u0073\u0065\u0072\u0064\u0065\u005f\u006a\u0073\u006F\u006e::private::Number":1}"#, true),
            (r#"{"\u0024\u0073\u0065\u0072\u0064\u0065\u005f\u006a\u0073\u007F\u006e::private::Number":1}"#, false),
            (r#"{"\u1024serde_json::private::Number":1}"#, false),
            (r#"{"$serde_json::private::RawValue":"1"}"#, false),
            (r#"{"$":"\u","b":"$(HOME)"}"#, false),
            ("$", false),
            ("", false),
        ] {
            assert_eq!(holds_reserved_key(payload.as_bytes()), holds, "{payload}");
        }
    }
    #[test]
    fn only_what_is_looked_at_is_read() {
        let payload = br#"{"a":[1],"settings":{"b":{"c":2}},"request":{"uid":"u","operation":"CREATE","kind":{"kind":"Pod"},
            "namespace":"n","userInfo":{"object":1},"object":{"uid":1},"oldObject":null,"subResource":"","requestSubResource":"s"},"z":{}}"#;
        let read: Value = serde_json::json!({
            "operation": "CREATE", "kind": { "kind": "Pod" }, "namespace": "n", "object": { "uid": 1 },
            "oldObject": null, "subResource": "", "requestSubResource": "s",
        });
        assert_eq!(settings(payload), Some(serde_json::json!({ "b": { "c": 2 } })));
        assert_eq!(request(payload), Some(read));
    }

    #[test]
    fn what_is_no_mapping_is_null_and_what_is_no_json_is_nothing() {
        for (payload, expected) in [
            (&b"{}"[..], Some(Value::Null)),
            (b"[{\"request\":1,\"settings\":1}]", Some(Value::Null)),
            (b"7", Some(Value::Null)),
            (b"{\"request\":1,\"settings\":1}", Some(Value::from(1))),
            (b"{\"request\":[],\"settings\":[]}", Some(Value::Array(Vec::new()))),
            (b"{\"request\":1,\"settings\":1} x", None),
            (b"{", None),
            (b"", None),
        ] {
            let text = String::from_utf8_lossy(payload);
            assert_eq!(request(payload), expected, "{text}");
            // A request that is no mapping is read as a whole, where settings are not looked for.
            assert_eq!(settings(payload), expected, "{text}");
            assert_eq!(value(payload).is_some(), expected.is_some(), "{text}");
        }
    }

    #[test]
    fn what_may_concern_the_policy_is_read() {
        let settings = Settings::read(&serde_json::json!({ "annotationPrefix": "x.example" })).unwrap();
        for (payload, concerns) in [
            (r#"{"x.example/depends-on":1}"#, true),
            (r#"{"waitwarden.io/depends-on":1}"#, false),
            (r#"["/waitwarden-wait"]"#, true),
            (r#"["/waitwarden-wai"]"#, false),
            (r#"["\u0078.example"]"#, true),
            (r#"["\/waitwarden-wait"]"#, true),
            (r#"["\n\"x.exampl"]"#, false),
            ("", false),
        ] {
            assert_eq!(may_concern(payload.as_bytes(), &settings), concerns, "{payload}");
        }
    }
}
