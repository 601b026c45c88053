//! What a policy asks, as Kubewarden's SDK writes it (`kubewarden-policy-sdk`, `host_capabilities/kubernetes.rs`).
//! policy-server reads the same types, so what it refuses is refused here.

use serde::Deserialize;
use std::collections::BTreeSet;

/// `get_resource`.
#[derive(Debug, Deserialize)]
pub(crate) struct Get {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    /// Manifests do not change while a policy looks at them, but the field must be there.
    #[expect(dead_code, reason = "it is only required")]
    pub(crate) disable_cache: bool,
    pub(crate) field_masks: Option<BTreeSet<String>>,
}

/// `list_resources_by_namespace`, and `list_resources_all`, which has no namespace.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) namespace: Option<String>,
    pub(crate) of: ListAll,
}

/// `list_resources_all`.
#[derive(Debug, Deserialize)]
pub(crate) struct ListAll {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) label_selector: Option<String>,
    pub(crate) field_selector: Option<String>,
    pub(crate) field_masks: Option<BTreeSet<String>>,
}

/// `list_resources_by_namespace`.
#[derive(Debug, Deserialize)]
pub(crate) struct ListByNamespace {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) label_selector: Option<String>,
    pub(crate) field_selector: Option<String>,
    pub(crate) field_masks: Option<BTreeSet<String>>,
}

impl From<ListByNamespace> for List {
    fn from(question: ListByNamespace) -> Self {
        let ListByNamespace { api_version, kind, namespace, label_selector, field_selector, field_masks } = question;
        let of = ListAll { api_version, kind, label_selector, field_selector, field_masks };
        Self { namespace: Some(namespace), of }
    }
}

/// `can_i`.
#[derive(Debug, Deserialize)]
pub(crate) struct CanI {
    pub(crate) subject_access_review: SubjectAccessReview,
    #[expect(dead_code, reason = "it is only required")]
    pub(crate) disable_cache: bool,
}

/// Who wants to do something.
#[derive(Debug, Deserialize)]
pub(crate) struct SubjectAccessReview {
    pub(crate) groups: Option<Vec<String>>,
    pub(crate) resource_attributes: ResourceAttributes,
    pub(crate) user: String,
}

/// What is to be done. RBAC does not look at the version.
#[derive(Debug, Deserialize)]
pub(crate) struct ResourceAttributes {
    pub(crate) group: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) resource: String,
    pub(crate) subresource: Option<String>,
    pub(crate) verb: String,
}
