//! What Kubewarden has to know of a policy: `metadata.yml`, and the JSON of the section `io.kubewarden.metadata`.
//!
//! The fields stand here in the order in which kwctl writes them; serde writes a struct's fields as they are declared.
//! Source: policy-evaluator, `policy_metadata.rs` (`Metadata`, `Rule`, `ContextAwareResource`), Kubewarden 1.36:
//! `protocolVersion`, `rules` (each `apiGroups`, `apiVersions`, `resources`, `operations`), `annotations` (sorted, left out
//! where there are none), `mutating`, `backgroundAudit`, `executionMode`, `policyType`, `contextAwareResources` (sorted,
//! without doubles, always there), `hostCapabilities` and `minimumKubewardenVersion` (left out where they are not given).

use crate::Mistake;
use semver::Version;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

mod capability;
mod read;
mod rule;
pub use read::Reading;

/// Keys of annotations. Source: policy-evaluator, `constants.rs`.
pub mod key {
    /// The name of the package.
    pub const TITLE: &str = "io.kubewarden.policy.title";
    /// A semantic version without `v`.
    pub const VERSION: &str = "io.kubewarden.policy.version";
    /// One line.
    pub const DESCRIPTION: &str = "io.kubewarden.policy.description";
    /// `NAME <ADDRESS>, NAME <ADDRESS>`
    pub const AUTHOR: &str = "io.kubewarden.policy.author";
    /// The home page.
    pub const URL: &str = "io.kubewarden.policy.url";
    /// Where the module is published, without a tag.
    pub const OCI_URL: &str = "io.kubewarden.policy.ociUrl";
    /// Where the source is.
    pub const SOURCE: &str = "io.kubewarden.policy.source";
    /// An SPDX identifier.
    pub const LICENSE: &str = "io.kubewarden.policy.license";
    /// The README.
    pub const USAGE: &str = "io.kubewarden.policy.usage";
    /// `low`, `medium`, `high` or `critical`: how the audit scanner reports it.
    pub const SEVERITY: &str = "io.kubewarden.policy.severity";
    /// What the audit scanner reports it under.
    pub const CATEGORY: &str = "io.kubewarden.policy.category";
    /// The tag of the GitHub release, where it is not `vVERSION`.
    pub const RELEASE_TAG: &str = "com.github.release.tag";
    /// Which kinds it is about, for people.
    pub const RESOURCES: &str = "io.artifacthub.resources";
    /// The name for people.
    pub const DISPLAY_NAME: &str = "io.artifacthub.displayName";
    /// Words to find it by, separated by commas.
    pub const KEYWORDS: &str = "io.artifacthub.keywords";
    /// `true`: Rancher does not offer it.
    pub const HIDDEN_UI: &str = "io.kubewarden.hidden-ui";
}

/// The metadata of a policy, valid by construction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    protocol_version: Option<ProtocolVersion>,
    rules: Vec<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<BTreeMap<String, String>>,
    mutating: bool,
    background_audit: bool,
    pub(crate) execution_mode: ExecutionMode,
    policy_type: PolicyType,
    context_aware_resources: BTreeSet<Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host_capabilities: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_kubewarden_version: Option<Version>,
}

impl Metadata {
    /// Reads `metadata.yml`, strictly: besides what `kwctl annotate` refuses, keys that it would leave out without a word,
    /// and host capabilities that there are not (of which it only warns).
    ///
    /// # Errors
    /// Every mistake, each with its path and what to write instead.
    pub fn read(value: &Value) -> Result<Self, Vec<Mistake>> {
        Reading::of(value).strict()
    }

    /// These metadata with the README as the text that `kwctl inspect` shows.
    #[must_use]
    pub fn with_usage(mut self, readme: &str) -> Self {
        self.annotations.get_or_insert_default().insert(key::USAGE.to_owned(), readme.to_owned());
        self
    }

    /// An annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(key).map(String::as_str)
    }

    /// What it applies to.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// May it change objects?
    pub fn mutating(&self) -> bool {
        self.mutating
    }

    /// The kinds that it may look up.
    pub fn context_aware_resources(&self) -> &BTreeSet<Resource> {
        &self.context_aware_resources
    }

    /// The compact JSON that the section holds.
    pub fn json(&self) -> String {
        let protocol = match self.execution_mode {
            ExecutionMode::KubewardenWapc => ProtocolVersion::V1,
            ExecutionMode::Opa | ExecutionMode::OpaGatekeeper | ExecutionMode::Wasi | ExecutionMode::Ferricel => {
                ProtocolVersion::Unknown
            }
        };
        let metadata = Self { protocol_version: Some(protocol), ..self.clone() };
        // Only strings, numbers and such: there is nothing that JSON could not say.
        serde_json::to_string(&metadata).unwrap_or_default()
    }
}

/// What a policy applies to, as in a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// API groups; the core group is the empty string.
    pub api_groups: Vec<String>,
    /// API versions.
    pub api_versions: Vec<String>,
    /// Plural names, `NAME/SUBRESOURCE`, `*`.
    pub resources: Vec<String>,
    /// What is done to them.
    pub operations: Vec<Operation>,
}

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Operation {
    /// `CREATE`
    #[serde(rename = "CREATE")]
    Create,
    /// `UPDATE`
    #[serde(rename = "UPDATE")]
    Update,
    /// `DELETE`
    #[serde(rename = "DELETE")]
    Delete,
    /// `CONNECT`
    #[serde(rename = "CONNECT")]
    Connect,
    /// `*`
    #[serde(rename = "*")]
    All,
}

impl Operation {
    /// As in a rule.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
            Self::All => "*",
        }
    }
}

/// A kind that a policy may look up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Group and version, such as `apps/v1`.
    pub api_version: String,
    /// Such as `Deployment`.
    pub kind: String,
}

/// How a policy and its host talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ProtocolVersion {
    /// waPC policies.
    #[serde(rename = "v1")]
    V1,
    /// All others.
    Unknown,
}

/// What runs a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum ExecutionMode {
    /// waPC, with Kubewarden's protocol on it.
    #[default]
    #[serde(rename = "kubewarden-wapc")]
    KubewardenWapc,
    /// Open Policy Agent.
    #[serde(rename = "opa")]
    Opa,
    /// Open Policy Agent, for Gatekeeper.
    #[serde(rename = "gatekeeper")]
    OpaGatekeeper,
    /// A program with standard input and output.
    #[serde(rename = "wasi")]
    Wasi,
    /// Compiled CEL, newer than 1.36.
    #[serde(rename = "ferricel")]
    Ferricel,
}

/// What a policy is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum PolicyType {
    /// Requests to Kubernetes.
    #[default]
    #[serde(rename = "kubernetes")]
    Kubernetes,
    /// Any JSON.
    #[serde(rename = "raw")]
    Raw,
}
