//! `PLURAL.VERSION.GROUP/NAME`: the condition Ready of a custom resource, or the one that `condition=` names, is True.

use super::Means;
use super::condition;
use super::object::{Object, Resource};
use crate::reason::{Kind, Observation, Pace, Reason};
use serde_json::Value;

/// A custom resource that should have a condition.
pub(crate) struct Custom {
    object: Object,
    condition: String,
}

/// The words of the target.
pub(crate) struct Words {
    /// The namespace, where one is written.
    pub(crate) namespace: Option<String>,
    /// The resource.
    pub(crate) plural: String,
    /// The version of the group.
    pub(crate) version: String,
    /// The API group.
    pub(crate) group: String,
    /// The name.
    pub(crate) name: String,
}

impl Custom {
    /// This one.
    pub(crate) fn new(means: Means, words: Words, condition: String) -> Self {
        let Words { namespace, plural, version, group, name } = words;
        let target = format!("{plural}.{version}.{group}/{name}");
        let resource = Resource { kind: format!("{plural}.{group}"), group, version, plural };
        Self { object: Object::new(means, resource, namespace, name, target), condition }
    }

    /// Waits for a change of it.
    pub(crate) async fn observe(&mut self) -> (Observation, Pace) {
        let Self { object, condition } = self;
        object.observe(|custom| judge(custom, condition)).await
    }
}

/// What it says of itself. Source: Kubernetes' API conventions, "Typical status properties".
fn judge(object: &Value, kind: &str) -> Observation {
    if condition::is_true(object, kind) {
        return Observation::Ready(None);
    }
    let text = if let Some(found) = condition::find(object, kind) {
        let status = match condition::text(found, "status") {
            "" => "empty".to_owned(),
            status => condition::bounded(status),
        };
        let why = condition::why(found).map_or_else(String::new, |why| format!(": {why}"));
        format!("its condition `{kind}` is {status}{why}")
    } else {
        let known: Vec<String> =
            condition::all(object).iter().map(|other| format!("`{}`", condition::text(other, "type"))).collect();
        if known.is_empty() {
            format!("it has no conditions yet; `{kind}` is waited for")
        } else {
            let known = condition::bounded(&known.join(", "));
            format!("it has no condition `{kind}`; it has {known}, and `condition=` may name another one")
        }
    };
    Observation::Waiting(Reason::new(Kind::NotReady, text))
}
