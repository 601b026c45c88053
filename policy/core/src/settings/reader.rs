//! Reads one mapping of the settings strictly: each key asked for once, what is left over is unknown.

use super::read_duration;
use crate::duration::Duration;
use crate::finding::shown;
use serde_json::{Map, Value};

/// A mapping that is being read.
#[derive(Debug)]
pub(super) struct Reader<'v> {
    path: String,
    map: Option<&'v Map<String, Value>>,
    asked: Vec<&'static str>,
    errors: Vec<String>,
}

impl<'v> Reader<'v> {
    /// Null counts as an empty mapping.
    pub(super) fn new(value: &'v Value, null: &'v Value) -> Self {
        Self::at(String::new(), if value.is_null() { null } else { value })
    }

    fn at(path: String, value: &'v Value) -> Self {
        let mut reader = Self { path, map: value.as_object(), asked: Vec::new(), errors: Vec::new() };
        if reader.map.is_none() && !value.is_null() {
            reader.error("", "expected a mapping");
        }
        reader
    }

    /// What is wrong, with the keys that nobody asked for.
    pub(super) fn finish(mut self) -> Vec<String> {
        if let Some(map) = self.map {
            for key in map.keys().filter(|key| !self.asked.contains(&key.as_str())) {
                let help = match crate::nearest::nearest(key, self.asked.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("expected one of {}", self.asked.join(", ")),
                };
                self.errors.push(format!("{}: unknown setting; {help}", path(&self.path, key)));
            }
        }
        self.errors
    }

    /// Notes a mistake at a key of this mapping.
    pub(super) fn error(&mut self, key: &str, message: &str) {
        let path = path(&self.path, key);
        self.errors.push(if path.is_empty() { format!("settings: {message}") } else { format!("{path}: {message}") });
    }

    /// The raw value, and the key is known from now on.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'v Value> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.map?.get(key)
    }

    /// One of these words; the first is the default.
    pub(super) fn word(&mut self, key: &'static str, words: &[&'static str]) -> &'static str {
        self.optional_word(key, words).or_else(|| words.first().copied()).unwrap_or_default()
    }

    /// One of these words, or nothing.
    pub(super) fn optional_word(&mut self, key: &'static str, words: &[&'static str]) -> Option<&'static str> {
        let value = self.get(key).filter(|value| !value.is_null())?;
        let word = words.iter().find(|word| value == **word);
        if word.is_none() {
            self.error(key, &format!("{} is not possible; expected one of {}", shown(value), words.join(", ")));
        }
        word.copied()
    }

    /// A string that satisfies `fits`.
    pub(super) fn string(&mut self, key: &'static str, default: &str, what: &str, fits: fn(&str) -> bool) -> String {
        match self.get(key) {
            None => default.to_owned(),
            Some(Value::String(text)) if fits(text) => text.clone(),
            Some(other) => {
                self.error(key, &format!("{} is not possible; expected {what}", shown(other)));
                default.to_owned()
            }
        }
    }

    /// A list of strings that satisfy `fits`.
    pub(super) fn strings(
        &mut self,
        key: &'static str,
        default: &[&str],
        what: &str,
        fits: fn(&str) -> bool,
    ) -> Vec<String> {
        let Some(value) = self.get(key) else {
            return default.iter().map(|&text| text.to_owned()).collect();
        };
        let Some(list) = value.as_array() else {
            self.error(key, &format!("{} is not possible; expected a list, each {what}", shown(value)));
            return Vec::new();
        };
        let mut strings = Vec::new();
        for (at, value) in list.iter().enumerate() {
            match value.as_str() {
                Some(text) if fits(text) => strings.push(text.to_owned()),
                _ => self.error(&format!("{key}[{at}]"), &format!("{} is not possible; expected {what}", shown(value))),
            }
        }
        strings
    }

    /// A whole number from 0, or nothing.
    pub(super) fn number(&mut self, key: &'static str) -> Option<u64> {
        let value = self.get(key).filter(|value| !value.is_null())?;
        let number = value.as_u64().filter(|number| *number <= 0x7fff_ffff);
        if number.is_none() {
            self.error(key, &format!("{} is not possible; expected a whole number from 0 to 2147483647", shown(value)));
        }
        number
    }

    /// A duration.
    pub(super) fn duration(&mut self, key: &'static str, default: Duration) -> Duration {
        match self.get(key).map(read_duration) {
            None => default,
            Some(Ok(duration)) => duration,
            Some(Err(message)) => {
                self.error(key, &message);
                default
            }
        }
    }

    /// A mapping inside this one.
    pub(super) fn object<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        let null = Value::Null;
        let mut inner = Reader::at(path(&self.path, key), self.get(key).unwrap_or(&null));
        let result = read(&mut inner);
        self.errors.extend(inner.finish());
        result
    }
}

fn path(base: &str, key: &str) -> String {
    match (base, key) {
        ("", key) => key.to_owned(),
        (base, "") => base.to_owned(),
        (base, key) => format!("{base}.{key}"),
    }
}
