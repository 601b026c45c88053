//! Durations as people write and read them.

use crate::Seconds;

/// A duration as in Go, without sign and fraction (`90s`, `1h30m`), in seconds, rounded up.
pub(crate) fn duration(text: &str) -> Option<Seconds> {
    if text == "0" {
        return Some(0);
    }
    let mut rest = text;
    let mut milliseconds: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let (number, behind) = rest.split_at_checked(digits)?;
        let letters = behind.find(|letter: char| letter.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, next) = behind.split_at_checked(letters)?;
        let size = match unit {
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1_000,
            "ms" => 1,
            _ => return None,
        };
        milliseconds = milliseconds.checked_add(number.parse::<u64>().ok()?.checked_mul(size)?)?;
        rest = next;
    }
    (!text.is_empty()).then(|| milliseconds.div_ceil(1_000)).and_then(|seconds| Seconds::try_from(seconds).ok())
}

/// Seconds, in the largest units: `1m40s`.
pub(crate) fn written(seconds: Seconds) -> String {
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let part = |number: Seconds, unit: &str| if number == 0 { String::new() } else { format!("{number}{unit}") };
    let text = part(hours, "h") + &part(minutes, "m") + &part(rest, "s");
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        let cases = [("0", 0), ("0s", 0), ("90s", 90), ("1h30m", 5_400), ("11m", 660), ("500ms", 1), ("1m40s", 100)];
        assert_eq!(cases.map(|(text, _)| duration(text)), cases.map(|(_, seconds)| Some(seconds)));
        let wrong = ["", "5", "s", "-1s", "1.5s", "1d", "99999999999h", "1h h"];
        assert_eq!(wrong.map(duration), [None; 8]);
        assert_eq!([0, 59, 60, 100, 3_600, 5_401].map(written), ["0s", "59s", "1m", "1m40s", "1h", "1h30m1s"]);
    }
}
