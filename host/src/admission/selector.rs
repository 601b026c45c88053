//! Label selectors, as Kubernetes matches them; with labels that nobody here knows, the answer may be unknown.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The label that every namespace has: its name.
const NAME: &str = "kubernetes.io/metadata.name";

/// A selector. The empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Selector {
    #[serde(default)]
    pub(super) match_labels: BTreeMap<String, String>,
    #[serde(default)]
    match_expressions: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    key: String,
    operator: Operator,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// Labels of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Labels {
    known: BTreeMap<String, String>,
    /// There may be others.
    open: bool,
}

/// Does a selector match?
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Matched {
    Yes,
    No,
    /// It hangs on this label, which nobody knows.
    Unknown(String),
}

impl Labels {
    pub(super) fn of(object: &Value) -> Self {
        let labels = object.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
        let known = labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        Self { known: known.collect(), open: false }
    }

    /// Those of a namespace of which only the name is known.
    pub(super) fn of_namespace(name: &str) -> Self {
        Self { open: true, ..Self::default() }.named(name)
    }

    /// With the label that the API server gives every namespace.
    pub(super) fn named(mut self, name: &str) -> Self {
        self.known.insert(NAME.to_owned(), name.to_owned());
        self
    }
}

impl Selector {
    /// Not the namespace of that name.
    pub(super) fn except(&mut self, namespace: &str) {
        self.match_expressions.push(Requirement {
            key: NAME.to_owned(),
            operator: Operator::NotIn,
            values: vec![namespace.to_owned()],
        });
    }

    pub(super) fn matches(&self, labels: &Labels) -> Matched {
        let exact = self.match_labels.iter().map(|(key, value)| (key, Operator::In, std::slice::from_ref(value)));
        let listed = self.match_expressions.iter().map(|one| (&one.key, one.operator, one.values.as_slice()));
        let mut matched = Matched::Yes;
        for (key, operator, values) in exact.chain(listed) {
            let value = labels.known.get(key);
            if value.is_none() && labels.open {
                matched = Matched::Unknown(key.clone());
                continue;
            }
            let holds = match operator {
                Operator::In => value.is_some_and(|value| values.contains(value)),
                Operator::NotIn => value.is_none_or(|value| !values.contains(value)),
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            };
            if !holds {
                return Matched::No;
            }
        }
        matched
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(selector: Value, labels: &Labels) -> Matched {
        serde_json::from_value::<Selector>(selector).unwrap().matches(labels)
    }

    #[test]
    fn selectors_match_as_in_kubernetes() {
        let labels = Labels::of(&json!({"metadata": {"labels": {"team": "shop", "tier": "web"}}}));
        let expression = |key: &str, operator: &str, values: Value| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        for (selector, expected) in [
            (json!({}), Matched::Yes),
            (json!({"matchLabels": {"team": "shop"}}), Matched::Yes),
            (json!({"matchLabels": {"team": "shop", "tier": "db"}}), Matched::No),
            (expression("team", "In", json!(["shop", "pay"])), Matched::Yes),
            (expression("team", "NotIn", json!(["shop"])), Matched::No),
            (expression("none", "NotIn", json!(["shop"])), Matched::Yes),
            (expression("none", "In", json!(["shop"])), Matched::No),
            (expression("tier", "Exists", json!([])), Matched::Yes),
            (expression("tier", "DoesNotExist", json!([])), Matched::No),
        ] {
            assert_eq!(matches(selector.clone(), &labels), expected, "{selector}");
        }
    }

    #[test]
    fn of_a_namespace_that_nobody_shows_only_the_name_is_known() {
        let shop = Labels::of_namespace("shop");
        assert_eq!(matches(json!({"matchLabels": {NAME: "shop"}}), &shop), Matched::Yes);
        assert_eq!(matches(json!({"matchLabels": {"team": "a"}}), &shop), Matched::Unknown("team".to_owned()));
        // Whatever the team is.
        assert_eq!(matches(json!({"matchLabels": {"team": "a", NAME: "other"}}), &shop), Matched::No);
    }
}
