//! The `AdmissionRequest` that the API server would send for an object, in Kubewarden's envelope.

mod kinds;
mod pod;

pub use pod::{WorkloadPod, workload_pod};

use serde::Serialize;
use serde_json::{Value, json};

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

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// Somebody with kubectl.
    Person,
    /// A controller of kube-system, by the name of its service account.
    Controller(&'static str),
}

impl User {
    fn info(self) -> Value {
        match self {
            Self::Person => {
                json!({"username": "kubernetes-admin", "groups": ["system:masters", "system:authenticated"]})
            }
            Self::Controller(name) => json!({
                "username": format!("system:serviceaccount:kube-system:{name}"),
                "uid": uid(name),
                "groups": ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
            }),
        }
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
    operation: &'static str,
    user_info: Value,
    object: &'a Value,
    dry_run: bool,
    options: Value,
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
pub fn create<'a>(object: &'a Value, identity: &'a Identity, user: User) -> Request<'a> {
    let (group, version) = split(&identity.api_version);
    let kind = Kind { group, version, kind: &identity.kind };
    let resource = Resource { group, version, resource: kinds::plural(group, &identity.kind) };
    // The API server puts a Namespace in itself.
    let namespace = if group.is_empty() && identity.kind == "Namespace" { &identity.name } else { &identity.namespace };
    Request {
        uid: uid(&format!("{} {}", identity.api_version, identity.label())),
        kind: kind.clone(),
        resource: resource.clone(),
        request_kind: kind,
        request_resource: resource,
        name: &identity.name,
        namespace,
        operation: "CREATE",
        user_info: user.info(),
        object,
        dry_run: false,
        options: json!({"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"}),
    }
}

impl Request<'_> {
    /// `CREATE`.
    pub fn operation(&self) -> &str {
        self.operation
    }

    /// What it is about.
    pub fn resource(&self) -> &Resource<'_> {
        &self.resource
    }

    /// What the operation `validate` gets.
    pub fn envelope(&self, settings: &Value) -> serde_json::Result<Vec<u8>> {
        #[derive(Serialize)]
        struct Envelope<'a> {
            request: &'a Request<'a>,
            settings: &'a Value,
        }
        serde_json::to_vec(&Envelope { request: self, settings })
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
