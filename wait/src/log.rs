//! The only place that writes to stderr: one line for each event, as text or as JSON.
//!
//! The kubelet stamps every line with the time, so text lines carry none; JSON lines carry the time since the start.

use crate::reason::Reason;
use serde_json::{Map, Value, json};
use std::fmt::Display;
use std::io::Write;
use std::time::Instant;
use waitwarden_core::duration::Duration;

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people: `TARGET: message`.
    Text,
    /// For machines: `event`, `elapsedMillis`, perhaps `target` and `reason`, `message`.
    Json,
}

/// A time in whole seconds, as people read it: `1m30s`.
pub(crate) const fn seconds(time: std::time::Duration) -> Duration {
    Duration::seconds(time.as_secs())
}

/// The log of one run.
#[derive(Debug)]
pub(crate) struct Log {
    format: Format,
    started: Instant,
}

impl Log {
    /// A log that starts now.
    pub(crate) fn new(format: Format) -> Self {
        Self { format, started: Instant::now() }
    }

    /// Time since the start, in whole seconds, as people read it: `1m30s`.
    pub(crate) fn elapsed(&self) -> Duration {
        seconds(self.started.elapsed())
    }

    /// An argument that cannot be understood.
    pub(crate) fn wrong_argument(&self, message: &str) {
        self.line("wrong-argument", None, None, &format!("wrong argument: {message}"));
    }

    /// Something that is said and passed over.
    pub(crate) fn warning(&self, message: &str) {
        self.line("warning", None, None, &format!("warning: {message}"));
    }

    /// The wait begins.
    pub(crate) fn start(&self, message: &str) {
        self.line("start", None, None, message);
    }

    /// Why a dependency is not ready.
    pub(crate) fn reason(&self, target: &dyn Display, reason: &Reason) {
        self.line("waiting", Some(target), Some(reason), &reason.to_string());
    }

    /// As [`Self::reason`], once a minute.
    pub(crate) fn still(&self, target: &dyn Display, reason: &Reason) {
        self.line("waiting", Some(target), Some(reason), &format!("still waiting after {}: {reason}", self.elapsed()));
    }

    /// A dependency is ready.
    pub(crate) fn ready(&self, target: &dyn Display, remark: Option<&str>) {
        let remark = remark.map_or_else(String::new, |remark| format!(" ({remark})"));
        self.line("ready", Some(target), None, &format!("ready after {}{remark}", self.elapsed()));
    }

    /// What is known of a dependency, without a reason.
    pub(crate) fn known(&self, event: &str, target: &dyn Display, message: &str) {
        self.line(event, Some(target), None, message);
    }

    /// A dependency timed out, failed, was given up or lost.
    pub(crate) fn lost(&self, event: &str, target: &dyn Display, reason: &Reason, message: &str) {
        self.line(event, Some(target), Some(reason), message);
    }

    /// The end of it all.
    pub(crate) fn end(&self, event: &str, message: &str) {
        self.line(event, None, None, message);
    }

    /// Writes one line. Nobody is left to tell when stderr is closed.
    fn line(&self, event: &str, target: Option<&dyn Display>, reason: Option<&Reason>, message: &str) {
        let mut line = match self.format {
            Format::Text => {
                let line = target.map_or_else(|| message.to_owned(), |target| format!("{target}: {message}"));
                line.replace(char::is_control, " ")
            }
            Format::Json => {
                let mut map = Map::new();
                let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
                map.insert("event".to_owned(), json!(event));
                map.insert("elapsedMillis".to_owned(), json!(elapsed));
                if let Some(target) = target {
                    map.insert("target".to_owned(), json!(target.to_string()));
                }
                if let Some(reason) = reason {
                    map.insert("reason".to_owned(), json!(reason.kind.slug()));
                }
                map.insert("message".to_owned(), json!(message));
                Value::Object(map).to_string()
            }
        };
        line.push('\n');
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}
