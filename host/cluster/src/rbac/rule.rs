//! What one rule of a role allows (`pkg/apis/rbac/v1/evaluation_helpers.go`).

use super::Request;
use serde_json::Value;

/// `PolicyRule` of `rbac.authorization.k8s.io/v1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    verbs: Vec<String>,
    groups: Vec<String>,
    resources: Vec<String>,
    names: Vec<String>,
    paths: Vec<String>,
}

impl Rule {
    /// None for what the API server would refuse: a rule read in part could allow more than was meant, because no names
    /// are all names.
    pub(crate) fn new(rule: &Value) -> Option<Self> {
        rule.is_object().then_some(())?;
        let texts = |field: &str| match rule.get(field) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(texts) => texts.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect(),
        };
        Some(Self {
            verbs: texts("verbs")?,
            groups: texts("apiGroups")?,
            resources: texts("resources")?,
            names: texts("resourceNames")?,
            paths: texts("nonResourceURLs")?,
        })
    }

    /// To get, list and watch resources of a group.
    pub(super) fn reads(group: &str, resources: &[&str]) -> Self {
        let owned = |texts: &[&str]| texts.iter().copied().map(str::to_owned).collect();
        Self {
            verbs: owned(&["get", "list", "watch"]),
            groups: owned(&[group]),
            resources: owned(resources),
            ..Self::default()
        }
    }

    /// Everything, everywhere.
    pub(super) fn everything() -> Self {
        let all = || vec!["*".to_owned()];
        Self { verbs: all(), groups: all(), resources: all(), names: Vec::new(), paths: all() }
    }

    pub(crate) fn allows(&self, verb: &str, request: &Request) -> bool {
        let one_of = |texts: &[String], wanted: &str| texts.iter().any(|text| text == "*" || text == wanted);
        one_of(&self.verbs, verb)
            && match request {
                Request::Resource { group, resource, subresource, name, .. } => {
                    one_of(&self.groups, group)
                        && self.resources.iter().any(|rule| resource_matches(rule, resource, subresource))
                        // There is no wildcard for names.
                        && (self.names.is_empty() || self.names.contains(name))
                }
                Request::Path(path) => self.paths.iter().any(|rule| path_matches(rule, path)),
            }
    }
}

/// `*` is every resource with every subresource, `*/scale` that subresource of every resource.
fn resource_matches(rule: &str, resource: &str, subresource: &str) -> bool {
    if rule == "*" {
        return true;
    }
    if subresource.is_empty() {
        return rule == resource;
    }
    let strip = |prefix: &str| rule.strip_prefix(prefix)?.strip_prefix('/');
    strip(resource) == Some(subresource) || strip("*") == Some(subresource)
}

fn path_matches(rule: &str, path: &str) -> bool {
    rule == path || (rule.ends_with('*') && path.starts_with(rule.trim_end_matches('*')))
}
