//! A code quality report of GitLab: a list of issues. Source: GitLab's documentation of the format; what it does not know,
//! it leaves alone.

use super::fingerprint::Fingerprints;
use crate::check::{Checked, Located};
use crate::verdict::Severity;
use serde_json::{Value, json};

/// The issues of a file.
pub fn issues(checked: &Checked) -> Vec<String> {
    let mut fingerprints = Fingerprints::default();
    // Two files may hold the same object, and GitLab takes each fingerprint once.
    let mut one = |located: &Located| issue(located, &checked.name, &fingerprints.of(located, &checked.name));
    checked.findings.iter().map(|located| one(located).to_string()).collect()
}

fn issue(located: &Located, file: &str, fingerprint: &str) -> Value {
    let (finding, place) = (&located.finding, &located.place);
    let severity = match finding.severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Note => "info",
    };
    let mut issue = json!({
        "type": "issue",
        "check_name": finding.rule,
        "description": finding.message,
        "categories": ["Bug Risk"],
        "severity": severity,
        "fingerprint": fingerprint,
        "location": {
            "path": file,
            "lines": {"begin": place.line, "end": place.end_line},
            "positions": {
                "begin": {"line": place.line, "column": place.column},
                "end": {"line": place.end_line, "column": place.end_column},
            },
        },
        "pointer": finding.pointer,
    });
    if let Some(map) = issue.as_object_mut() {
        if !finding.help.is_empty() {
            map.insert("content".to_owned(), json!({"body": finding.help}));
        }
        if let Some(object) = &located.object {
            map.insert("object".to_owned(), json!(object.label()));
        }
    }
    issue
}
