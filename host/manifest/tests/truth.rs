//! Every row of the truth table: what Kubernetes' own reader makes of a text, this crate makes of it.

use serde_json::Value;
use waitwarden_manifest::{Entry, read};

/// Rows that differ, each with the reason.
const DIFFERENT: &[(&str, &str)] = &[];

#[test]
fn kubernetes_reads_the_same() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("data/goyaml-truth.json")).unwrap();
    assert_eq!(rows.len(), 336);
    let mut wrong = Vec::new();
    for row in &rows {
        let text = row["yaml"].as_str().unwrap();
        let name = row["name"].as_str().unwrap();
        let read = match read(text).into_iter().find(|entry| !matches!(entry, Entry::Empty { .. })) {
            Some(Entry::Document(document)) => Ok(document.value),
            Some(Entry::Broken(broken)) => Err(broken.message),
            _ => Ok(Value::Null),
        };
        let same = match (&read, row.get("error")) {
            (Ok(value), None) => *value == row["json"],
            (read, error) => read.is_err() == error.is_some(),
        };
        let listed = DIFFERENT.iter().any(|(listed, _)| *listed == name);
        if same == listed {
            wrong
                .push(format!("{name}: {text:?}\n  read {read:?}\n  truth {:?}", row.get("error").or(row.get("json"))));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
