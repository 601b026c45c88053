//! An option in front of `--`: `--NAME=VALUE`.

use std::time::Duration as Time;
use waitwarden_core::duration::{self, Duration};

/// One option.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flag<'a> {
    /// `--NAME`
    pub(super) name: &'a str,
    value: Option<&'a str>,
}

impl<'a> Flag<'a> {
    /// Reads its form.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        if !text.starts_with("--") {
            return Err(format!("`{text}` is no option; targets stand behind `--`"));
        }
        Ok(match text.split_once('=') {
            Some((name, value)) => Self { name, value: Some(value) },
            None => Self { name: text, value: None },
        })
    }

    /// Its value.
    pub(super) fn value(self) -> Result<&'a str, String> {
        self.value.ok_or_else(|| format!("`{0}` has no value; write `{0}=VALUE`", self.name))
    }

    /// Its value as a duration.
    pub(super) fn duration(self) -> Result<Duration, String> {
        duration::parse(self.value()?).map_err(|error| format!("`{}`: {error}", self.name))
    }

    /// Its value as a length of time, which zero is not.
    pub(super) fn time(self) -> Result<Time, String> {
        match self.duration()? {
            time if time.is_forever() => Err(format!("`{}` must be longer than zero", self.name)),
            time => Ok(Time::from_millis(time.millis)),
        }
    }
}
