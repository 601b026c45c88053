//! `ClusterAdmissionPolicy` and `AdmissionPolicy`, the manifests that put a policy into a cluster.

use super::condition::Condition;
use super::selector::Selector;
use crate::reading::{Reading, documents};
use crate::rules::Rule;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The only version there is since Kubewarden 1.0.
const API_VERSION: &str = "policies.kubewarden.io/v1";

/// Where Kubewarden itself lives, which its controller keeps policies away from.
const OWN_NAMESPACE: &str = "kubewarden";

/// What the cluster makes of a manifest.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) webhook: String,
    pub(super) module: String,
    /// Where the module is named, for complaints.
    pub(super) module_at: String,
    pub(super) settings: Value,
    /// Where the settings are.
    pub(super) settings_at: String,
    pub(super) rules: Vec<Rule>,
    pub(super) monitor: bool,
    pub(super) mutating: bool,
    pub(super) namespace: Option<String>,
    pub(super) namespaces: Selector,
    pub(super) objects: Selector,
    pub(super) conditions: Vec<Condition>,
    pub(super) ignore_failures: bool,
    /// `apiVersion` and `kind` of what the policy may ask the cluster for.
    pub(super) resources: BTreeSet<(String, String)>,
    /// What people should know.
    pub(super) notes: Vec<String>,
}

/// The keys of `spec` that are read, and those that change nothing of a verdict.
const KEYS: [&str; 22] = [
    "allowInsideAdmissionControllerNamespace",
    "backgroundAudit",
    "contextAwareResources",
    "failurePolicy",
    "hostCapabilities",
    "matchConditions",
    "matchPolicy",
    "message",
    "mode",
    "module",
    "mutating",
    "namespaceSelector",
    "objectSelector",
    "policyServer",
    "priorityClassName",
    "rules",
    "settings",
    "sideEffects",
    "timeoutEvalSeconds",
    "timeoutSeconds",
    "annotations",
    "labels",
];

/// A kind that a cluster-wide policy may look at. Policies of a namespace never may.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    api_version: String,
    kind: String,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Protect,
    Monitor,
}

#[derive(Clone, Copy, Default, Deserialize)]
enum FailurePolicy {
    #[default]
    Fail,
    Ignore,
}

/// Every policy in a file; complaints name line and column.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Manifest>, String> {
    let mut manifests = Vec::new();
    for document in documents(file, text)? {
        for (pointer, _) in document.items() {
            manifests.push(Reading::new(file, &document, pointer).manifest()?);
        }
    }
    if manifests.is_empty() {
        return Err(format!(
            "{file}: there is no policy in it; expected a module (.wasm) or policies of {API_VERSION}"
        ));
    }
    Ok(manifests)
}

impl Reading<'_> {
    fn manifest(&self) -> Result<Manifest, String> {
        let (version, kind, name) = (self.text("/apiVersion"), self.text("/kind"), self.text("/metadata/name"));
        let clusterwide = match kind {
            _ if !version.starts_with("policies.kubewarden.io/") => {
                let message =
                    format!("this is no policy; expected a ClusterAdmissionPolicy or AdmissionPolicy of {API_VERSION}");
                return self.complain("", &message);
            }
            "ClusterAdmissionPolicy" => true,
            "AdmissionPolicy" => false,
            "ClusterAdmissionPolicyGroup" | "AdmissionPolicyGroup" => {
                let message = "policy groups are not evaluated here; name the policies in it one by one";
                return self.complain("/kind", message);
            }
            other => {
                let message = format!(
                    "a {other} is no policy; expected a ClusterAdmissionPolicy or AdmissionPolicy of {API_VERSION}"
                );
                return self.complain("/kind", &message);
            }
        };
        if version != API_VERSION {
            return self.complain("/apiVersion", &format!("expected {API_VERSION}, found {version}"));
        }
        if name.is_empty() {
            return self.complain("/metadata", "the policy has no name; write one in metadata.name");
        }
        self.keys("/spec", &KEYS)?;
        let module = self.text("/spec/module");
        if module.is_empty() {
            return self.complain("/spec", "the policy names no module (spec.module)");
        }
        let rules: Vec<Rule> = self.list("/spec/rules")?;
        if rules.is_empty() {
            return self.complain("/spec", "the policy has no rules (spec.rules), and would never be asked");
        }
        let mut conditions: Vec<Condition> = self.list("/spec/matchConditions")?;
        conditions.iter_mut().for_each(Condition::compile);
        let settings = match self.value("/spec/settings") {
            None => Value::Object(Map::new()),
            Some(settings) if settings.is_object() => settings.clone(),
            Some(_) => return self.complain("/spec/settings", "settings are a mapping"),
        };
        let mut manifest = Manifest {
            name: name.to_owned(),
            webhook: format!("clusterwide-{name}"),
            module: module.to_owned(),
            module_at: self.at("/spec/module"),
            settings,
            settings_at: self.at("/spec/settings"),
            rules,
            monitor: matches!(self.read("/spec/mode")?, Mode::Monitor),
            mutating: self.read("/spec/mutating")?,
            namespace: None,
            namespaces: Selector::default(),
            objects: self.read("/spec/objectSelector")?,
            conditions,
            ignore_failures: matches!(self.read("/spec/failurePolicy")?, FailurePolicy::Ignore),
            resources: BTreeSet::new(),
            notes: Vec::new(),
        };
        if clusterwide {
            self.namespaces(&mut manifest)?;
            let resources: Vec<Resource> = self.list("/spec/contextAwareResources")?;
            manifest.resources = resources.into_iter().map(|one| (one.api_version, one.kind)).collect();
        } else {
            let namespace = match self.text("/metadata/namespace") {
                "" => crate::request::DEFAULT_NAMESPACE,
                namespace => namespace,
            };
            manifest.webhook = format!("namespaced-{namespace}-{name}");
            manifest.namespace = Some(namespace.to_owned());
        }
        Ok(manifest)
    }

    /// The namespaces of a cluster-wide policy, as Kubewarden's controller writes them into the webhook.
    fn namespaces(&self, manifest: &mut Manifest) -> Result<(), String> {
        let mut selector: Selector = self.read("/spec/namespaceSelector")?;
        if !self.read::<bool>("/spec/allowInsideAdmissionControllerNamespace")? {
            if !selector.match_labels.is_empty() {
                selector.match_labels.clear();
                manifest.notes.push(format!(
                    "{}: Kubewarden leaves `matchLabels` of a namespaceSelector out; write them as `matchExpressions`",
                    self.at("/spec/namespaceSelector/matchLabels")
                ));
            }
            selector.except(OWN_NAMESPACE);
        }
        manifest.namespaces = selector;
        Ok(())
    }
}
