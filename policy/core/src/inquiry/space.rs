//! A namespace as its lists show it: what runs there, by labels, and which Services there are.

use super::index::Index;
use crate::cluster::{Facts, Item, Kind};

/// A namespace.
#[derive(Debug, Default)]
pub(super) struct Space<'f> {
    /// What is listed, by each label of its Pods.
    labels: Index,
    by_label: Vec<Vec<(Kind, &'f Item)>>,
    /// The Services, where they could be listed.
    services: Option<(Index, &'f [Item])>,
    /// Every kind could be listed, to the end.
    pub(super) whole: bool,
    /// Kinds whose workloads are listed; their Pods say nothing new.
    owners: Vec<&'static str>,
}

impl<'f> Space<'f> {
    /// Lists what may be listed of a namespace.
    pub(super) fn read(facts: &'f Facts, namespace: &str, identity: &str) -> Self {
        let mut space = Self { whole: true, ..Self::default() };
        for kind in Kind::ALL {
            if kind.list_mask().is_empty() {
                continue;
            }
            let Some(list) = facts.list(kind, namespace, identity) else {
                space.whole &= kind == Kind::Service;
                continue;
            };
            if kind == Kind::Service {
                let mut names = Index::default();
                for (at, item) in list.items.iter().enumerate() {
                    names.place(item.name.clone(), at);
                }
                space.services = Some((names, &list.items));
                continue;
            }
            space.whole &= !list.more;
            space.owners.push(if kind == Kind::Deployment { "ReplicaSet" } else { kind.name() });
            for item in &list.items {
                for (key, value) in &item.labels {
                    let place = space.labels.place(label(key, value), space.by_label.len());
                    if place == space.by_label.len() {
                        space.by_label.push(Vec::new());
                    }
                    if let Some(list) = space.by_label.get_mut(place) {
                        list.push((kind, item));
                    }
                }
            }
        }
        space
    }

    /// Could the Services be listed?
    pub(super) const fn lists_services(&self) -> bool {
        self.services.is_some()
    }

    /// A Service, if it is listed.
    pub(super) fn service(&self, name: &str) -> Option<&'f Item> {
        let (names, items) = self.services.as_ref()?;
        items.get(names.get(name)?)
    }

    /// What has all of these labels: workloads, and Pods that no listed workload stands for.
    pub(super) fn with_labels(&self, labels: &[(String, String)]) -> Vec<(Kind, &'f Item)> {
        let Some((key, value)) = labels.first() else {
            return Vec::new();
        };
        let place = self.labels.get(&label(key, value));
        let candidates = place.and_then(|place| self.by_label.get(place)).map_or(&[] as &[_], Vec::as_slice);
        let fit = candidates.iter().filter(|(_, item)| has_all(&item.labels, labels));
        let (pods, mut workloads): (Vec<_>, Vec<_>) =
            fit.copied().partition(|(kind, item)| *kind == Kind::Pod && self.owners.contains(&item.owner.as_str()));
        if workloads.is_empty() {
            workloads = pods;
        }
        workloads
    }
}

/// A label as one text; neither part of it has a `=`.
fn label(key: &str, value: &str) -> String {
    format!("{key}={value}")
}

/// Are all of these labels among those?
pub(super) fn has_all(there: &[(String, String)], wanted: &[(String, String)]) -> bool {
    wanted.iter().all(|label| there.contains(label))
}
