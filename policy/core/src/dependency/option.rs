//! The options behind a target: reading, checking that they fit, printing.

use super::{OnLoss, Options, ParseError, Replicas, Target};
use crate::duration::{self, Duration};
use std::fmt;
use std::ops::Range;

/// Every option, in alphabetical order.
const KEYS: [&str; 7] = ["condition", "on-loss", "replicas", "required", "stable", "status", "timeout"];

/// Does the option say something about this kind of target?
fn fits(key: &str, target: &Target) -> bool {
    match key {
        "condition" => matches!(target, Target::Custom { .. }),
        "on-loss" => !matches!(target, Target::Job { .. }),
        "replicas" => matches!(target, Target::Workload { .. }),
        "status" => matches!(target, Target::Http { .. }),
        _ => true,
    }
}

/// Reads the words behind a target. What cannot be read is pushed on `errors`.
#[expect(single_use_lifetimes, reason = "anonymous lifetimes in `impl Trait` are unstable")]
pub(super) fn parse<'t>(
    words: impl Iterator<Item = (Range<usize>, &'t str)>,
    target: Option<&Target>,
    errors: &mut Vec<ParseError>,
) -> Options {
    let mut options = Options::default();
    let mut seen: Vec<&str> = Vec::new();
    let mut optional = 0..0;
    for (span, word) in words {
        let Some((key, value)) = word.split_once('=') else {
            errors.push(ParseError::new(
                span,
                format!("`{word}` is no option"),
                "an option is written `key=value`; further targets go on a line of their own or behind a comma",
            ));
            continue;
        };
        let Some(known) = KEYS.iter().find(|known| **known == key) else {
            let help = match crate::nearest::nearest(key, KEYS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the options are {}", KEYS.map(|key| format!("`{key}`")).join(", ")),
            };
            errors.push(ParseError::new(span, format!("there is no option `{key}`"), help));
            continue;
        };
        if seen.contains(known) {
            errors.push(ParseError::new(span, format!("the option `{key}` is given twice"), "write it once"));
            continue;
        }
        seen.push(known);
        if let Some(target) = target
            && !fits(key, target)
        {
            let help = match *known {
                "condition" => "it is for custom resources",
                "on-loss" => "a Job that completed cannot be lost",
                "replicas" => "it is for deployment, statefulset and daemonset",
                _ => "it is for http and https",
            };
            errors.push(ParseError::new(span, format!("`{key}` does not fit a {} target", target.word()), help));
            continue;
        }
        if *known == "required" {
            optional = span.clone();
        }
        if let Err((message, help)) = set(&mut options, key, value) {
            let start = span.start + key.len() + 1;
            errors.push(ParseError::new(if value.is_empty() { span } else { start..span.end }, message, help));
        }
    }
    if !options.required && options.on_loss != OnLoss::Ignore {
        errors.push(ParseError::new(
            optional,
            "what is not required cannot be lost",
            "leave out `required=false`, or `on-loss`",
        ));
    }
    options
}

/// Sets one option; else a message and what to write.
fn set(options: &mut Options, key: &str, value: &str) -> Result<(), (String, String)> {
    let one_of = |words: &str| (format!("`{value}` is not a value of `{key}`"), format!("expected {words}"));
    let time = || duration::parse(value).map_err(|message| (message, format!("for example `{key}=90s`")));
    match (key, value) {
        ("timeout", _) => options.timeout = Some(time()?),
        ("stable", _) => options.stable = time()?,
        ("required", "true") => options.required = true,
        ("required", "false") => options.required = false,
        ("required", _) => return Err(one_of("`true` or `false`")),
        ("replicas", "any") => options.replicas = Replicas::Any,
        ("replicas", "all") => options.replicas = Replicas::All,
        ("replicas", _) => return Err(one_of("`any` or `all`")),
        ("on-loss", _) => {
            options.on_loss = [OnLoss::Ignore, OnLoss::Unready, OnLoss::Restart]
                .into_iter()
                .find(|on_loss| on_loss.word() == value)
                .ok_or_else(|| one_of("`ignore`, `unready` or `restart`"))?;
        }
        ("condition", _) if super::name::is_qualified(value) => {
            value.clone_into(&mut options.condition);
        }
        ("condition", _) => return Err(one_of("the type of a condition, such as `Ready`")),
        ("status", _) => {
            options.status = status(value).ok_or_else(|| one_of("codes and ranges, such as `200-299|301`"))?;
        }
        _ => return Err(one_of("a known option")),
    }
    Ok(())
}

/// Reads codes and ranges; merged and in order, so that equal sets are equal.
fn status(value: &str) -> Option<Vec<(u16, u16)>> {
    let mut ranges = Vec::new();
    for part in value.split('|') {
        let (low, high) = part.split_once('-').unwrap_or((part, part));
        let code = |text: &str| {
            (text.len() == 3).then(|| text.parse::<u16>().ok()).flatten().filter(|code| (100..=599).contains(code))
        };
        let (low, high) = (code(low)?, code(high)?);
        if low > high {
            return None;
        }
        if let Err(at) = ranges.binary_search(&(low, high)) {
            ranges.insert(at, (low, high));
        }
    }
    let mut merged: Vec<(u16, u16)> = Vec::new();
    for (low, high) in ranges {
        match merged.last_mut() {
            Some(last) if low <= last.1 + 1 => last.1 = last.1.max(high),
            _ => merged.push((low, high)),
        }
    }
    Some(merged)
}

impl fmt::Display for Options {
    /// Only what differs from the default, in alphabetical order, each behind a blank.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.condition != "Ready" {
            write!(f, " condition={}", self.condition)?;
        }
        if self.on_loss != OnLoss::Ignore {
            write!(f, " on-loss={}", self.on_loss.word())?;
        }
        if self.replicas == Replicas::All {
            f.write_str(" replicas=all")?;
        }
        if !self.required {
            f.write_str(" required=false")?;
        }
        if self.stable != Duration::default() {
            write!(f, " stable={}", self.stable)?;
        }
        if self.status != [(200, 299)] {
            f.write_str(" status=")?;
            for (at, (low, high)) in self.status.iter().enumerate() {
                f.write_str(if at == 0 { "" } else { "|" })?;
                if low == high {
                    write!(f, "{low}")?;
                } else {
                    write!(f, "{low}-{high}")?;
                }
            }
        }
        match self.timeout {
            Some(timeout) => write!(f, " timeout={timeout}"),
            None => Ok(()),
        }
    }
}
