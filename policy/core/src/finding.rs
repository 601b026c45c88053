//! What is said about an object: where, how bad, and what to do.

use serde_json::{Value, json};
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

    /// As an element of the `findings` audit annotation.
    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "rule": self.rule,
            "severity": self.severity.word(),
            "pointer": self.pointer,
            "message": self.message,
        });
        if let Value::Object(map) = &mut json {
            if let Some(span) = &self.span {
                map.insert("span".to_owned(), json!([span.start, span.end]));
            }
            if !self.help.is_empty() {
                map.insert("help".to_owned(), json!(self.help));
            }
        }
        json
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

/// Escapes a key for a JSON pointer (RFC 6901).
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
