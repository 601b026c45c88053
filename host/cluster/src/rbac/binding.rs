//! `RoleBindings` and `ClusterRoleBindings` (`pkg/registry/rbac/validation/rule.go`).

use super::Attributes;
use serde_json::Value;

/// A binding, with the role that it means.
#[derive(Debug)]
pub(crate) struct Binding {
    name: String,
    /// Empty for a `ClusterRoleBinding`.
    pub(crate) namespace: String,
    pub(crate) role_kind: String,
    pub(crate) role_name: String,
    pub(crate) subjects: Vec<Subject>,
    /// Its place among the roles.
    pub(crate) role: Result<usize, Missing>,
}

/// A role that is not there.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    /// As Kubernetes writes it.
    pub(crate) error: String,
    /// Kubernetes brings roles of such names.
    pub(crate) may_exist: bool,
}

/// Whom a binding is for. Kubernetes compares kinds, not API groups.
#[derive(Debug)]
pub(crate) struct Subject {
    kind: String,
    name: String,
    /// Of service accounts; the binding's own where none is written.
    namespace: String,
}

/// How a subject is known to the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    User,
    Group,
}

impl Binding {
    /// The role is not looked for yet.
    pub(crate) fn new(name: &str, namespace: &str, object: &Value) -> Self {
        let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let role = object.get("roleRef").unwrap_or(&Value::Null);
        let subjects = object.get("subjects").and_then(Value::as_array).into_iter().flatten();
        let subjects = subjects.map(|subject| {
            let written = text(subject, "namespace");
            let namespace = if written.is_empty() { namespace.to_owned() } else { written };
            Subject { kind: text(subject, "kind"), name: text(subject, "name"), namespace }
        });
        Self {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            role_kind: text(role, "kind"),
            role_name: text(role, "name"),
            subjects: subjects.collect(),
            role: Err(Missing::default()),
        }
    }

    /// As Kubernetes gives the reason, with the first of the subjects that the user is.
    pub(crate) fn describe(&self, attributes: &Attributes) -> String {
        let Self { name, namespace, role_kind, role_name, subjects, .. } = self;
        let binding = if namespace.is_empty() {
            format!("ClusterRoleBinding {name:?}")
        } else {
            format!("RoleBinding {:?}", format!("{name}/{namespace}"))
        };
        let subject = subjects.iter().find(|subject| match subject.means() {
            Some((Identity::User, user)) => user == attributes.user,
            Some((Identity::Group, group)) => attributes.groups.contains(&group),
            None => false,
        });
        let subject = subject.map_or(String::new(), |Subject { kind, name, namespace }| {
            let name = if kind == "ServiceAccount" { format!("{name}/{namespace}") } else { name.clone() };
            format!("{kind} {name:?}")
        });
        format!("{binding} of {role_kind} {role_name:?} to {subject}")
    }
}

impl Subject {
    /// The user or the group. A service account is a user of a certain name; without a namespace it is nobody.
    pub(crate) fn means(&self) -> Option<(Identity, String)> {
        let Self { kind, name, namespace } = self;
        match kind.as_str() {
            "User" => Some((Identity::User, name.clone())),
            "Group" => Some((Identity::Group, name.clone())),
            "ServiceAccount" if !namespace.is_empty() => {
                Some((Identity::User, format!("system:serviceaccount:{namespace}:{name}")))
            }
            _ => None,
        }
    }
}
