//! What the policy asks of the rest of the cluster, and what is known of it.
//!
//! The core does no IO: it names a [`Question`], somebody answers it, and the core decides with what it was told. Absent,
//! denied and failed are three different answers, and so is "nobody can know", which is what a host says that has only some
//! manifests to look at. `docs/lookups.md` lists every question.

use std::fmt;

mod facts;
mod index;
mod kind;
mod list;

pub(crate) use facts::Known;
pub use facts::{Answer, Facts};
pub(crate) use index::Index;
pub use kind::Kind;
pub(crate) use list::{Item, List};

/// Labels, or a selector of labels.
pub(crate) type Labels = Vec<(String, String)>;

/// Something to be looked up; a Kubewarden host call each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// One object by its name, with [`Kind::object_mask`].
    Get {
        /// Its kind.
        kind: Kind,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Every object of a kind in a namespace, with [`Kind::list_mask`]. Never with a selector: each distinct list is a watch
    /// that policy-server keeps for ever.
    List {
        /// The kind.
        kind: Kind,
        /// The namespace.
        namespace: String,
    },
    /// May somebody do something? A `SubjectAccessReview`.
    Can {
        /// The user; its groups are [`groups`].
        user: String,
        /// The namespace of what is asked for.
        namespace: String,
        /// Its API group.
        group: String,
        /// Its plural.
        resource: String,
        /// Its name, where it is asked for by name.
        name: Option<String>,
        /// What is to be done with it.
        verb: &'static str,
    },
}

/// The groups of a user. Without those of a service account the API server says no where the answer is yes.
pub fn groups(user: &str) -> Vec<String> {
    let mut groups = Vec::new();
    if let Some((namespace, _)) = user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':')) {
        groups.push("system:serviceaccounts".to_owned());
        groups.push(format!("system:serviceaccounts:{namespace}"));
    }
    groups.push("system:authenticated".to_owned());
    groups
}

impl fmt::Display for Question {
    /// As a message names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get { kind, namespace, name } => write!(f, "{} {namespace}/{name}", kind.name()),
            Self::List { kind, namespace } => write!(f, "the {} of {namespace}", kind.resource()),
            Self::Can { user, namespace, resource, verb, .. } => {
                write!(f, "whether {user} may {verb} {resource} in {namespace}")
            }
        }
    }
}
