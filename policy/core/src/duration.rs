//! Durations as people write them in Kubernetes: Go's notation without sign and fraction (`90s`, `5m`, `1h30m`).

use std::fmt;

/// A length of time, in milliseconds. As a timeout, zero means "for ever".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration {
    /// Milliseconds.
    pub millis: u64,
}

/// Unit, its length in milliseconds; from the largest to the smallest, as they must be written.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Duration {
    /// So many whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self { millis: seconds.saturating_mul(1_000) }
    }

    /// So many whole minutes.
    pub const fn minutes(minutes: u64) -> Self {
        Self::seconds(minutes.saturating_mul(60))
    }

    /// As a timeout: does it never end?
    pub const fn is_forever(self) -> bool {
        self.millis == 0
    }

    /// As a timeout: is this one longer than that one?
    pub const fn outlasts(self, other: Self) -> bool {
        !other.is_forever() && (self.is_forever() || self.millis > other.millis)
    }
}

/// Reads a duration.
///
/// # Errors
/// A fragment that fits behind "`x`: ", with what was expected.
pub fn parse(text: &str) -> Result<Duration, String> {
    let expected = || format!("`{text}` is no duration; expected a number and a unit, such as `90s`, `5m` or `1h30m`");
    if text == "0" {
        return Ok(Duration::default());
    }
    let mut rest = text;
    let mut total: u64 = 0;
    let mut allowed: &[(&str, u64)] = &UNITS;
    if rest.is_empty() {
        return Err(expected());
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        let letters = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (unit, tail) = tail.split_at(letters);
        let Some(at) = allowed.iter().position(|(name, _)| *name == unit) else {
            return Err(match unit {
                "us" | "ns" => format!("`{text}`: the smallest unit is `ms`"),
                "d" => format!("`{text}`: the largest unit is `h`; write `24h` for a day"),
                _ => expected(),
            });
        };
        let (Ok(number), Some((_, length))) = (number.parse::<u64>(), allowed.get(at)) else {
            return Err(expected());
        };
        total = number
            .checked_mul(*length)
            .and_then(|part| total.checked_add(part))
            .filter(|sum| *sum <= MAX_MILLIS)
            .ok_or_else(|| {
            format!("`{text}` is too long; at most `{}` are possible", Duration { millis: MAX_MILLIS })
        })?;
        allowed = allowed.get(at.saturating_add(1)..).unwrap_or_default();
        rest = tail;
    }
    Ok(Duration { millis: total })
}

/// About eleven years: nobody waits longer, and nothing overflows.
const MAX_MILLIS: u64 = 100_000 * 3_600_000;

impl fmt::Display for Duration {
    /// The largest exact units: `90s` is written `1m30s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.millis == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.millis;
        for (unit, length) in UNITS {
            let count = rest / length;
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
            rest %= length;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print() {
        for (text, printed) in
            [("90s", "1m30s"), ("5m", "5m"), ("1h30m", "1h30m"), ("0", "0s"), ("0s", "0s"), ("1500ms", "1s500ms")]
        {
            assert_eq!(parse(text).map(|d| d.to_string()), Ok(printed.to_owned()), "{text}");
        }
        for text in ["", "5", "m", "1m1h", "-5s", "1.5h", "5 m", "1d", "3us", "99999999999999999999s", "200000h", "1mm"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
