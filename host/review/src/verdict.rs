//! What a policy answers to one request.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Accepted, and said.
    Warning,
    /// Refused, or not even looked at.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing that is said about an object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Finding {
    /// The name of the rule, in kebab case.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// JSON pointer into the object.
    #[serde(default)]
    pub pointer: String,
    /// Bytes of the string at the pointer.
    #[serde(default)]
    pub span: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What to do; may be empty.
    #[serde(default)]
    pub help: String,
}

impl Finding {
    /// About a whole object.
    pub fn new(rule: &str, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            rule: rule.to_owned(),
            severity,
            pointer: String::new(),
            span: None,
            message: message.into(),
            help: String::new(),
        }
    }

    /// With what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// The rule of what a policy says in plain text.
pub const POLICY_RULE: &str = "policy";

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// May the object come in?
    pub accepted: bool,
    /// The object as the policy wants it; only where it is accepted.
    pub object: Option<Value>,
    /// Everything that is said about it.
    pub findings: Vec<Finding>,
    /// The `plan` audit annotation.
    pub plan: Option<Value>,
}

/// Kubewarden's `ValidationResponse`.
#[derive(Deserialize)]
struct Response {
    accepted: bool,
    message: Option<String>,
    mutated_object: Option<Value>,
    audit_annotations: Option<BTreeMap<String, String>>,
    warnings: Option<Vec<String>>,
}

impl Verdict {
    /// Reads the answer of any Kubewarden policy. One that says what it found in the `findings` audit annotation is taken at
    /// its word; others have a message and warnings.
    pub fn read(answer: &[u8]) -> Result<Self, String> {
        let response: Response = serde_json::from_slice(answer).map_err(|error| error.to_string())?;
        let annotations = response.audit_annotations.unwrap_or_default();
        let annotation = |key: &str| annotations.get(key).and_then(|text| serde_json::from_str::<Value>(text).ok());
        // Another policy may have an annotation of that name for something else.
        let told: Option<Vec<Finding>> =
            annotation("findings").and_then(|list| serde_json::from_value(spans(list)).ok());
        let warnings = if told.is_none() { response.warnings.unwrap_or_default() } else { Vec::new() };
        let mut findings = told.unwrap_or_default();
        for finding in &mut findings {
            finding.span = finding.span.take().filter(|span| span.start <= span.end);
        }
        findings.extend(warnings.into_iter().map(|text| Finding::new(POLICY_RULE, Severity::Warning, text)));
        if !response.accepted && !findings.iter().any(|finding| finding.severity == Severity::Error) {
            let message = response.message.filter(|text| !text.is_empty());
            let message = message.unwrap_or_else(|| "the policy refuses this and does not say why".to_owned());
            findings.push(Finding::new(POLICY_RULE, Severity::Error, message));
        }
        Ok(Self {
            accepted: response.accepted,
            object: response.mutated_object.filter(|object| response.accepted && !object.is_null()),
            findings,
            plan: annotation("plan"),
        })
    }
}

/// `span` is a pair on the wire.
fn spans(mut list: Value) -> Value {
    for finding in list.as_array_mut().into_iter().flatten() {
        let pair = match finding.get("span").and_then(Value::as_array).map(Vec::as_slice) {
            Some([start, end]) => Some(serde_json::json!({"start": start, "end": end})),
            _ => None,
        };
        if let (Some(pair), Some(span)) = (pair, finding.get_mut("span")) {
            *span = pair;
        }
    }
    list
}
