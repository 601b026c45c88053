//! A namespace as its lists show it: what runs there, by labels, and which Services there are.

use crate::cluster::{Facts, Item, Kind};
use std::collections::BTreeMap;

/// A namespace.
#[derive(Debug, Default)]
pub(super) struct Space<'f> {
    /// What is listed, by each label of its Pods.
    by_label: BTreeMap<(&'f str, &'f str), Vec<(Kind, &'f Item)>>,
    /// The Services, where they could be listed.
    services: Option<BTreeMap<&'f str, &'f Item>>,
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
                space.services = Some(list.items.iter().map(|item| (item.name.as_str(), item)).collect());
                continue;
            }
            space.whole &= !list.more;
            space.owners.push(if kind == Kind::Deployment { "ReplicaSet" } else { kind.name() });
            for item in &list.items {
                for (key, value) in &item.labels {
                    space.by_label.entry((key, value)).or_default().push((kind, item));
                }
            }
        }
        space
    }

    /// The Services by name, where they could be listed.
    pub(super) const fn services(&self) -> Option<&BTreeMap<&'f str, &'f Item>> {
        self.services.as_ref()
    }

    /// What has all of these labels: workloads, and Pods that no listed workload stands for.
    pub(super) fn with_labels(&self, labels: &[(String, String)]) -> Vec<(Kind, &'f Item)> {
        let Some((key, value)) = labels.first() else {
            return Vec::new();
        };
        let candidates = self.by_label.get(&(key.as_str(), value.as_str())).map_or(&[] as &[_], Vec::as_slice);
        let fit = candidates.iter().filter(|(_, item)| has_all(&item.labels, labels));
        let (pods, mut workloads): (Vec<_>, Vec<_>) =
            fit.copied().partition(|(kind, item)| *kind == Kind::Pod && self.owners.contains(&item.owner.as_str()));
        if workloads.is_empty() {
            workloads = pods;
        }
        workloads
    }
}

/// Are all of these labels among those?
pub(super) fn has_all(there: &[(String, String)], wanted: &[(String, String)]) -> bool {
    wanted.iter().all(|label| there.contains(label))
}
