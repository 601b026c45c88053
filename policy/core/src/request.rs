//! The slice of an `AdmissionRequest` that is read. Source: Kubernetes `admission/v1`.

use crate::path::at;
use serde_json::Value;

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'v> {
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub(crate) operation: &'v str,
    /// API group of the object's kind.
    pub(crate) group: &'v str,
    /// The object's kind.
    pub(crate) kind: &'v str,
    /// Is it about a subresource, such as `scale`?
    pub(crate) subresource: bool,
    /// The request's namespace, else the object's.
    pub(crate) namespace: &'v str,
    /// The object.
    pub(crate) object: &'v Value,
    /// What it was before an UPDATE.
    pub(crate) old: &'v Value,
}

impl<'v> Request<'v> {
    pub(crate) fn read(request: &'v Value) -> Self {
        let text = |pointer: &str| at(request, pointer).and_then(Value::as_str).unwrap_or_default();
        let namespace = text("/namespace");
        Self {
            operation: text("/operation"),
            group: text("/kind/group"),
            kind: text("/kind/kind"),
            subresource: !text("/subResource").is_empty() || !text("/requestSubResource").is_empty(),
            namespace: if namespace.is_empty() { text("/object/metadata/namespace") } else { namespace },
            object: request.get("object").unwrap_or(&Value::Null),
            old: request.get("oldObject").unwrap_or(&Value::Null),
        }
    }

    /// What the object is, in words: `Deployment shop/web`. Objects of controllers have no name yet.
    pub(crate) fn subject(&self) -> String {
        let text = |pointer: &str| at(self.object, pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        let name = match (text("/metadata/name"), text("/metadata/generateName")) {
            (Some(name), _) => name.to_owned(),
            (None, Some(prefix)) => format!("{prefix}…"),
            (None, None) => "without a name".to_owned(),
        };
        if self.namespace.is_empty() {
            format!("{} {name}", self.kind)
        } else {
            format!("{} {}/{name}", self.kind, self.namespace)
        }
    }
}
