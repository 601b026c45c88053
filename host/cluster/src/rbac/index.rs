//! Roles and bindings of a cluster, ready to be asked.

use super::Attributes;
use super::binding::{Binding, Identity, Missing, Subject};
use super::builtin::{self, Builtin};
use super::role::{Candidate, Role, Roles};
use crate::cluster::Cluster;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

const API_VERSION: &str = "rbac.authorization.k8s.io/v1";

/// All that RBAC knows. Bindings are looked at in the order of Kubernetes, those of the cluster first; among these, and
/// among those of a namespace, Kubernetes has no order, and here it is that of the names.
#[derive(Debug, Default)]
pub(crate) struct Index {
    bindings: Vec<Binding>,
    /// By namespace, empty for the cluster.
    subjects: BTreeMap<String, Subjects>,
    pub(crate) roles: Roles,
}

/// The bindings of each user and group.
#[derive(Debug, Default)]
struct Subjects {
    users: BTreeMap<String, Vec<usize>>,
    groups: BTreeMap<String, Vec<usize>>,
}

impl Index {
    pub(crate) fn new(cluster: &Cluster) -> Self {
        let mut index = Self::default();
        let mut cluster_roles = BTreeMap::new();
        let mut candidates = Vec::new();
        for object in cluster.list(API_VERSION, "ClusterRole", None) {
            let role = index.roles.add(Role::new(object));
            cluster_roles.insert(name(object), role);
            candidates.push(Candidate { role, object: Cow::Borrowed(object) });
        }
        for Builtin { name, object, role } in builtin::roles() {
            if !cluster_roles.contains_key(name) {
                let role = index.roles.add(role);
                cluster_roles.insert(name, role);
                candidates.push(Candidate { role, object: Cow::Owned(object) });
            }
        }
        index.roles.aggregate(&candidates);
        let mut roles: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for object in cluster.list(API_VERSION, "Role", None) {
            let role = index.roles.add(Role::new(object));
            roles.entry(namespace(object)).or_default().insert(name(object), role);
        }
        let bindings = ["ClusterRoleBinding", "RoleBinding"].map(|kind| cluster.list(API_VERSION, kind, None));
        for object in bindings.into_iter().flatten() {
            let mut binding = Binding::new(name(object), namespace(object), object);
            let (kind, role) = (binding.role_kind.as_str(), binding.role_name.as_str());
            let found = match kind {
                "Role" => roles.get(namespace(object)).and_then(|roles| roles.get(role)),
                "ClusterRole" => cluster_roles.get(role),
                _ => None,
            };
            binding.role = found.copied().ok_or_else(|| Missing {
                error: match kind {
                    "Role" | "ClusterRole" => {
                        format!("{}.rbac.authorization.k8s.io {role:?} not found", kind.to_lowercase())
                    }
                    _ => format!("unsupported role reference kind: {kind:?}"),
                },
                may_exist: kind == "ClusterRole" && role.starts_with("system:"),
            });
            index.add(binding);
        }
        index
    }

    fn add(&mut self, binding: Binding) {
        let place = self.bindings.len();
        let subjects = self.subjects.entry(binding.namespace.clone()).or_default();
        for (kind, name) in binding.subjects.iter().filter_map(Subject::means) {
            let of_kind = match kind {
                Identity::User => &mut subjects.users,
                Identity::Group => &mut subjects.groups,
            };
            of_kind.entry(name).or_default().push(place);
        }
        self.bindings.push(binding);
    }

    /// The bindings that apply to a user, of the cluster and of the namespace of the request.
    pub(crate) fn bindings<'a>(&'a self, attributes: &Attributes) -> impl Iterator<Item = &'a Binding> {
        let namespace = attributes.request.namespace();
        let namespaces = ["", namespace].into_iter().take(if namespace.is_empty() { 1 } else { 2 });
        let mut places = BTreeSet::new();
        for subjects in namespaces.filter_map(|namespace| self.subjects.get(namespace)) {
            let groups = attributes.groups.iter().filter_map(|group| subjects.groups.get(group));
            places.extend(subjects.users.get(&attributes.user).into_iter().chain(groups).flatten().copied());
        }
        places.into_iter().filter_map(|place| self.bindings.get(place))
    }
}

fn name(object: &Value) -> &str {
    object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default()
}

fn namespace(object: &Value) -> &str {
    object.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default()
}
