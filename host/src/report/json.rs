//! Findings for programs. The format is versioned, and written as it comes: a run over many files holds none of them.

use crate::check::{Checked, Counts, Located};
use crate::request::Identity;
use serde::Serialize;
use serde_json::Value;

/// What stands before the findings.
pub const HEAD: &str = "{\"version\":1,\"findings\":[";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    pointer: &'a str,
    rule: &'a str,
    severity: String,
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    help: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Object<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    api_version: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    generate_name: &'a str,
}

#[derive(Serialize)]
struct Understood<'a> {
    file: &'a str,
    object: Object<'a>,
    plan: &'a Value,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    objects: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    waits: usize,
    changed: usize,
    unasked: usize,
    failed: usize,
}

impl<'a> From<&'a Identity> for Object<'a> {
    fn from(identity: &'a Identity) -> Self {
        Self {
            api_version: &identity.api_version,
            kind: &identity.kind,
            namespace: &identity.namespace,
            name: &identity.name,
            generate_name: &identity.generate_name,
        }
    }
}

/// The findings of a file, an element each.
pub fn findings(checked: &Checked) -> serde_json::Result<Vec<String>> {
    let one = |located: &Located| {
        let (finding, place) = (&located.finding, &located.place);
        serde_json::to_string(&Finding {
            file: &checked.name,
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            pointer: &finding.pointer,
            rule: &finding.rule,
            severity: finding.severity.to_string(),
            message: &finding.message,
            help: &finding.help,
            source: located.source.as_deref(),
            object: located.object.as_ref().map(Object::from),
        })
    };
    checked.findings.iter().map(one).collect()
}

/// The plans of a file, an element each.
pub fn plans(checked: &Checked) -> serde_json::Result<Vec<String>> {
    let one = |(identity, plan): &(Identity, Value)| {
        serde_json::to_string(&Understood { file: &checked.name, object: identity.into(), plan })
    };
    checked.plans.iter().map(one).collect()
}

/// What stands behind the findings.
pub fn tail(counts: &Counts, plans: &[String]) -> serde_json::Result<String> {
    let summary = serde_json::to_string(&Summary {
        files: counts.files,
        objects: counts.objects,
        errors: counts.errors,
        warnings: counts.warnings,
        notes: counts.notes,
        waits: counts.gains,
        changed: counts.touched,
        unasked: counts.unasked,
        failed: counts.failed,
    })?;
    let plans = if plans.is_empty() { String::new() } else { format!("\n{}\n", plans.join(",\n")) };
    Ok(format!(
        "],\"documents\":{},\"skipped\":{},\"summary\":{summary},\"plans\":[{plans}]}}\n",
        counts.documents, counts.skipped
    ))
}
