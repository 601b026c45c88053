//! Objects as they are in the cluster, which an update replaces.

use crate::request::Identity;
use crate::source;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use waitwarden_manifest::Entry;

/// Old objects, found by what they are: API group, kind, namespace and name. The version does not count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Old(Arc<BTreeMap<Key, Value>>);

type Key = (String, String, String, String);

impl Old {
    /// Reads files and folders. The namespace is for objects that name none.
    ///
    /// # Errors
    /// A text for people, with file, line and column, where something cannot be read.
    pub fn read(paths: &[PathBuf], namespace: &str) -> Result<Self, String> {
        let mut objects = BTreeMap::new();
        for input in source::inputs(paths) {
            let source = input.read().map_err(|error| format!("{}: {}", error.name, error.message))?;
            for entry in waitwarden_manifest::read(&source.text) {
                match entry {
                    Entry::Document(document) => {
                        for (_, object) in document.items() {
                            objects.insert(key(&Identity::of(object, namespace)), object.clone());
                        }
                    }
                    Entry::Empty { .. } => {}
                    Entry::Broken(broken) => {
                        return Err(format!("{}:{}:{}: {}", source.name, broken.line, broken.column, broken.message));
                    }
                }
            }
        }
        Ok(Self(Arc::new(objects)))
    }

    /// The old form of an object.
    pub fn find(&self, identity: &Identity) -> Option<&Value> {
        self.0.get(&key(identity))
    }

    /// All of them.
    pub fn objects(&self) -> impl Iterator<Item = &Value> {
        self.0.values()
    }
}

fn key(identity: &Identity) -> Key {
    (identity.group().to_owned(), identity.kind.clone(), identity.namespace.clone(), identity.name.clone())
}
