//! What is said about an object: where, how bad, and what to do.

use crate::path::pointed;
use crate::search::replace;
use serde_json::Value;
use std::ops::Range;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Accepted, and said.
    Warning,
    /// Refused.
    Error,
}

impl Severity {
    const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that is said about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable name of the rule, in kebab case.
    pub rule: &'static str,
    /// How bad.
    pub severity: Severity,
    /// JSON pointer into the request's object.
    pub pointer: String,
    /// Bytes of the string at the pointer.
    pub span: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What to write instead; may be empty.
    pub help: String,
}

impl Finding {
    /// A finding about a whole value.
    pub fn new(rule: &'static str, severity: Severity, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { rule, severity, pointer: pointer.into(), span: None, message: message.into(), help: String::new() }
    }

    /// With what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// With the bytes of the string that it is about.
    #[must_use]
    pub fn span(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// Where it is, as Kubernetes writes it (`spec.containers[0].name`), with line and column inside a string of
    /// several lines, else the column, both from 1.
    pub(crate) fn place(&self, object: &Value) -> String {
        let place = field_path(&self.pointer);
        let text = pointed(object, &self.pointer).and_then(Value::as_str);
        if let (Some(span), Some(text)) = (&self.span, text)
            && let Some(before) = text.get(..span.start)
        {
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let line = before.matches('\n').count() + 1;
            let line = if text.trim_end().contains('\n') { format!(", line {line}") } else { String::new() };
            return format!("{place}{line}, column {column}");
        }
        place
    }

    /// As an element of the `findings` audit annotation.
    pub fn to_json(&self) -> Value {
        let mut text = String::new();
        self.write(&mut text);
        serde_json::from_slice(text.as_bytes()).unwrap_or_default()
    }

    /// Writes it as JSON, at once: a value that is built first is 2 KiB of wasm.
    pub(crate) fn write(&self, text: &mut String) {
        let texts = [
            ("{\"rule\":", self.rule),
            (",\"severity\":", self.severity.word()),
            (",\"pointer\":", &self.pointer),
            (",\"message\":", &self.message),
            (",\"help\":", &self.help),
        ];
        for (before, value) in texts {
            if before == ",\"help\":" {
                if let Some(span) = &self.span {
                    text.push_str(",\"span\":[");
                    text.push_str(&span.start.to_string());
                    text.push(',');
                    text.push_str(&span.end.to_string());
                    text.push(']');
                }
                if value.is_empty() {
                    continue;
                }
            }
            text.push_str(before);
            text.push_str(&compact(&Value::from(value)));
        }
        text.push('}');
    }
}

/// JSON on one line. (One writer for all of it: each further one is 2 KiB of wasm.)
pub fn compact(value: &Value) -> String {
    serde_json::to_vec(value).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// A value as a message shows it: on one line, and cut where it is long.
pub(crate) fn shown(value: &Value) -> String {
    const LONGEST: usize = 160;
    let mut text = compact(value);
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

/// A JSON pointer as Kubernetes writes paths. Source: apimachinery `pkg/util/validation/field`, `Path.String`.
fn field_path(pointer: &str) -> String {
    let mut path = String::new();
    for key in pointer.split('/').skip(1) {
        let plain =
            key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if plain {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(key);
        } else {
            path.push('[');
            path.push_str(&replace(&replace(key, "~1", "/"), "~0", "~"));
            path.push(']');
        }
    }
    if path.is_empty() { "the object".to_owned() } else { path }
}

/// Escapes a key for a JSON pointer (RFC 6901).
pub fn escape(key: &str) -> String {
    replace(&replace(key, "~", "~0"), "/", "~1")
}
