//! The `AdmissionRequest` that the API server would send for an object, in Kubewarden's envelope.

mod kinds;
mod pod;
mod user;

pub use pod::{WorkloadPod, trace, workload_pod};
pub use user::{User, UserInfo};

use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;

/// The namespace of an object that names none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// What an object is and what it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `apps/v1`, `v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Its own, or that of the run; empty for objects that live in none.
    pub namespace: String,
    /// Empty where the API server makes one up.
    pub name: String,
    /// What the API server makes the name from; else empty.
    pub generate_name: String,
}

impl Identity {
    /// Reads an object. `namespace` is for objects that name none.
    pub fn of(object: &Value, namespace: &str) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (api_version, kind) = (text("/apiVersion"), text("/kind"));
        let (group, _) = split(&api_version);
        let own = text("/metadata/namespace");
        let namespace = match (kinds::is_cluster_scoped(group, &kind), own.is_empty()) {
            (true, _) => String::new(),
            (false, true) => namespace.to_owned(),
            (false, false) => own,
        };
        let name = text("/metadata/name");
        let generate_name = if name.is_empty() { text("/metadata/generateName") } else { String::new() };
        Self { api_version, kind, namespace, name, generate_name }
    }

    /// `Deployment shop/web`.
    pub fn label(&self) -> String {
        let name = match (self.name.as_str(), self.generate_name.as_str()) {
            ("", "") => "without a name".to_owned(),
            ("", prefix) => format!("{prefix}…"),
            (name, _) => name.to_owned(),
        };
        if self.namespace.is_empty() {
            format!("{} {name}", self.kind)
        } else {
            format!("{} {}/{name}", self.kind, self.namespace)
        }
    }

    /// The API group; empty for the core.
    pub fn group(&self) -> &str {
        split(&self.api_version).0
    }
}

/// An `AdmissionRequest`. As policy-server sends it on, fields that would be null are left out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are those of Kubernetes")]
pub struct Request<'a> {
    uid: String,
    kind: Kind<'a>,
    resource: Resource<'a>,
    request_kind: Kind<'a>,
    request_resource: Resource<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    operation: Operation,
    user_info: Cow<'a, UserInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Cow<'a, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_object: Option<&'a Value>,
    dry_run: bool,
    options: Value,
    /// The whole of it, where somebody wrote it.
    #[serde(skip)]
    sent: Option<Value>,
}

/// What is about to happen to an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// It comes into the cluster
    #[default]
    Create,
    /// It takes the place of an older one
    Update,
    /// It goes
    Delete,
    /// Somebody connects to it; only in requests that were written down.
    #[cfg_attr(feature = "clap", value(skip))]
    Connect,
}

impl Operation {
    /// As Kubernetes writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }

    fn options(self) -> &'static str {
        match self {
            Self::Create => "CreateOptions",
            Self::Update => "UpdateOptions",
            Self::Delete => "DeleteOptions",
            Self::Connect => "PodExecOptions",
        }
    }
}

#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of Kubernetes")]
struct Kind<'a> {
    group: &'a str,
    version: &'a str,
    kind: &'a str,
}

/// What the request is about, as rules name it.
#[derive(Clone, Debug, Serialize)]
pub struct Resource<'a> {
    /// The API group; empty for the core.
    pub group: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The plural.
    pub resource: String,
}

/// The request to create an object.
pub fn create<'a>(object: &'a Value, identity: &'a Identity, user: User<'a>) -> Request<'a> {
    Request::new(Operation::Create, Some(object), None, identity, user)
}

/// The request to put an object in the place of an older one.
pub fn update<'a>(object: &'a Value, old: &'a Value, identity: &'a Identity, user: User<'a>) -> Request<'a> {
    Request::new(Operation::Update, Some(object), Some(old), identity, user)
}

/// The request to delete an object.
pub fn delete<'a>(old: &'a Value, identity: &'a Identity, user: User<'a>) -> Request<'a> {
    Request::new(Operation::Delete, None, Some(old), identity, user)
}

impl<'a> Request<'a> {
    /// The request to do something with an object.
    pub fn new(
        operation: Operation,
        object: Option<&'a Value>,
        old_object: Option<&'a Value>,
        identity: &'a Identity,
        user: User<'a>,
    ) -> Self {
        let (group, version) = split(&identity.api_version);
        let kind = Kind { group, version, kind: &identity.kind };
        let resource = Resource { group, version, resource: kinds::plural(group, &identity.kind) };
        // The API server puts a Namespace in itself.
        let namespace =
            if group.is_empty() && identity.kind == "Namespace" { &identity.name } else { &identity.namespace };
        Self {
            uid: uid(&format!("{} {} {}", operation.name(), identity.api_version, identity.label())),
            kind: kind.clone(),
            resource: resource.clone(),
            request_kind: kind,
            request_resource: resource,
            name: &identity.name,
            namespace,
            operation,
            user_info: user.info(),
            object: object.map(|object| placed(object, identity)),
            old_object,
            dry_run: false,
            options: json!({"apiVersion": "meta.k8s.io/v1", "kind": operation.options()}),
            sent: None,
        }
    }
}

impl<'a> Request<'a> {
    /// The same, but as it was sent: with its own resource, namespace and user. The object is the one that there is now.
    #[must_use]
    pub fn sent(mut self, sent: &'a Value) -> Self {
        let text = |pointer: &str| sent.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let mut resource = text("/resource/resource").to_owned();
        if !text("/subResource").is_empty() {
            resource = format!("{resource}/{}", text("/subResource"));
        }
        self.resource = Resource { group: text("/resource/group"), version: text("/resource/version"), resource };
        self.namespace = text("/namespace");
        self.object = self.object.take().map(|object| match sent.get("object") {
            Some(own) if unplaced(object.as_ref().clone(), own) == *own => Cow::Borrowed(own),
            _ => object,
        });
        let mut whole = sent.clone();
        if let (Some(object), Some(slot)) = (&self.object, whole.get_mut("object")) {
            *slot = object.as_ref().clone();
        }
        self.sent = Some(whole);
        self
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        self.sent.clone().unwrap_or_else(|| serde_json::to_value(self).unwrap_or_default())
    }
}

/// The object with its namespace in it: the API server writes it there before it asks anybody.
fn placed<'a>(object: &'a Value, identity: &Identity) -> Cow<'a, Value> {
    if identity.namespace.is_empty() || object.pointer("/metadata/namespace").is_some() {
        return Cow::Borrowed(object);
    }
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("namespace".to_owned(), json!(identity.namespace));
    }
    Cow::Owned(object)
}

/// Takes back what [`Request`] wrote into an object that names no namespace.
pub fn unplaced(mut admitted: Value, written: &Value) -> Value {
    if written.pointer("/metadata/namespace").is_none()
        && let Some(metadata) = admitted.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.shift_remove("namespace");
    }
    admitted
}

impl Request<'_> {
    /// What is about to happen.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// What it is about.
    pub fn resource(&self) -> &Resource<'_> {
        &self.resource
    }

    /// In which namespace; empty for objects that live in none, and its own name for a Namespace.
    pub fn namespace(&self) -> &str {
        self.namespace
    }

    /// The object as it should be; none where it is deleted.
    pub fn object(&self) -> Option<&Value> {
        self.object.as_deref()
    }

    /// The object as it was.
    pub fn old_object(&self) -> Option<&Value> {
        self.old_object
    }

    /// What the operation `validate` gets.
    pub fn envelope(&self, settings: &Value) -> serde_json::Result<Vec<u8>> {
        #[derive(Serialize)]
        struct Envelope<'a, R> {
            request: &'a R,
            settings: &'a Value,
        }
        match &self.sent {
            Some(sent) => serde_json::to_vec(&Envelope { request: sent, settings }),
            None => serde_json::to_vec(&Envelope { request: self, settings }),
        }
    }
}

/// Group and version.
fn split(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// A UUID that is the same for the same text: the same input gives the same bytes.
fn uid(text: &str) -> String {
    let hash = hash(text);
    format!(
        "{:08x}-{:04x}-4{:03x}-8000-{:012x}",
        hash >> 32,
        (hash >> 16) & 0xffff,
        hash & 0xfff,
        hash & 0xffff_ffff_ffff
    )
}

/// FNV-1a: short, and the same on every machine and in every release.
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
