//! Where something with a name stands in a list.

use serde_json::{Map, Value};

/// Names and numbers. It is made of JSON's own map, which is in the module anyway: another kind of map is 4 KiB of wasm.
#[derive(Clone, Debug, Default)]
pub(super) struct Index(Map<String, Value>);

impl Index {
    pub(super) fn get(&self, name: &str) -> Option<usize> {
        self.0.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
    }

    /// The number of a name: the one that it has, else this one, which it has from now on.
    pub(super) fn place(&mut self, name: String, next: usize) -> usize {
        if let Some(known) = self.get(&name) {
            return known;
        }
        self.0.insert(name, Value::from(next));
        next
    }
}
