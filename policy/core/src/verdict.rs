//! The answer to one request, and how it is worded.

use crate::finding::{Finding, Severity};
use serde_json::Value;

/// Longer warnings are cut by Kubernetes (120 to 256 characters).
const LONGEST_WARNING: usize = 240;

/// What the policy answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The object as it should be, where that differs from what came in.
    pub object: Option<Value>,
    /// Everything that is said about it.
    pub findings: Vec<Finding>,
    /// What was understood: the `plan` audit annotation, JSON.
    pub plan: Option<String>,
    /// What the object is, for the message.
    pub subject: String,
}

impl Verdict {
    /// Nothing to say.
    pub fn accept() -> Self {
        Self::default()
    }

    /// Is the request accepted?
    pub fn accepted(&self) -> bool {
        !self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Every problem of the object, for the person who wrote it.
    pub fn message(&self, object: &Value) -> String {
        let errors: Vec<&Finding> =
            self.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        let mut text = format!(
            "waitwarden: {} problem{} in {}",
            errors.len(),
            if errors.len() == 1 { "" } else { "s" },
            self.subject
        );
        for finding in errors {
            text.push_str("\n- ");
            text.push_str(&finding.message);
            if !finding.help.is_empty() {
                text.push_str("; ");
                text.push_str(&finding.help);
            }
            text.push_str(" (at ");
            text.push_str(&finding.place(object));
            text.push(')');
        }
        text
    }

    /// The warnings for kubectl; the whole text stands in the findings.
    pub fn warnings(&self) -> Vec<String> {
        let warnings = self.findings.iter().filter(|finding| finding.severity == Severity::Warning);
        warnings
            .map(|finding| {
                let mut text = format!("waitwarden: {}", finding.message);
                if !finding.help.is_empty() && text.len() + 2 + finding.help.len() <= LONGEST_WARNING {
                    text.push_str("; ");
                    text.push_str(&finding.help);
                }
                if text.len() > LONGEST_WARNING {
                    let end = (0..=LONGEST_WARNING).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                    text.truncate(end);
                    text.push('…');
                }
                text
            })
            .collect()
    }

    /// The `findings` audit annotation; none where there is nothing to say.
    pub fn findings_json(&self) -> Option<String> {
        if self.findings.is_empty() {
            return None;
        }
        let mut text = String::new();
        for finding in &self.findings {
            text.push(if text.is_empty() { '[' } else { ',' });
            finding.write(&mut text);
        }
        text.push(']');
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The warning that comes of a message and its help; notes and errors are none.
    fn warning(message: &str, help: &str) -> String {
        let finding = |severity| Finding::new("a-rule", severity, "", message).help(help);
        let findings = [Severity::Note, Severity::Warning, Severity::Error].map(finding).to_vec();
        let mut warnings = Verdict { findings, ..Verdict::default() }.warnings();
        assert_eq!(warnings.len(), 1);
        warnings.remove(0)
    }

    #[test]
    fn warnings_are_no_longer_than_kubernetes_shows() {
        // "waitwarden: " has 12 bytes.
        assert_eq!(warning("m", ""), "waitwarden: m");
        assert_eq!(warning("m", "h"), "waitwarden: m; h");
        // The help is left out where it does not fit.
        let (message, help) = ("m".repeat(100), "h".repeat(126));
        assert_eq!(warning(&message, &help), format!("waitwarden: {message}; {help}"));
        assert_eq!(warning(&message, &(help + "h")), format!("waitwarden: {message}"));
        // The message is cut where it does not fit, and never inside a character.
        let message = "m".repeat(228);
        assert_eq!(warning(&message, ""), format!("waitwarden: {message}"));
        assert_eq!(warning(&(message.clone() + "m"), ""), format!("waitwarden: {message}…"));
        let message = "m".repeat(227);
        assert_eq!(warning(&(message.clone() + "é"), ""), format!("waitwarden: {message}…"));
    }

    #[test]
    fn a_message_counts_its_problems() {
        let error = |message: &str| Finding::new("a-rule", Severity::Error, "/spec", message);
        let findings = vec![error("one"), Finding::new("b", Severity::Note, "", "no"), error("two").help("do")];
        let mut verdict = Verdict { findings, subject: "Pod a/b".to_owned(), ..Verdict::default() };
        assert_eq!(
            verdict.message(&Value::Null),
            "waitwarden: 2 problems in Pod a/b\n- one (at spec)\n- two; do (at spec)"
        );
        verdict.findings.truncate(1);
        assert_eq!(verdict.message(&Value::Null), "waitwarden: 1 problem in Pod a/b\n- one (at spec)");
    }
}
