//! What the policy understood of all manifests together: who waits, and what else there is.

use crate::request::Identity;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use waitwarden_cluster::Cluster;
use waitwarden_graph::{Object, Workload};

/// The plans of objects, by what tells an object from all others; of two with the same name the last counts.
#[derive(Clone, Debug, Default)]
pub struct Plans(BTreeMap<Key, (Identity, Value)>);

/// API group, kind, namespace and name.
type Key = (String, String, String, String);

impl Plans {
    /// Adds the plan of an object.
    pub fn insert(&mut self, identity: Identity, plan: Value) {
        self.0.insert(key(&identity), (identity, plan));
    }

    /// The objects of a cluster, as a graph wants them: those that have a plan or Pods, and all others.
    pub fn among(mut self, cluster: &Cluster) -> (Vec<Workload>, Vec<Object>) {
        let (mut workloads, mut objects) = (Vec::new(), Vec::new());
        for object in cluster.objects() {
            let namespace = object.namespace.unwrap_or_default().to_owned();
            let key = (object.group.to_owned(), object.kind.to_owned(), namespace.clone(), object.name.to_owned());
            let plan = self.0.remove(&key).map(|(_, plan)| plan);
            if plan.is_some() || has_pods(object.value) {
                workloads.push(Workload { object: object.value.clone(), namespace, plan, timeout: None });
            } else {
                objects.push(Object { object: object.value.clone(), namespace });
            }
        }
        // What the API server names itself (`generateName`) is in no cluster yet.
        for (_, (identity, plan)) in self.0 {
            let (key, name) = if identity.name.is_empty() {
                ("generateName", &identity.generate_name)
            } else {
                ("name", &identity.name)
            };
            let object =
                json!({ "apiVersion": identity.api_version, "kind": identity.kind, "metadata": { key: name } });
            workloads.push(Workload { object, namespace: identity.namespace, plan: Some(plan), timeout: None });
        }
        (workloads, objects)
    }
}

/// Does it hold a Pod or make some? A custom resource does where it has the template that all others have.
fn has_pods(object: &Value) -> bool {
    ["", "/template", "/spec/template", "/spec/jobTemplate/spec/template"]
        .iter()
        .any(|pod| object.pointer(&format!("{pod}/spec/containers")).is_some())
}

fn key(identity: &Identity) -> Key {
    (identity.group().to_owned(), identity.kind.clone(), identity.namespace.clone(), identity.name.clone())
}
