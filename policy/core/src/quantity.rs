//! Kubernetes quantities (`500m`, `64Mi`, `1e3`), read only to find the smaller of two.

use crate::finding::compact;
use serde_json::Value;

/// What a suffix stands for, in billionths. Source: apimachinery `pkg/api/resource/suffix.go`.
const SUFFIXES: [(&str, i128); 16] = [
    ("", BILLION),
    ("n", 1),
    ("u", 1_000),
    ("m", 1_000_000),
    ("k", BILLION * 1_000),
    ("M", BILLION * 1_000_000),
    ("G", BILLION * BILLION),
    ("T", BILLION * BILLION * 1_000),
    ("P", BILLION * BILLION * 1_000_000),
    ("E", BILLION * BILLION * BILLION),
    ("Ki", BILLION << 10),
    ("Mi", BILLION << 20),
    ("Gi", BILLION << 30),
    ("Ti", BILLION << 40),
    ("Pi", BILLION << 50),
    ("Ei", BILLION << 60),
];
const BILLION: i128 = 1_000_000_000;

/// The quantity in billionths; none if it is no quantity. Source: apimachinery `pkg/api/resource`.
pub(crate) fn nanos(value: &Value) -> Option<i128> {
    match value {
        Value::String(text) => parse(text),
        Value::Number(_) => parse(&compact(value)),
        _ => None,
    }
}

fn parse(text: &str) -> Option<i128> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(end)?;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if number.len() > 30 || (whole.is_empty() && part.is_empty()) || !digits(part) {
        return None;
    }
    let unit = if let Some((_, unit)) = SUFFIXES.iter().find(|(known, _)| *known == suffix) {
        *unit
    } else {
        let exponent: i8 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
        let power = 10_i128.checked_pow(u32::from(exponent.unsigned_abs()))?;
        if exponent.is_negative() { BILLION.checked_div(power)? } else { BILLION.checked_mul(power)? }
    };
    let mut value: i128 = 0;
    for digit in whole.bytes() {
        value = value.checked_mul(10)?.checked_add(i128::from(digit - b'0').checked_mul(unit)?)?;
    }
    let mut place = unit;
    for digit in part.bytes() {
        place /= 10;
        value = value.checked_add(i128::from(digit - b'0') * place)?;
    }
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_billionths() {
        for (text, nanos) in [
            ("0", Some(0)),
            ("500m", Some(500_000_000)),
            ("0.5", Some(500_000_000)),
            (".5", Some(500_000_000)),
            ("1.", Some(BILLION)),
            ("-1", Some(-BILLION)),
            ("+1k", Some(1_000 * BILLION)),
            ("64Mi", Some((64 << 20) * BILLION)),
            ("1.5Ki", Some(1_536 * BILLION)),
            ("1e3", Some(1_000 * BILLION)),
            ("1E3", Some(1_000 * BILLION)),
            ("1e-3", Some(1_000_000)),
            ("3n", Some(3)),
            ("2u", Some(2_000)),
            ("2m", Some(2_000_000)),
            ("2k", Some(2_000 * BILLION)),
            ("2M", Some(2_000_000 * BILLION)),
            ("2G", Some(2_000_000_000 * BILLION)),
            ("2T", Some(2_000_000_000_000 * BILLION)),
            ("2P", Some(2_000_000_000_000_000 * BILLION)),
            ("2E", Some(2_000_000_000_000_000_000 * BILLION)),
            ("3Ki", Some(3_072 * BILLION)),
            ("3Gi", Some(3_221_225_472 * BILLION)),
            ("3Ti", Some(3_298_534_883_328 * BILLION)),
            ("3Pi", Some(3_377_699_720_527_872 * BILLION)),
            ("1.25", Some(1_250_000_000)),
            ("0.0000000019", Some(1)),
            ("12e0", Some(12 * BILLION)),
            ("-1.5", Some(-1_500_000_000)),
            ("000000000000000000000000000001", Some(BILLION)),
            ("0000000000000000000000000000001", None),
            (".", None),
            ("+", None),
            ("1e", None),
            ("e3", None),
            ("8Ei", Some((8 << 60) * BILLION)),
            ("", None),
            ("m", None),
            ("1 m", None),
            ("1.2.3", None),
            ("--1", None),
            ("1e99", None),
            ("1x", None),
            ("99999999999999999999999999999999999999", None),
        ] {
            assert_eq!(parse(text), nanos, "{text}");
        }
    }

    #[test]
    fn numbers_and_strings_are_quantities() {
        use serde_json::json;
        for (value, expected) in [
            (json!("1"), Some(BILLION)),
            (json!(2), Some(2 * BILLION)),
            (json!(0.5), Some(500_000_000)),
            (json!(null), None),
            (json!(true), None),
            (json!([]), None),
        ] {
            assert_eq!(nanos(&value), expected, "{value}");
        }
    }
}
