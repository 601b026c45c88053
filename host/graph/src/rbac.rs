//! The least Roles and `RoleBindings` that the waits need, from what the policy says each of them asks of the API
//! server.
//!
//! One Role for each service account and namespace of targets, in that namespace. The wait program lists and watches a
//! single object with `fieldSelector=metadata.name=NAME`, which Kubernetes authorizes by name, so such rules name their
//! objects (`resourceNames`). EndpointSlices and Pods have names that nobody knows beforehand: their rules name none.

use crate::plan;
use crate::target;
use crate::workload::Workload;
use name::role_name;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

mod name;

/// Who needs a Role, and where.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Need<'w> {
    /// Where the targets are.
    namespace: &'w str,
    /// The namespace of the service account.
    home: &'w str,
    account: &'w str,
}

/// API group, resource, verbs.
type Right<'w> = (&'w str, &'w str, BTreeSet<&'w str>);
/// The names of the objects; none: all of them.
type Names<'w> = Option<BTreeSet<&'w str>>;

/// The Roles and `RoleBindings` as objects for the API server: each Role, then its binding; by namespace, then by
/// service account.
pub fn roles(workloads: &[Workload]) -> Vec<Value> {
    let mut needs: BTreeMap<Need<'_>, BTreeMap<Right<'_>, Names<'_>>> = BTreeMap::new();
    for workload in workloads {
        let Some(plan) = &workload.plan else { continue };
        let account = plan::service_account(plan);
        for dependency in plan::dependencies(plan).0 {
            let name = target::parse(dependency.target).and_then(|(_, target)| target.object_name());
            for ask in dependency.asks {
                let namespace = ask.namespace.unwrap_or(&workload.namespace);
                let need = Need { namespace, home: &workload.namespace, account };
                let right = (ask.group, ask.resource, ask.verbs.into_iter().collect());
                let is_named =
                    !matches!((ask.group, ask.resource), ("discovery.k8s.io", "endpointslices") | ("", "pods"));
                let rights = needs.entry(need).or_default();
                match (name.filter(|_| is_named), rights.entry(right).or_insert_with(|| Some(BTreeSet::new()))) {
                    (Some(name), Some(names)) => {
                        names.insert(name);
                    }
                    (None, names) => *names = None,
                    (Some(_), None) => {}
                }
            }
        }
    }
    needs.into_iter().flat_map(|(need, rights)| objects(&need, rights)).collect()
}

/// The objects as YAML for `kubectl apply -f -`; a comment where there are none.
pub fn yaml(objects: &[Value]) -> String {
    if objects.is_empty() {
        return "# No wait asks the API server for anything: no Role is needed.\n".to_owned();
    }
    objects.iter().map(waitwarden_manifest::print).collect::<Vec<_>>().join("---\n")
}

/// A Role and its binding.
fn objects(need: &Need<'_>, rights: BTreeMap<Right<'_>, Names<'_>>) -> [Value; 2] {
    // Rights of the same group, verbs and names are one rule.
    let mut rules: BTreeMap<(&str, BTreeSet<&str>, Names<'_>), BTreeSet<&str>> = BTreeMap::new();
    for ((group, resource, verbs), names) in rights {
        rules.entry((group, verbs, names)).or_default().insert(resource);
    }
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|((group, verbs, names), resources)| {
            let mut rule = json!({"apiGroups": [group], "resources": resources});
            if let (Some(names), Some(rule)) = (names, rule.as_object_mut()) {
                rule.insert("resourceNames".to_owned(), json!(names));
            }
            if let Some(rule) = rule.as_object_mut() {
                rule.insert("verbs".to_owned(), json!(verbs));
            }
            rule
        })
        .collect();
    let name = role_name(need.account, (need.home != need.namespace).then_some(need.home));
    let metadata = json!({
        "name": name,
        "namespace": need.namespace,
        "labels": {"app.kubernetes.io/managed-by": "waitwarden"},
    });
    let api = "rbac.authorization.k8s.io";
    [
        json!({"apiVersion": format!("{api}/v1"), "kind": "Role", "metadata": metadata, "rules": rules}),
        json!({
            "apiVersion": format!("{api}/v1"),
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": api, "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": need.account, "namespace": need.home}],
        }),
    ]
}
