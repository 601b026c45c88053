//! SARIF 2.1.0, for code scanning and editors. Source: the OASIS standard; its schema is in `tests/data` and holds this
//! module to it.

use super::fingerprint::Fingerprints;
use crate::check::{Checked, Fix, Located, Suppressed};
use crate::exit::Exit;
use crate::explain;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use waitwarden_manifest::Place;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log and its run up to the results: the tool and its rules. Columns count characters.
pub fn head() -> String {
    let rules: Vec<Value> = explain::pages().map(rule).collect();
    let tool = json!({
        "driver": {
            "name": "waitwarden",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "informationUri": env!("CARGO_PKG_REPOSITORY"),
            "rules": rules,
        }
    });
    format!(
        "{{\"$schema\":{},\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{tool},\"columnKind\":\"unicodeCodePoints\",\"results\":[",
        json!(SCHEMA)
    )
}

fn rule(page: explain::Page) -> Value {
    json!({
        "id": page.rule,
        "shortDescription": {"text": page.summary()},
        "help": {"text": page.plain(), "markdown": page.text},
        "helpUri": page.url(),
    })
}

/// The results of a file; those that are suppressed are among them, as suppressed.
pub fn results(checked: &Checked) -> Vec<String> {
    let mut fingerprints = Fingerprints::default();
    let mut results: Vec<String> = Vec::new();
    for located in &checked.findings {
        let fingerprint = fingerprints.of(located, "");
        results.push(result(located, checked, &fingerprint).to_string());
    }
    for Suppressed { located, reason, outside } in &checked.suppressed {
        let fingerprint = fingerprints.of(located, "");
        let mut result = result(located, checked, &fingerprint);
        let kind = if *outside { "external" } else { "inSource" };
        if let Some(map) = result.as_object_mut() {
            map.insert("suppressions".to_owned(), json!([{"kind": kind, "justification": reason}]));
        }
        results.push(result.to_string());
    }
    results
}

fn result(located: &Located, checked: &Checked, fingerprint: &str) -> Value {
    let finding = &located.finding;
    let mut message = finding.message.clone();
    if !finding.help.is_empty() {
        message.push_str("\nhelp: ");
        message.push_str(&finding.help);
    }
    let mut location = json!({
        "physicalLocation": {"artifactLocation": artifact(&checked.name), "region": region(&located.place)},
    });
    let mut properties = Map::from_iter([("pointer".to_owned(), json!(finding.pointer))]);
    if let Some(object) = &located.object {
        let name = if object.name.is_empty() { &object.generate_name } else { &object.name };
        let full = format!("{} {}", object.api_version, object.label());
        if let Some(map) = location.as_object_mut() {
            map.insert(
                "logicalLocations".to_owned(),
                json!([{"name": name, "fullyQualifiedName": full, "kind": "resource"}]),
            );
        }
        properties.insert("object".to_owned(), json!(object.label()));
    }
    if let Some(source) = &located.source {
        properties.insert("source".to_owned(), json!(source));
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "level": finding.severity.to_string(),
        "message": {"text": message},
        "locations": [location],
        "partialFingerprints": {"waitwarden/v1": fingerprint},
        "properties": properties,
    });
    if let Some(map) = result.as_object_mut() {
        if let Some(index) = explain::pages().position(|page| page.rule == finding.rule) {
            map.insert("ruleIndex".to_owned(), json!(index));
        }
        if let Some(fix) = located.fix.and_then(|at| checked.fixes.get(at)) {
            map.insert("fixes".to_owned(), json!([change(fix, &checked.name)]));
        }
    }
    result
}

fn change(fix: &Fix, file: &str) -> Value {
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| json!({"deletedRegion": region(&edit.place), "insertedContent": {"text": edit.text}}))
        .collect();
    json!({
        "description": {"text": "what the policy would write"},
        "artifactChanges": [{"artifactLocation": artifact(file), "replacements": replacements}],
    })
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    })
}

/// What a path means is the reader's business where it is relative.
fn artifact(file: &str) -> Value {
    let uri = uri(file);
    match uri.strip_prefix('/') {
        Some(_) => json!({"uri": format!("file://{uri}")}),
        None => json!({"uri": uri, "uriBaseId": "%SRCROOT%"}),
    }
}

/// A path as a URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// What stands behind the results: how the run ended.
pub fn tail(exit: Exit) -> String {
    let invocation = json!({
        "exitCode": exit as u8,
        "exitCodeDescription": exit.to_string(),
        "executionSuccessful": exit <= Exit::Findings,
    });
    format!("],\"invocations\":[{invocation}]}}]}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(artifact("a b/ü%.yaml"), json!({"uri": "a%20b/%C3%BC%25.yaml", "uriBaseId": "%SRCROOT%"}));
        assert_eq!(artifact("/x/a.yaml"), json!({"uri": "file:///x/a.yaml"}));
        assert_eq!(artifact("<stdin>"), json!({"uri": "%3Cstdin%3E", "uriBaseId": "%SRCROOT%"}));
    }
}
