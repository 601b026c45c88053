//! A namespace as its lists show it: what runs there, by labels, and which Services there are.

use crate::cluster::{Facts, Item, Kind, Labels, List};

/// A namespace.
#[derive(Clone, Debug, Default)]
pub(super) struct Space<'f> {
    /// The Services, where they could be listed.
    pub(super) services: Option<&'f List>,
    /// Workloads and Pods, as far as they could be listed.
    lists: Vec<(Kind, &'f List)>,
    /// All of those could be listed, to the end.
    pub(super) whole: bool,
}

impl<'f> Space<'f> {
    /// Lists what may be listed of a namespace.
    pub(super) fn read(facts: &'f Facts, namespace: &str, identity: &str) -> Self {
        let mut space = Self { whole: true, ..Self::default() };
        for kind in Kind::ALL {
            if kind.list_mask().is_empty() {
                continue;
            }
            let list = facts.list(kind, namespace, identity);
            if kind == Kind::Service {
                space.services = list;
            } else if let Some(list) = list {
                space.whole &= !list.more;
                space.lists.push((kind, list));
            } else {
                space.whole = false;
            }
        }
        space
    }

    /// What has all of these labels: workloads, and Pods that no listed workload stands for.
    pub(super) fn with_labels(&self, labels: &Labels) -> Vec<(Kind, &'f List, &'f Item)> {
        let (mut all, mut owned) = (Vec::new(), Vec::new());
        for &(kind, list) in &self.lists {
            for item in list.with_labels(labels) {
                let stands_for = match list.owner(item) {
                    "ReplicaSet" => "Deployment",
                    owner => owner,
                };
                let listed = kind == Kind::Pod && self.lists.iter().any(|(kind, _)| kind.name() == stands_for);
                if listed { &mut owned } else { &mut all }.push((kind, list, item));
            }
        }
        if all.is_empty() { owned } else { all }
    }
}
