//! What a policy may ask of the cluster while it decides, answered from manifests: those that are looked at, and those of
//! `--context`. They are read when a policy asks for the first time, since most never ask.

mod registry;

use crate::engine::{HostCall, HostCalls};
use crate::source::{self, Source};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use waitwarden_cluster::{Cluster, World};
use waitwarden_manifest::Entry;

/// Who policy-server is, where the settings of a policy do not say (`lookups.identity`).
const IDENTITY: &str = "system:serviceaccount:kubewarden:policy-server";

/// The rest of the cluster, as far as manifests tell.
#[derive(Debug, Default)]
pub struct Context {
    /// What is already in the cluster.
    objects: Vec<Value>,
    /// What is looked at, and may be what others ask for.
    inputs: Vec<PathBuf>,
    /// The namespace of objects that name none.
    namespace: String,
    /// The manifests are all there is.
    closed: bool,
    /// Names may be resolved, and registries asked.
    network: bool,
    identities: Mutex<BTreeSet<String>>,
    cluster: OnceLock<Cluster>,
}

impl Context {
    /// Reads what is already in the cluster, files and folders; the namespace is for objects that name none.
    ///
    /// # Errors
    /// A text for people, with file, line and column, where something cannot be read.
    pub fn read(paths: &[PathBuf], namespace: &str) -> Result<Self, String> {
        let mut objects = Vec::new();
        for input in source::inputs(paths) {
            let source = input.read().map_err(|error| format!("{}: {}", error.name, error.message))?;
            if let Some(broken) = take(&source, &mut objects) {
                return Err(broken);
            }
        }
        Ok(Self { objects, namespace: namespace.to_owned(), ..Self::default() })
    }

    /// With the objects that are looked at.
    #[must_use]
    pub fn inputs(self, inputs: &[PathBuf]) -> Self {
        Self { inputs: inputs.to_vec(), ..self }
    }

    /// With further objects that are already in the cluster.
    #[must_use]
    pub fn with(mut self, objects: impl IntoIterator<Item = Value>) -> Self {
        self.objects.extend(objects);
        self
    }

    /// Are the manifests all there is?
    #[must_use]
    pub fn closed(self, closed: bool) -> Self {
        Self { closed, ..self }
    }

    /// May names be resolved and registries asked?
    #[must_use]
    pub fn network(self, network: bool) -> Self {
        Self { network, ..self }
    }

    /// Are the manifests all there is?
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// What is already in the cluster, as far as `--context` tells.
    pub fn objects(&self) -> &[Value] {
        &self.objects
    }

    /// Notes who a policy takes policy-server for: it may see everything that is here.
    pub fn introduce(&self, settings: &Value) {
        let identity = settings.pointer("/lookups/identity").and_then(Value::as_str).unwrap_or(IDENTITY);
        self.identities.lock().unwrap_or_else(PoisonError::into_inner).insert(identity.to_owned());
    }

    /// All that is known.
    pub fn cluster(&self) -> &Cluster {
        self.cluster.get_or_init(|| {
            let mut objects = self.objects.clone();
            let mut whole = true;
            for input in source::inputs(&self.inputs) {
                // What cannot be read is said where it is looked at; here it only means that not all is known.
                whole &= input.read().is_ok_and(|source| take(&source, &mut objects).is_none());
            }
            let mut cluster = Cluster::new(if self.closed && whole { World::Closed } else { World::Open });
            for object in objects {
                // What is no object is no part of a cluster.
                let _ = cluster.insert(object, &self.namespace);
            }
            for identity in self.identities.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                cluster.identity(identity.clone());
            }
            cluster
        })
    }

    fn resolve(payload: &[u8]) -> Result<Vec<u8>, String> {
        let host: String = serde_json::from_slice(payload)
            .map_err(|error| format!("expected the name of a host as a JSON string: {error}"))?;
        let addresses = (host.as_str(), 0).to_socket_addrs().map_err(|error| format!("{host}: {error}"))?;
        let ips: BTreeSet<String> = addresses.map(|address| address.ip().to_string()).collect();
        serde_json::to_vec(&json!({ "ips": ips })).map_err(|error| error.to_string())
    }
}

impl HostCalls for Context {
    fn answer(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        match (call.binding, call.namespace, call.operation) {
            ("kubewarden", "kubernetes", operation) => self.cluster().answer(operation, call.payload),
            ("kubewarden", "net", "v1/dns_lookup_host") if self.network => Self::resolve(call.payload),
            ("kubewarden", "oci", operation) if self.network => registry::answer(operation, call.payload),
            ("kubewarden", "net" | "oci", _) if !self.network => {
                Err(format!("`{}/{}` asks the network, which needs --allow-network", call.namespace, call.operation))
            }
            (binding, namespace, operation) => {
                Err(format!("`{binding}/{namespace}/{operation}` is not answered by waitwarden"))
            }
        }
    }
}

/// The cluster as one policy may see it.
#[derive(Debug)]
pub struct Granted {
    /// What is seen.
    pub context: Arc<Context>,
    /// `apiVersion` and `kind` of what it may ask for (`contextAwareResources`); none: everything.
    pub kinds: Option<BTreeSet<(String, String)>>,
}

impl HostCalls for Granted {
    /// Source: policy-evaluator `runtimes/callback.rs`. `can_i` asks for no object, and is not granted by kind.
    fn answer(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        if let (Some(kinds), "kubernetes") = (&self.kinds, call.namespace)
            && call.operation != "can_i"
        {
            let question: Value = serde_json::from_slice(call.payload).unwrap_or_default();
            let text = |key: &str| question.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (version, kind) = (text("api_version"), text("kind"));
            if !kinds.contains(&(version.clone(), kind.clone())) {
                return Err(format!(
                    "Policy has not been granted access to Kubernetes {version}/{kind} resources. The violation has been \
                     reported."
                ));
            }
        }
        self.context.answer(call)
    }
}

/// Takes the objects of a text; the first place that cannot be read, where there is one.
fn take(source: &Source, objects: &mut Vec<Value>) -> Option<String> {
    let mut first = None;
    for entry in waitwarden_manifest::read(&source.text) {
        match entry {
            Entry::Document(document) if document.admission_request().is_none() => {
                objects.extend(document.items().into_iter().map(|(_, object)| object.clone()));
            }
            Entry::Document(_) | Entry::Empty { .. } => {}
            Entry::Broken(broken) => {
                first.get_or_insert_with(|| {
                    format!("{}:{}:{}: {}", source.name, broken.line, broken.column, broken.message)
                });
            }
        }
    }
    first
}
