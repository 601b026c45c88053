//! Answers to the operations of the `kubernetes` capabilities, with policy-server's texts (policy-evaluator,
//! `callback_handler/kubernetes/client.rs`).

use crate::cluster::{Cluster, World};
use crate::list::answer as list;
use crate::mask::{Mask, Shown};
use crate::object::group_and_version;
use crate::question::{CanI, Get, List, ListByNamespace};
use crate::rbac::{Attributes, Decision, Request, evaluate};
use crate::scope::Scope;
use crate::{INCOMPLETE, UNKNOWN};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// `SubjectAccessReviewStatus` of `authorization.k8s.io/v1`.
#[derive(Debug, Serialize)]
struct Status {
    allowed: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
}

impl Cluster {
    /// Answers an operation of Kubewarden's `kubernetes` capabilities: `get_resource`, `list_resources_by_namespace`,
    /// `list_resources_all` or `can_i`, each with the JSON that Kubewarden's SDKs send. Whether the policy may ask at
    /// all is for the caller to know.
    ///
    /// # Errors
    /// The text for the policy. What begins with [`UNKNOWN`](crate::UNKNOWN) may be otherwise in a cluster. What is
    /// absent in a closed world has policy-server's own text. Everything else says what is wrong with the question.
    pub fn answer(&self, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        match operation {
            "get_resource" => self.get_resource(&question(operation, payload)?),
            "list_resources_by_namespace" => self.answers.keep(operation, payload, || {
                let asked: ListByNamespace = question(operation, payload)?;
                list(self, &asked.into())
            }),
            "list_resources_all" => self
                .answers
                .keep(operation, payload, || list(self, &List { namespace: None, of: question(operation, payload)? })),
            "can_i" => self.can_i(question(operation, payload)?),
            _ => Err(format!("unknown operation: {operation}")),
        }
    }

    fn get_resource(&self, asked: &Get) -> Result<Vec<u8>, String> {
        let Get { api_version, kind, name, namespace, .. } = asked;
        let (group, _) = group_and_version(api_version);
        self.must_serve(api_version, kind)?;
        let scope = self.scope(group, kind);
        let found = match (scope, namespace.as_deref()) {
            (Some(Scope::Namespaced), None) => {
                return Err(failure(&format!(
                    "Resource {api_version}/{kind} is namespaced, but no namespace was provided"
                )));
            }
            (Some(Scope::Cluster), _) => self.get(api_version, kind, None, name),
            (_, Some(namespace)) => self.get(api_version, kind, Some(namespace), name),
            (None, None) => self.assumed(api_version, kind, name),
        };
        if let Some(object) = found {
            let mask = asked.field_masks.as_ref().map_or_else(|| Ok(Mask::default()), Mask::new)?;
            return json(&Shown { object, mask: &mask, listed: false });
        }
        let scope = if scope == Some(Scope::Cluster) { None } else { namespace.as_deref() };
        let described = match scope {
            Some(namespace) => format!("{api_version} {kind} `{name}` in namespace `{namespace}`"),
            None => format!("{api_version} {kind} `{name}`"),
        };
        let others = self.other_versions(api_version, kind, scope, Some(name));
        if !others.is_empty() {
            return Err(format!("{UNKNOWN}{described} is among the manifests at {} only", others.join(", ")));
        }
        Err(match self.world {
            World::Open => format!("{UNKNOWN}{described} is not among the manifests"),
            World::Closed => {
                failure(&format!("Cannot find {api_version}/{kind} named '{name}' inside of namespace '{namespace:?}'"))
            }
        })
    }

    /// policy-server asks discovery first. Nothing is said of that in an open world.
    pub(crate) fn must_serve(&self, api_version: &str, kind: &str) -> Result<(), String> {
        let (group, _) = group_and_version(api_version);
        if self.world == World::Open || self.serves(group, kind) {
            return Ok(());
        }
        Err(failure(&format!("Cannot find resource {api_version}/{kind}")))
    }

    /// Why a list may not be complete, for its `metadata.continue`.
    pub(crate) fn missing_from_list(&self, api_version: &str, kind: &str, namespace: Option<&str>) -> Option<String> {
        if self.world == World::Open {
            return Some(INCOMPLETE.to_owned());
        }
        let others = self.other_versions(api_version, kind, namespace, None);
        (!others.is_empty()).then(|| format!("there are objects at {} too", others.join(", ")))
    }

    fn can_i(&self, asked: CanI) -> Result<Vec<u8>, String> {
        let review = asked.subject_access_review;
        if self.is_policy_server(&review.user) {
            let reason = "policy-server sees all manifests".to_owned();
            return json(&Status { allowed: true, reason });
        }
        let groups = review.groups.unwrap_or_default();
        if review.user.is_empty() && groups.is_empty() {
            return Err(failure("subject_access_review: at least one of `user` and `groups` must be given"));
        }
        let wanted = review.resource_attributes;
        let attributes = Attributes {
            user: review.user,
            groups,
            verb: wanted.verb,
            request: Request::Resource {
                group: wanted.group.unwrap_or_default(),
                resource: wanted.resource,
                subresource: wanted.subresource.unwrap_or_default(),
                namespace: wanted.namespace.unwrap_or_default(),
                name: wanted.name.unwrap_or_default(),
            },
        };
        match evaluate(self, &attributes) {
            Decision::Allowed { reason } => json(&Status { allowed: true, reason }),
            Decision::Denied { reason } => json(&Status { allowed: false, reason }),
            Decision::Unknown { reason } => Err(format!("{UNKNOWN}{reason}")),
        }
    }
}

/// As policy-server hands an error of the API on to a policy.
pub(crate) fn failure(text: &str) -> String {
    format!("Callback evaluation failure: {text}")
}

/// JSON of something that is made of JSON values and texts.
pub(crate) fn json(value: &impl Serialize) -> Result<Vec<u8>, String> {
    serde_json::to_vec(value).map_err(|error| format!("the answer cannot be written as JSON: {error}"))
}

/// Reads a question, or says what one looks like.
fn question<T: DeserializeOwned>(operation: &str, payload: &[u8]) -> Result<T, String> {
    let expected = match operation {
        "get_resource" => "{api_version, kind, name, namespace?, disable_cache, field_masks?}",
        "list_resources_by_namespace" => {
            "{api_version, kind, namespace, label_selector?, field_selector?, field_masks?}"
        }
        "list_resources_all" => "{api_version, kind, label_selector?, field_selector?, field_masks?}",
        _ => {
            "{subject_access_review: {user, groups?, resource_attributes: {verb, resource, group?, version?, \
             subresource?, namespace?, name?}}, disable_cache}"
        }
    };
    serde_json::from_slice(payload).map_err(|error| format!("{operation}: {error}; expected {expected}"))
}
