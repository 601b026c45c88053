//! What a policy may ask while it decides, answered from the manifests on the page: they are a part of a cluster, and what
//! is not among them is unknown.

use serde_json::Value;
use std::fmt;
use waitwarden_cluster::{Cluster, World};
use waitwarden_manifest::Entry;
use waitwarden_review::host_calls::{HostCall, HostCalls};
use waitwarden_review::request::DEFAULT_NAMESPACE;

/// Who policy-server is, where the settings of a policy do not say (`lookups.identity`).
const IDENTITY: &str = "system:serviceaccount:kubewarden:policy-server";

/// The manifests on the page.
#[derive(Debug)]
pub(crate) struct Manifests(Cluster);

impl Manifests {
    /// Everything in a text that is an object. What cannot be read is said elsewhere.
    pub(crate) fn of(text: &str, settings: &Value) -> Self {
        let mut cluster = Cluster::new(World::Open);
        for entry in waitwarden_manifest::read(text) {
            let Entry::Document(document) = entry else { continue };
            if document.admission_request().is_some() {
                continue;
            }
            for (_, object) in document.items() {
                // What is no object is no part of a cluster.
                let _ = cluster.insert(object.clone(), DEFAULT_NAMESPACE);
            }
        }
        let identity = settings.pointer("/lookups/identity").and_then(Value::as_str).unwrap_or(IDENTITY);
        cluster.identity(identity);
        Self(cluster)
    }

    /// As a cluster.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.0
    }
}

impl HostCalls for Manifests {
    fn answer(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        match (call.binding, call.namespace, call.operation) {
            ("kubewarden", "kubernetes", operation) => self.0.answer(operation, call.payload),
            ("kubewarden", "net" | "oci", _) => Err(Unanswered::Network(call).to_string()),
            _ => Err(Unanswered::Unknown(call).to_string()),
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
enum Unanswered<'a> {
    /// It would need the network, and a web page asks nobody.
    Network(&'a HostCall<'a>),
    /// Nobody knows what it is.
    Unknown(&'a HostCall<'a>),
}

impl fmt::Display for Unanswered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(call) => write!(
                f,
                "`{}/{}` asks the network, which this page never does; `waitwarden lint --allow-network` does",
                call.namespace, call.operation
            ),
            Self::Unknown(call) => {
                write!(f, "`{}/{}/{}` is not answered by waitwarden", call.binding, call.namespace, call.operation)
            }
        }
    }
}
