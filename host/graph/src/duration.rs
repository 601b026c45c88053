//! Durations of canonical options, and how sums of them are written: `1h30m`, `5m`, `90s`.

use std::time::Duration;

/// A unit and its length in milliseconds, from the largest to the smallest.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads what the policy writes; none for any other text. Units may come in any order here: the policy has checked it.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    if text.is_empty() {
        return None;
    }
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (number, tail) = split(rest, |c| c.is_ascii_digit());
        let (unit, tail) = split(tail, |c| c.is_ascii_alphabetic());
        let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = number.parse::<u64>().ok()?.checked_mul(*length)?.checked_add(total)?;
        rest = tail;
    }
    Some(Duration::from_millis(total))
}

/// The longest beginning whose characters all fit, and the rest.
fn split(text: &str, fits: impl Fn(char) -> bool) -> (&str, &str) {
    let at = text.find(|c| !fits(c)).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// The largest exact units: 90 seconds are `1m30s`.
pub(crate) fn display(duration: Duration) -> String {
    let mut rest = millis(duration);
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, length) in UNITS {
        let count = rest / length;
        if count > 0 {
            text.push_str(&count.to_string());
            text.push_str(unit);
        }
        rest %= length;
    }
    text
}

/// Whole milliseconds.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_durations_are_read_and_written() {
        for text in ["10m", "1m30s", "1h30m", "1s500ms", "0s", "100000h"] {
            assert_eq!(parse(text).map(display), Some(text.to_owned()));
        }
        assert_eq!(parse("0"), Some(Duration::ZERO));
        for text in ["", "5", "m", "-5s", "1.5h", "5 m", "1d", "99999999999999999999s", "18446744073709551615h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
