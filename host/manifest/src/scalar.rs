//! What an unquoted scalar means to goyaml v2: YAML 1.1, with its own habits.

use serde_json::{Number, Value};

/// What a scalar turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Int(Number),
    Float(f64),
    Merge,
    Text,
}

impl Resolved {
    /// The tag's short name, for messages.
    pub(crate) fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Merge => "!!merge",
            Self::Text => "!!str",
        }
    }
}

/// Reads an unquoted, untagged scalar.
pub(crate) fn resolve(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Resolved::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Resolved::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        "<<" => return Resolved::Merge,
        _ => {}
    }
    match text.as_bytes().first() {
        // goyaml drops underscores from what begins with a sign or a digit, but not from what begins with a point.
        Some(b'.') => float(text).map_or(Resolved::Text, Resolved::Float),
        Some(b'+' | b'-' | b'0'..=b'9') => {
            let plain = text.replace('_', "");
            integer(&plain).map(Resolved::Int).or_else(|| float(&plain).map(Resolved::Float)).unwrap_or(Resolved::Text)
        }
        _ => Resolved::Text,
    }
}

/// Go's `ParseInt` with base 0, then `ParseUint`.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let signed = digits.len() != text.len();
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    // Rust takes a second sign here, Go does not.
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(size).map(Number::from);
    }
    if signed && i64::try_from(size).is_err() {
        return None;
    }
    Some(Number::from(size))
}

/// A decimal float as goyaml's pattern has it, and not too big for a float.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    if let Some(exponent) = exponent {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if exponent.is_empty() || !digits(exponent) {
            return None;
        }
    }
    text.parse::<f64>().ok().filter(|float| float.is_finite())
}

/// A finite float as Go prints it in JSON and Kubernetes reads it back: a whole one is an integer where it fits.
pub(crate) fn number(float: f64) -> Option<Value> {
    if float == 0.0 && float.is_sign_negative() {
        return Number::from_f64(float).map(Value::Number);
    }
    if float.fract() == 0.0 && float.abs() < 1e21 {
        let digits = format!("{float}");
        if let Ok(small) = digits.parse::<i64>() {
            return Some(Value::from(small));
        }
        if let Ok(large) = digits.parse::<u64>() {
            return Some(Value::from(large));
        }
    }
    Number::from_f64(float).map(Value::Number)
}

/// A float key as Go writes it (`strconv.FormatFloat(f, 'g', -1, 32)`).
#[expect(clippy::cast_possible_truncation, reason = "Kubernetes rounds float keys to 32 bits too")]
pub(crate) fn float_key(float: f64) -> String {
    if float.is_nan() {
        return ".nan".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let float = float as f32;
    let scientific = format!("{float:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{float}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// The value with every number as a reader of manifests has it: whole floats are integers.
pub(crate) fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            number.as_f64().and_then(self::number).unwrap_or_else(|| value.clone())
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), canonical(value))).collect(),
        _ => value.clone(),
    }
}
