//! What a scalar with its tag and quotes is: a value, or a key.

use crate::scalar::{self, Resolved, resolve};
use crate::tree::Style;
use granit_parser::Tag;
use serde_json::Value;

/// The value of a scalar, and whether it is the merge key.
pub(super) fn typed(text: &str, style: Style, tag: Option<&Tag>, key: bool) -> Result<(Value, bool), String> {
    let string = || Value::String(text.to_owned());
    let Some(tag) = tag else {
        if style != Style::Plain {
            return Ok((string(), false));
        }
        return match resolve(text) {
            Resolved::Merge => Ok((string(), true)),
            resolved => json(resolved, text, key).map(|value| (value, false)),
        };
    };
    let name = tag.suffix_in_namespace("tag:yaml.org,2002:");
    let Some(name @ ("null" | "bool" | "int" | "float" | "binary" | "timestamp" | "merge")) = name.as_deref() else {
        return Ok((string(), false));
    };
    let resolved = resolve(text);
    let value = match (name, resolved) {
        ("merge", _) => return Ok((string(), true)),
        ("binary", _) => match base64(text) {
            Some(bytes) => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
            None => return Err("`!!binary` needs base64".to_owned()),
        },
        ("timestamp", Resolved::Text) => string(),
        ("null", resolved @ Resolved::Null)
        | ("bool", resolved @ Resolved::Bool(_))
        | ("int", resolved @ Resolved::Int(_))
        | ("float", resolved @ Resolved::Float(_)) => json(resolved, text, key)?,
        ("float", Resolved::Int(number)) => {
            let float = number.as_f64().unwrap_or_default();
            json(Resolved::Float(float), text, key)?
        }
        (_, resolved) => {
            return Err(format!("`{text}` is a {}, and cannot be read as a !!{name}", resolved.tag()));
        }
    };
    Ok((value, false))
}

fn json(resolved: Resolved, text: &str, key: bool) -> Result<Value, String> {
    Ok(match resolved {
        Resolved::Null => Value::Null,
        Resolved::Bool(bool) => Value::Bool(bool),
        Resolved::Int(number) => Value::Number(number),
        Resolved::Float(float) if key => Value::String(scalar::float_key(float)),
        Resolved::Float(float) => scalar::number(float).ok_or_else(|| {
            format!("`{text}` is a float without a JSON form\nhint: quote it, if it is meant as a string")
        })?,
        Resolved::Merge | Resolved::Text => Value::String(text.to_owned()),
    })
}

/// A key as JSON has it; none for null.
pub(super) fn name(value: &Value, text: &str, merge: bool) -> Option<String> {
    match value {
        _ if merge => Some(text.to_owned()),
        Value::String(name) => Some(name.clone()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Number(number) => Some(match number.as_f64() {
            Some(float) if number.is_f64() => scalar::float_key(float),
            _ => number.to_string(),
        }),
        _ => None,
    }
}

/// Standard base64 with padding; line breaks are skipped, as Go does.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let padding = digits.iter().rev().take_while(|&&byte| byte == b'=').count();
    if !digits.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for digit in digits.iter().take(digits.len().saturating_sub(padding)) {
        let value = match digit {
            b'A'..=b'Z' => digit.wrapping_sub(b'A'),
            b'a'..=b'z' => digit.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => digit.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0x00ff_ffff;
        count = count.wrapping_add(6);
        if count >= 8 {
            count = count.wrapping_sub(8);
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
    }
    Some(bytes)
}
