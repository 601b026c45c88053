//! A cluster that answers as policy-server does: with field masks, with lists only for those who asked whether they may
//! list, and with no question twice.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use waitwarden_core::cluster::{Answer, Kind, Question, groups};
use waitwarden_core::finding::{Finding, Severity};
use waitwarden_core::{Settings, Verdict, decide_with};

/// Where the declaration of a workload stands.
pub(crate) const POINTER: &str = "/spec/template/metadata/annotations/waitwarden.io~1depends-on";
pub(crate) const IDENTITY: &str = "system:serviceaccount:kubewarden:policy-server";

/// The rest of the cluster.
#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) objects: Vec<Value>,
    /// What is not there may be elsewhere, as with a host that has only manifests.
    pub(crate) open: bool,
    /// Kinds that may not be listed.
    pub(crate) unlisted: Vec<Kind>,
    /// Kinds that the policy was not granted.
    pub(crate) denied: Vec<Kind>,
    /// Kinds whose lookup fails.
    pub(crate) failing: Vec<Kind>,
    /// Verb and resource that service accounts may not.
    pub(crate) forbidden: Vec<(&'static str, &'static str)>,
    /// What was asked, in order.
    pub(crate) asked: Vec<Question>,
}

impl Fake {
    pub(crate) fn of(objects: impl IntoIterator<Item = Value>) -> Self {
        Self { objects: objects.into_iter().collect(), ..Self::default() }
    }

    pub(crate) fn answer(&mut self, question: &Question) -> Answer {
        assert!(!self.asked.contains(question), "asked twice: {question:?}");
        self.asked.push(question.clone());
        match question {
            Question::Get { kind, namespace, name } => {
                if let Some(answer) = self.refused(*kind) {
                    return answer;
                }
                let found = self.of_kind(*kind, namespace).find(|object| object["metadata"]["name"] == *name);
                match found {
                    Some(object) => json(&masked(object, kind.object_mask())),
                    None if self.open => Answer::Unknown,
                    None => Answer::Absent,
                }
            }
            Question::List { kind, namespace } => {
                for verb in ["list", "watch"] {
                    let asked = self.asked.contains(&Question::Can {
                        user: IDENTITY.to_owned(),
                        namespace: namespace.clone(),
                        group: kind.group().to_owned(),
                        resource: kind.resource().to_owned(),
                        name: None,
                        verb,
                    });
                    assert!(asked && !self.unlisted.contains(kind), "policy-server never answers {question:?}");
                }
                if let Some(answer) = self.refused(*kind) {
                    return answer;
                }
                let items: Vec<Value> =
                    self.of_kind(*kind, namespace).map(|object| masked(object, kind.list_mask())).collect();
                let more = if self.open { json!("there may be more") } else { Value::Null };
                json(&json!({ "metadata": { "continue": more, "resourceVersion": "7" }, "items": items, "kind": 1 }))
            }
            Question::Can { user, namespace, resource, verb, .. } => {
                assert!(groups(user).len() == 3 && !namespace.is_empty(), "{question:?}");
                let allowed = if user == IDENTITY {
                    !self.unlisted.iter().any(|kind| kind.resource() == resource)
                } else if self.open {
                    return Answer::Unknown;
                } else {
                    !self.forbidden.contains(&(verb, resource))
                };
                json(&json!({ "allowed": allowed }))
            }
        }
    }

    fn refused(&self, kind: Kind) -> Option<Answer> {
        if self.denied.contains(&kind) {
            return Some(Answer::Denied("the policy has not been granted access".to_owned()));
        }
        self.failing.contains(&kind).then(|| Answer::Failed("connection refused".to_owned()))
    }

    fn of_kind(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = &Value> {
        self.objects
            .iter()
            .filter(move |object| object["kind"] == kind.name() && object["metadata"]["namespace"] == namespace)
    }

    /// What the policy says of an object that is created beside the others.
    pub(crate) fn judge(&mut self, object: &Value, settings: &Value) -> Verdict {
        let settings = Settings::read(settings).unwrap();
        decide_with(&create(object), &settings, &mut |question| self.answer(question))
    }

    /// As [`Self::judge`], with the default settings, and only what is found.
    pub(crate) fn findings(&mut self, object: &Value) -> Vec<Finding> {
        self.judge(object, &Value::Null).findings
    }

    /// What of the questions is about this kind, in short.
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        self.asked.iter().map(ToString::to_string).collect()
    }
}

fn json(value: &Value) -> Answer {
    Answer::Found(value.to_string().into_bytes())
}

/// Only what the masks name; lists are transparent.
pub(crate) fn masked(value: &Value, masks: &[&str]) -> Value {
    if masks.contains(&"") {
        return value.clone();
    }
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter_map(|(key, value)| {
                let inside: Vec<&str> = masks
                    .iter()
                    .filter_map(|mask| mask.strip_prefix(key.as_str()))
                    .filter_map(|rest| if rest.is_empty() { Some("") } else { rest.strip_prefix('.') })
                    .collect();
                (!inside.is_empty()).then(|| (key.clone(), masked(value, &inside)))
            });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(list) => Value::Array(list.iter().map(|value| masked(value, masks)).collect()),
        other => other.clone(),
    }
}

pub(crate) fn create(object: &Value) -> Value {
    let group = match object["kind"].as_str().unwrap() {
        "Deployment" | "StatefulSet" | "DaemonSet" => "apps",
        "Job" | "CronJob" => "batch",
        _ => "",
    };
    json!({
        "operation": "CREATE",
        "kind": { "group": group, "version": "v1", "kind": object["kind"] },
        "namespace": object["metadata"]["namespace"],
        "object": object,
    })
}

/// A workload of the same Pods as its name says, which wait for something.
pub(crate) fn workload(kind: &str, place: &str, depends: &str) -> Value {
    let (namespace, name) = place.split_once('/').unwrap();
    let annotations = if depends.is_empty() { json!({}) } else { json!({ "waitwarden.io/depends-on": depends }) };
    json!({
        "kind": kind,
        "metadata": { "name": name, "namespace": namespace },
        "spec": {
            "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name }, "annotations": annotations },
                "spec": { "containers": [
                    { "name": name, "image": "app:1", "readinessProbe": { "httpGet": { "path": "/ready", "port": 80 } } },
                ] },
            },
        },
    })
}

pub(crate) fn deployment(place: &str, depends: &str) -> Value {
    workload("Deployment", place, depends)
}

/// A Service for the workload of the same name.
pub(crate) fn service(place: &str) -> Value {
    let (namespace, name) = place.split_once('/').unwrap();
    json!({
        "kind": "Service",
        "metadata": { "name": name, "namespace": namespace },
        "spec": { "selector": { "app": name }, "ports": [{ "name": "http", "port": 80, "targetPort": 8080 }] },
    })
}

pub(crate) fn job(place: &str) -> Value {
    let (namespace, name) = place.split_once('/').unwrap();
    json!({
        "kind": "Job",
        "metadata": { "name": name, "namespace": namespace },
        "spec": { "template": { "spec": { "restartPolicy": "Never", "containers": [{ "name": "x" }] } } },
    })
}

/// Sets a value at a pointer.
pub(crate) fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    object.pointer_mut(parent).unwrap()[key.replace("~1", "/").as_str()] = value;
    object
}

/// What is said of an item that begins at byte `at` of the declaration.
pub(crate) fn said(
    rule: &'static str,
    severity: Severity,
    item: &str,
    at: usize,
    message: &str,
    help: &str,
) -> Finding {
    Finding::new(rule, severity, POINTER, message).help(help).span(at..at + item.len())
}

/// Of the same object: these findings in that cluster, and none in the other.
pub(crate) fn check(object: &Value, wrong: Fake, expected: &[Finding], right: Fake) {
    let (mut wrong, mut right) = (wrong, right);
    assert_eq!(wrong.findings(object), expected);
    assert_eq!(right.findings(object), vec![]);
}

pub(crate) fn db() -> [Value; 2] {
    [service("shop/db"), workload("StatefulSet", "shop/db", "")]
}
