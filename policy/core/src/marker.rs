//! The `injected` annotation: what of ours cannot be told from what the user wrote.
//!
//! No version and no hash stand in it: it is part of templates, where every change is a rollout.

use crate::finding::compact;
use crate::path::at;
use serde_json::{Value, json};

/// The lists.
const KEYS: [&str; 5] = ["copied", "probes", "pullSecrets", "restartPolicyRules", "restartPolicies"];

/// What was added, as noted by an earlier run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marker {
    /// Names of annotations that were copied from the workload to the template.
    pub copied: Vec<String>,
    /// Containers whose readiness probe is ours.
    pub probes: Vec<String>,
    /// Pull secrets that are ours.
    pub pull_secrets: Vec<String>,
    /// Containers whose restart rules are ours.
    pub rules: Vec<String>,
    /// Those of them whose restart policy is ours too.
    pub policies: Vec<String>,
}

impl Marker {
    /// Reads the annotation; what cannot be read says nothing.
    pub fn read(template: &Value, prefix: &str) -> Self {
        Self::among(at(template, "/metadata/annotations").unwrap_or(&Value::Null), prefix)
    }

    /// As [`Self::read`], of the annotations alone.
    pub(crate) fn among(annotations: &Value, prefix: &str) -> Self {
        let text = annotations
            .get(format!("{prefix}/{}", crate::annotation::INJECTED))
            .and_then(Value::as_str)
            .unwrap_or_default();
        let json: Value = serde_json::from_slice(text.as_bytes()).unwrap_or_default();
        let list = |key: &str| {
            let mut names: Vec<String> = Vec::new();
            // They are written in order. What is not in its place, somebody else wrote.
            for name in json.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
                if names.last().is_none_or(|last| last.as_str() < name) {
                    names.push(name.to_owned());
                }
            }
            names
        };
        let [copied, probes, pull_secrets, rules, policies] = KEYS.map(list);
        Self { copied, probes, pull_secrets, rules, policies }
    }

    /// Where a name is in a list, or would be. All lists are in order.
    pub(crate) fn place(list: &[String], name: &str) -> Result<usize, usize> {
        list.binary_search_by(|known| known.as_str().cmp(name))
    }

    /// Is a name in a list?
    pub(crate) fn has(list: &[String], name: &str) -> bool {
        Self::place(list, name).is_ok()
    }

    /// Puts a name in its place of a list, once: the same facts make the same annotation.
    pub(crate) fn note(list: &mut Vec<String>, name: &str) {
        if let Err(at) = Self::place(list, name) {
            list.insert(at, name.to_owned());
        }
    }

    /// Takes a name out of a list.
    pub(crate) fn forget(list: &mut Vec<String>, name: &str) {
        if let Ok(at) = Self::place(list, name) {
            list.remove(at);
        }
    }

    /// The annotation's value; none where there is nothing to note.
    pub fn write(&self) -> Option<String> {
        let mut json = json!({});
        let lists = [&self.copied, &self.probes, &self.pull_secrets, &self.rules, &self.policies];
        for (key, list) in KEYS.into_iter().zip(lists) {
            if !list.is_empty()
                && let Some(map) = json.as_object_mut()
            {
                map.insert(key.to_owned(), json!(list));
            }
        }
        let map = json.as_object_mut().filter(|map| !map.is_empty())?;
        map.insert("v".to_owned(), json!(1));
        Some(compact(&json))
    }
}
