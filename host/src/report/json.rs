//! Findings for programs. The format is versioned, and written as it comes: a run over many files holds none of them.

use super::Outcome;
use crate::check::{Checked, Fix, Located};
use crate::request::Identity;
use serde::Serialize;
use serde_json::Value;

/// What stands before the findings.
pub const HEAD: &str = "{\"version\":1,\"findings\":[";

#[cfg(test)]
mod schema;

/// One thing that is said, and where.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    /// As it was given, or found in a folder; `<stdin>` for standard input.
    file: &'a str,
    /// Lines and columns count from 1, columns in characters; the end is behind the last character.
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    /// JSON pointer (RFC 6901) into the document.
    pointer: &'a str,
    /// `waitwarden explain RULE` says what it means.
    rule: &'a str,
    /// `error`, `warning` or `note`.
    severity: String,
    message: &'a str,
    /// What to do.
    #[serde(skip_serializing_if = "str::is_empty")]
    #[cfg_attr(test, schemars(default))]
    help: &'a str,
    /// The file of the chart, in rendered Helm output.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    /// Whose it is; none where a document cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Object<'a>>,
    /// What the policy would write, where that ends the finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Change<'a>>,
}

/// A change of the file. Findings of one document may have the same.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Change<'a> {
    /// In the order of the file.
    edits: Vec<Edit<'a>>,
}

/// A stretch of the file, and what stands there instead.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct Edit<'a> {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    text: &'a str,
}

/// A Kubernetes object.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    api_version: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    #[cfg_attr(test, schemars(default))]
    namespace: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    #[cfg_attr(test, schemars(default))]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    #[cfg_attr(test, schemars(default))]
    generate_name: &'a str,
}

/// What the policy understood of an object.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Understood<'a> {
    file: &'a str,
    object: Object<'a>,
    /// The policy's `plan` audit annotation.
    plan: &'a Value,
}

/// How much was looked at, and what came of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Summary {
    files: usize,
    objects: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    /// Objects whose Pods get a wait container.
    waits: usize,
    /// Objects that the policy changes, themselves or their Pods.
    changed: usize,
    /// Objects that the policy does not want to be asked about.
    unasked: usize,
    /// Files and documents that could not be read, objects that could not be evaluated.
    failed: usize,
    /// Findings that are suppressed.
    suppressed: usize,
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

impl<'a> From<&'a Fix> for Change<'a> {
    fn from(fix: &'a Fix) -> Self {
        let edit = |edit: &'a crate::check::Edit| Edit {
            line: edit.place.line,
            column: edit.place.column,
            end_line: edit.place.end_line,
            end_column: edit.place.end_column,
            text: &edit.text,
        };
        Self { edits: fix.edits.iter().map(edit).collect() }
    }
}

/// The findings of a file, an element each.
pub fn findings(checked: &Checked) -> Vec<String> {
    let one = |located: &Located| {
        let (finding, place) = (&located.finding, &located.place);
        line(&Finding {
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
            fix: located.fix.and_then(|at| checked.fixes.get(at)).map(Change::from),
        })
    };
    checked.findings.iter().map(one).collect()
}

/// The plans of a file, an element each.
pub fn plans(checked: &Checked) -> Vec<String> {
    let one =
        |(identity, plan): &(Identity, Value)| line(&Understood { file: &checked.name, object: identity.into(), plan });
    checked.plans.iter().map(one).collect()
}

/// What stands behind the findings.
pub fn tail(outcome: &Outcome<'_>, plans: &[String]) -> String {
    let counts = outcome.counts;
    let summary = line(&Summary {
        files: counts.files,
        objects: counts.objects,
        errors: counts.errors,
        warnings: counts.warnings,
        notes: counts.notes,
        waits: counts.gains,
        changed: counts.touched,
        unasked: counts.unasked,
        failed: counts.failed,
        suppressed: counts.suppressed,
    });
    let plans = if plans.is_empty() { String::new() } else { format!("\n{}\n", plans.join(",\n")) };
    format!(
        "],\"documents\":{},\"skipped\":{},\"exitCode\":{},\"summary\":{summary},\"plans\":[{plans}]}}\n",
        counts.documents, counts.skipped, outcome.exit as u8
    )
}

/// Texts, numbers and maps with texts as keys can always be written.
fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
