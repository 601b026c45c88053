//! Kubernetes quantities (`500m`, `64Mi`, `1e3`), read only to find the smaller of two.

use serde_json::Value;

/// The quantity in billionths; none if it is no quantity. Source: apimachinery `pkg/api/resource`.
pub(crate) fn nanos(value: &Value) -> Option<i128> {
    match value {
        Value::String(text) => parse(text),
        Value::Number(number) => parse(&number.to_string()),
        _ => None,
    }
}

fn parse(text: &str) -> Option<i128> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '+' && c != '-').unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(end)?;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if text.len() > 40 || (whole.is_empty() && part.is_empty()) || part.contains(['+', '-']) {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut fraction: i128 = 0;
    for at in 0..9 {
        let digit = part.as_bytes().get(at).map_or(Some(0), |byte| char::from(*byte).to_digit(10))?;
        fraction = fraction * 10 + i128::from(digit);
    }
    let value = whole.checked_mul(1_000_000_000)?.checked_add(if number.starts_with('-') { -fraction } else { fraction })?;
    let power = |base: i128, exponent: u32| base.checked_pow(exponent).and_then(|factor| value.checked_mul(factor));
    match suffix {
        "" => Some(value),
        "n" => Some(value / 1_000_000_000),
        "u" => Some(value / 1_000_000),
        "m" => Some(value / 1_000),
        "k" => power(10, 3),
        "M" => power(10, 6),
        "G" => power(10, 9),
        "T" => power(10, 12),
        "P" => power(10, 15),
        "E" => power(10, 18),
        "Ki" => power(1024, 1),
        "Mi" => power(1024, 2),
        "Gi" => power(1024, 3),
        "Ti" => power(1024, 4),
        "Pi" => power(1024, 5),
        "Ei" => power(1024, 6),
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let factor = 10_i128.checked_pow(exponent.unsigned_abs())?;
            if exponent < 0 { Some(value / factor) } else { value.checked_mul(factor) }
        }
    }
}
