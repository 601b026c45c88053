//! What is among the manifests, by everything that a target can name it by, and what stands behind a target.

use crate::target::{self, Target};
use crate::workload::{Identity, Object, plurals, text};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// More workloads than these behind one selector are not told apart: their number times that of the waits would have
/// no bound.
pub(crate) const MOST_BEHIND: usize = 64;
/// `ExternalName`s that lead to each other are followed so far.
const MOST_HOPS: usize = 8;

/// What is among the manifests. Nodes are known by their ids.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The node of an object.
    objects: BTreeMap<(String, Identity), String>,
    /// The nodes of objects by namespace, group, plural and name.
    plurals: BTreeMap<[String; 4], String>,
    /// The nodes whose Pods have a label: namespace, key, value.
    labels: BTreeMap<[String; 3], BTreeSet<String>>,
    services: BTreeMap<(String, String), Service>,
}

#[derive(Debug, Clone)]
struct Service {
    external: Option<String>,
    selector: Vec<(String, String)>,
}

/// What stands behind a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Behind {
    /// Nodes that are among the manifests, and the Service that led to them.
    Nodes { ids: Vec<String>, through: Option<String> },
    /// A Service of the manifests behind which no workload of them stands, or too many.
    Service { namespace: String, name: String, note: String },
    /// Too many workloads have these labels.
    Crowd { namespace: String, name: String, note: String },
    /// Not among the manifests.
    Unknown { namespace: String, word: String, name: String },
    /// A host outside.
    Outside { host: String, through: Option<String> },
}

impl Index {
    /// Adds an object that may be waited for by its kind and name.
    pub(crate) fn add(&mut self, namespace: &str, identity: &Identity, id: &str) {
        for plural in plurals(&identity.kind) {
            let key = [namespace.to_owned(), identity.group.clone(), plural, identity.name.clone()];
            self.plurals.entry(key).or_insert_with(|| id.to_owned());
        }
        self.objects.insert((namespace.to_owned(), identity.clone()), id.to_owned());
    }

    /// Adds the labels of the Pods of a node.
    pub(crate) fn label(&mut self, namespace: &str, labels: &Map<String, Value>, id: &str) {
        for (key, value) in labels {
            if let Some(value) = value.as_str() {
                let key = [namespace.to_owned(), key.clone(), value.to_owned()];
                self.labels.entry(key).or_default().insert(id.to_owned());
            }
        }
    }

    /// Adds an object that is no workload, if it is a Service.
    pub(crate) fn service(&mut self, object: &Object) {
        let identity = Identity::of(&object.object);
        if identity.kind != "Service" || !identity.group.is_empty() {
            return;
        }
        let external = (text(&object.object, "/spec/type") == Some("ExternalName"))
            .then(|| text(&object.object, "/spec/externalName").unwrap_or_default().to_owned());
        let selector = object.object.pointer("/spec/selector").and_then(Value::as_object);
        let selector = selector.into_iter().flatten().map(|(key, value)| {
            // A value that is no text selects nothing; so does this.
            (key.clone(), value.as_str().unwrap_or("\0").to_owned())
        });
        let service = Service { external, selector: selector.collect() };
        self.services.insert((object.namespace.clone(), identity.name), service);
    }

    /// The node of an object.
    pub(crate) fn node(&self, namespace: &str, identity: &Identity) -> Option<&str> {
        self.objects.get(&(namespace.to_owned(), identity.clone())).map(String::as_str)
    }

    /// What stands behind a target. Without a namespace it is in `own`.
    pub(crate) fn behind(&self, own: &str, namespace: Option<&str>, target: &Target<'_>) -> Behind {
        let at = namespace.unwrap_or(own);
        match target {
            Target::Service { name, .. } => self.behind_service(at, name, MOST_HOPS),
            Target::Object { word, name } => {
                let (group, kind) = match *word {
                    "job" => ("batch", "Job"),
                    "deployment" => ("apps", "Deployment"),
                    "statefulset" => ("apps", "StatefulSet"),
                    _ => ("apps", "DaemonSet"),
                };
                let identity = Identity { group: group.to_owned(), kind: kind.to_owned(), name: (*name).to_owned() };
                Self::known_or(self.node(at, &identity), at, word, name)
            }
            Target::Custom { plural, group, name } => {
                let key = [at.to_owned(), (*group).to_owned(), (*plural).to_owned(), (*name).to_owned()];
                Self::known_or(self.plurals.get(&key).map(String::as_str), at, &format!("{plural}.{group}"), name)
            }
            Target::Pods { labels } => self.behind_labels(at, labels),
            Target::Host { host, .. } => self.behind_host(own, host, MOST_HOPS),
        }
    }

    fn known_or(id: Option<&str>, namespace: &str, word: &str, name: &str) -> Behind {
        match id {
            Some(id) => Behind::Nodes { ids: vec![id.to_owned()], through: None },
            None => Behind::Unknown { namespace: namespace.to_owned(), word: word.to_owned(), name: name.to_owned() },
        }
    }

    fn behind_labels(&self, namespace: &str, labels: &[(&str, &str)]) -> Behind {
        let name = labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&");
        let ids = self.selected(namespace, labels);
        match ids.len() {
            0 => Behind::Unknown { namespace: namespace.to_owned(), word: "pods".to_owned(), name },
            count if count > MOST_BEHIND => {
                let note = format!("more than {MOST_BEHIND} workloads have these labels: too many to show each");
                Behind::Crowd { namespace: namespace.to_owned(), name, note }
            }
            _ => Behind::Nodes { ids, through: None },
        }
    }

    fn behind_service(&self, namespace: &str, name: &str, hops: usize) -> Behind {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        let Some(service) = self.services.get(&(namespace.clone(), name.clone())) else {
            return Behind::Unknown { namespace, word: "service".to_owned(), name };
        };
        let through = Some(format!("{namespace}/service/{name}"));
        let none =
            |note: &str| Behind::Service { namespace: namespace.clone(), name: name.clone(), note: note.to_owned() };
        if let Some(host) = &service.external {
            let host = host.strip_suffix('.').unwrap_or(host);
            if host.is_empty() {
                return none("is an ExternalName without a name");
            }
            return match hops.checked_sub(1) {
                Some(hops) => match self.behind_host(&namespace, host, hops) {
                    Behind::Outside { host, .. } => Behind::Outside { host, through },
                    behind => behind,
                },
                None => none("is one of many ExternalNames that lead to each other"),
            };
        }
        let selector: Vec<(&str, &str)> =
            service.selector.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        if selector.is_empty() {
            return none("has no selector");
        }
        let ids = self.selected(&namespace, &selector);
        match ids.len() {
            0 => none("selects no workload of the manifests"),
            count if count > MOST_BEHIND => {
                none(&format!("selects more than {MOST_BEHIND} workloads: too many to show each"))
            }
            _ => Behind::Nodes { ids, through },
        }
    }

    fn behind_host(&self, own: &str, host: &str, hops: usize) -> Behind {
        let Some(inside) = target::inside(host) else {
            return Behind::Outside { host: host.to_owned(), through: None };
        };
        let namespace = inside.namespace.unwrap_or(own);
        if inside.is_certain || self.services.contains_key(&(namespace.to_owned(), inside.name.to_owned())) {
            self.behind_service(namespace, inside.name, hops)
        } else {
            Behind::Outside { host: host.to_owned(), through: None }
        }
    }

    /// The nodes whose Pods have all of these labels, up to one more than [`MOST_BEHIND`]. It looks only at those with
    /// the rarest of the labels.
    fn selected(&self, namespace: &str, labels: &[(&str, &str)]) -> Vec<String> {
        let sets: Option<Vec<&BTreeSet<String>>> = labels
            .iter()
            .map(|(key, value)| self.labels.get(&[namespace.to_owned(), (*key).to_owned(), (*value).to_owned()]))
            .collect();
        let Some(sets) = sets else { return Vec::new() };
        let Some(rarest) = sets.iter().min_by_key(|set| set.len()) else { return Vec::new() };
        let selected = rarest.iter().filter(|id| sets.iter().all(|set| set.contains(*id)));
        selected.take(MOST_BEHIND.saturating_add(1)).cloned().collect()
    }
}
