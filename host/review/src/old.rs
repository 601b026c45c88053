//! Objects as they are in the cluster, which an update replaces.

use crate::request::Identity;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Old objects, found by what they are: API group, kind, namespace and name. The version does not count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Old(Arc<BTreeMap<Key, Value>>);

type Key = (String, String, String, String);

impl Old {
    /// All of them; the namespace is for objects that name none.
    pub fn of(objects: impl IntoIterator<Item = Value>, namespace: &str) -> Self {
        let keyed = objects.into_iter().map(|object| (key(&Identity::of(&object, namespace)), object));
        Self(Arc::new(keyed.collect()))
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
