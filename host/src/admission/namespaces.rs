//! The namespaces whose labels are known, from the manifests that are looked at.

use super::selector::Labels;
use serde_json::Value;
use std::collections::BTreeMap;

/// Namespaces by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces(BTreeMap<String, Labels>);

impl Namespaces {
    /// Takes a Namespace in; other objects say nothing about labels of one.
    pub fn add(&mut self, object: &Value) {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        if (text("/apiVersion"), text("/kind")) == ("v1", "Namespace") {
            let name = text("/metadata/name");
            self.0.insert(name.to_owned(), Labels::of(object).named(name));
        }
    }

    pub(super) fn labels(&self, name: &str) -> Labels {
        self.0.get(name).cloned().unwrap_or_else(|| Labels::of_namespace(name))
    }
}
