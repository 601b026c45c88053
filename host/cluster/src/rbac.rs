//! May somebody do something? Kubernetes' RBAC authorizer over the Roles and bindings among the manifests
//! (`plugin/pkg/auth/authorizer/rbac/rbac.go`, `pkg/registry/rbac/validation/rule.go`).
//!
//! Objects count at `rbac.authorization.k8s.io/v1`, the only version that is served. Aggregated `ClusterRoles` hold the
//! rules of the ones that they select, through any number of steps. The roles that Kubernetes brings for users
//! (`cluster-admin`, `admin`, `edit`, `view`) are there without being among the manifests; of the last three only what
//! they let everybody *read* is known, so another question about them stays open even in a closed world.

pub(crate) use self::index::Index;

use crate::cluster::{Cluster, World};
use std::collections::BTreeSet;
use std::fmt;

mod binding;
mod builtin;
mod index;
mod role;
mod rule;

/// A request to be authorized.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attributes {
    /// The user. A service account is `system:serviceaccount:NAMESPACE:NAME`.
    pub user: String,
    /// All groups of the user. None is added: Kubernetes adds none to a `SubjectAccessReview` either.
    pub groups: Vec<String>,
    /// `get`, `list`, `watch`, …
    pub verb: String,
    /// What the verb is about.
    pub request: Request,
}

/// What a verb is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Request {
    /// Objects. Every text but the resource may be empty.
    Resource {
        /// The API group, empty for Kubernetes' core.
        group: String,
        /// The plural, such as `services`.
        resource: String,
        /// Such as `status`; empty for the object itself.
        subresource: String,
        /// Empty for cluster-wide requests.
        namespace: String,
        /// Empty for all objects.
        name: String,
    },
    /// A path of the API server that is no resource, such as `/healthz`.
    Path(String),
}

impl Request {
    fn namespace(&self) -> &str {
        match self {
            Self::Resource { namespace, .. } => namespace,
            Self::Path(_) => "",
        }
    }
}

impl fmt::Display for Attributes {
    /// As the authorizer logs a request that it does not allow.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, groups, verb, request } = self;
        write!(formatter, "user {user:?} with groups [")?;
        for (index, group) in groups.iter().enumerate() {
            write!(formatter, "{}{group:?}", if index == 0 { "" } else { " " })?;
        }
        match request {
            Request::Path(path) => write!(formatter, "] to {verb:?} nonResourceURL {path:?} cluster-wide"),
            Request::Resource { group, resource, subresource, namespace, name } => {
                let group = if group.is_empty() { String::new() } else { format!(".{group}") };
                let subresource = if subresource.is_empty() { String::new() } else { format!("/{subresource}") };
                write!(formatter, "] to {verb:?} resource {:?}", format!("{resource}{group}{subresource}"))?;
                if !name.is_empty() {
                    write!(formatter, " named {name:?}")?;
                }
                if namespace.is_empty() {
                    formatter.write_str(" cluster-wide")
                } else {
                    write!(formatter, " in namespace {namespace:?}")
                }
            }
        }
    }
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is allowed, also where there is more than the manifests: rights only ever add up.
    Allowed {
        /// As Kubernetes writes it. The group `system:masters` needs none.
        reason: String,
    },
    /// It is not allowed by anything, in a closed world.
    Denied {
        /// As Kubernetes writes it into the answer where a role is missing, else as it logs it.
        reason: String,
    },
    /// Nothing among the manifests allows it, but something else may.
    Unknown {
        /// What is not known.
        reason: String,
    },
}

impl Decision {
    /// Whether it is allowed for certain.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// Authorizes a request with the Roles, `ClusterRoles` and bindings of a cluster.
pub fn evaluate(cluster: &Cluster, attributes: &Attributes) -> Decision {
    if attributes.groups.iter().any(|group| group == "system:masters") {
        return Decision::Allowed { reason: String::new() };
    }
    let index = cluster.authorizer.get_or_init(|| Index::new(cluster));
    let mut walk = role::Walk::default();
    let mut errors = BTreeSet::new();
    let mut unknown = None;
    for binding in index.bindings(attributes) {
        match &binding.role {
            Ok(role) => {
                if index.roles.allow(*role, &attributes.verb, &attributes.request, &mut walk) {
                    return Decision::Allowed { reason: format!("RBAC: allowed by {}", binding.describe(attributes)) };
                }
                if walk.partly {
                    unknown.get_or_insert(&binding.role_name);
                }
            }
            Err(missing) => {
                if missing.may_exist {
                    unknown.get_or_insert(&binding.role_name);
                }
                errors.insert(missing.error.as_str());
            }
        }
    }
    let nobody = format!("RBAC: no rules authorize {attributes}");
    if cluster.world == World::Open {
        return Decision::Unknown { reason: format!("{nobody}, among the manifests") };
    }
    if let Some(role) = unknown {
        return Decision::Unknown {
            reason: format!(
                "{nobody}, as far as is known: the ClusterRole {role:?} of Kubernetes is not among the manifests"
            ),
        };
    }
    if walk.cut_short {
        return Decision::Unknown {
            reason: format!("{nobody}, as far as is known: there are too many aggregated ClusterRoles"),
        };
    }
    let errors: Vec<_> = errors.into_iter().collect();
    Decision::Denied {
        reason: match errors.as_slice() {
            [] => nobody,
            [error] => format!("RBAC: {error}"),
            errors => format!("RBAC: [{}]", errors.join(", ")),
        },
    }
}
