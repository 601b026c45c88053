//! What a policy wants to be asked about: the rules of its manifest, or those in the metadata that `kwctl annotate` puts
//! into a module.
//!
//! In the cluster they are the rules of a webhook. A policy that only knows Pods refuses everything else, so asking it
//! about a Service would be wrong.

use crate::request::Request;
use serde::Deserialize;
use serde_json::Value;

/// The rules of a policy; none where it has no metadata, and then it is asked about everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(Option<Vec<Rule>>);

/// One rule, as `admissionregistration.k8s.io/v1` has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    api_groups: Vec<String>,
    api_versions: Vec<String>,
    resources: Vec<String>,
    operations: Vec<String>,
    #[serde(default)]
    scope: Scope,
}

/// Where the objects of a rule live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
enum Scope {
    #[default]
    #[serde(rename = "*")]
    All,
    /// Outside of namespaces; a Namespace too.
    Cluster,
    Namespaced,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    rules: Vec<Rule>,
}

impl Rules {
    /// The rules of a module, from its metadata.
    pub fn of(metadata: Option<Value>) -> Self {
        let metadata = metadata.and_then(|json| serde_json::from_value::<Metadata>(json).ok());
        Self(metadata.map(|metadata| metadata.rules).filter(|rules| !rules.is_empty()))
    }

    /// Those of a manifest.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self(Some(rules))
    }

    /// Does one of them name what the request is about?
    pub fn name(&self, request: &Request<'_>) -> bool {
        let Some(rules) = &self.0 else { return true };
        rules.iter().any(|rule| rule.names(request))
    }
}

impl Rule {
    fn names(&self, request: &Request<'_>) -> bool {
        let resource = request.resource();
        let namespaced =
            !request.namespace().is_empty() && (resource.group, resource.resource.as_str()) != ("", "namespaces");
        among(&self.api_groups, resource.group)
            && among(&self.api_versions, resource.version)
            && among(&self.operations, request.operation().name())
            && self.resources.iter().any(|name| covers(name, &resource.resource))
            && match self.scope {
                Scope::All => true,
                Scope::Cluster => !namespaced,
                Scope::Namespaced => namespaced,
            }
    }
}

/// `pods`, `*`, and with subresources `pods/*`, `*/*`; but `pods/exec` and `*/scale` are about a subresource only.
fn covers(name: &str, resource: &str) -> bool {
    let (main, sub) = name.split_once('/').unwrap_or((name, ""));
    let (this, its) = resource.split_once('/').unwrap_or((resource, ""));
    (main == "*" || main == this) && (sub == "*" || sub == its)
}

fn among(list: &[String], word: &str) -> bool {
    list.iter().any(|known| known == "*" || known == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{self, Identity, User};
    use serde_json::json;

    fn named(rules: &Rules, api_version: &str, kind: &str) -> bool {
        let object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}});
        let identity = Identity::of(&object, "default");
        rules.name(&request::create(&object, &identity, User::Person))
    }

    fn one(rule: Value) -> Rules {
        Rules::new(vec![serde_json::from_value(rule).unwrap()])
    }

    #[test]
    fn a_policy_is_asked_about_what_its_rules_name() {
        let rules = Rules::of(Some(json!({"rules": [
            {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE", "UPDATE"]},
            {"apiGroups": ["apps"], "apiVersions": ["*"], "resources": ["*"], "operations": ["*"]},
            {"apiGroups": ["batch"], "apiVersions": ["v1"], "resources": ["jobs"], "operations": ["DELETE"]},
        ], "mutating": true})));
        assert!(named(&rules, "v1", "Pod"));
        assert!(!named(&rules, "v1", "Service"));
        assert!(named(&rules, "apps/v1", "Deployment"));
        assert!(!named(&rules, "batch/v1", "Job"));
    }

    #[test]
    fn rules_match_as_those_of_a_webhook() {
        for (resources, scope, pod, namespace) in [
            (json!(["*"]), "*", true, true),
            (json!(["*/*"]), "*", true, true),
            (json!(["pods/*"]), "*", true, false),
            (json!(["pods/exec", "*/scale"]), "*", false, false),
            (json!(["*"]), "Namespaced", true, false),
            (json!(["*"]), "Cluster", false, true),
        ] {
            let rules = one(json!({
                "apiGroups": [""], "apiVersions": ["v1"], "resources": resources, "operations": ["*"], "scope": scope,
            }));
            assert_eq!((named(&rules, "v1", "Pod"), named(&rules, "v1", "Namespace")), (pod, namespace), "{rules:?}");
        }
    }

    #[test]
    fn a_policy_without_metadata_is_asked_about_everything() {
        for metadata in [None, Some(json!({})), Some(json!({"rules": []})), Some(json!("text"))] {
            assert_eq!(Rules::of(metadata), Rules(None));
        }
        assert!(named(&Rules::default(), "v1", "Service"));
    }
}
