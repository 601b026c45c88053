//! The JSON Schema of the report, made from its types: `schema/report.json`. `BLESS=1` writes it.

use super::{Finding, Summary, Understood};
use schemars::JsonSchema;

/// The report of `waitwarden lint --format json`.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the report is written as it comes; this is its shape")]
struct Report<'a> {
    /// The version of the format. Fields may come without a new one; none goes or changes its meaning.
    #[schemars(range(min = 1, max = 1))]
    version: u8,
    /// What is said, in the order of files and objects.
    findings: Vec<Finding<'a>>,
    /// Documents with Kubernetes objects.
    documents: usize,
    /// Documents that are something else.
    skipped: usize,
    /// How the command ends.
    #[schemars(range(min = 0, max = 3))]
    exit_code: u8,
    /// How much was looked at, and what came of it.
    summary: Summary,
    /// What the policy understood of each object that declares something.
    plans: Vec<Understood<'a>>,
}

#[test]
fn the_schema_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/report.json");
    let text = serde_json::to_string_pretty(&schemars::schema_for!(Report<'static>)).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), text, "`make bless` writes it");
}
