//! What a service account needs to be allowed, as the Role that its owner has to write.

/// One rule of a Role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule<'a> {
    /// The API group; empty: the core.
    pub(crate) group: &'a str,
    /// The resource, in the plural.
    pub(crate) resource: &'a str,
    /// The verbs that this and later releases use; the same as in the policy's audit annotation `plan`.
    pub(crate) verbs: &'a [&'a str],
}

/// What is asked of the API server, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question<'a> {
    /// Group and version: `batch/v1`.
    pub(crate) api: &'a str,
    /// Verb and resource: `list endpointslices`.
    pub(crate) action: &'a str,
    /// Kind and name: ``Job `migrate` ``.
    pub(crate) object: String,
    /// The namespace.
    pub(crate) namespace: String,
    /// All that the target needs, not only what was refused.
    pub(crate) rules: &'a [Rule<'a>],
}

impl Question<'_> {
    /// Who may not do what.
    pub(super) fn denied(&self, user: Option<&str>) -> String {
        let who = match user.map(|user| (user, account(user))) {
            Some((_, Some((namespace, name)))) => {
                format!("the service account `{name}` of the namespace `{namespace}`")
            }
            Some((user, None)) => format!("the user `{user}`"),
            None => "this Pod's service account".to_owned(),
        };
        format!("{who} may not {} in the namespace `{}`", self.action, self.namespace)
    }

    /// What to add, in YAML that can be copied.
    pub(super) fn role(&self, user: Option<&str>) -> String {
        let rules: Vec<String> = self
            .rules
            .iter()
            .map(|rule| {
                let verbs: Vec<String> = rule.verbs.iter().map(|verb| format!("\"{verb}\"")).collect();
                format!(
                    "{{apiGroups: [\"{}\"], resources: [\"{}\"], verbs: [{}]}}",
                    rule.group,
                    rule.resource,
                    verbs.join(", ")
                )
            })
            .collect();
        let subject = match user.and_then(account) {
            Some((namespace, name)) => format!("{{kind: ServiceAccount, namespace: {namespace}, name: {name}}}"),
            None => "this Pod's service account".to_owned(),
        };
        format!(
            "it needs a Role in the namespace `{}` with rules: [{}] and a RoleBinding there for {subject}",
            self.namespace,
            rules.join(", ")
        )
    }
}

/// Namespace and name of a service account. Source: Kubernetes `serviceaccount.MakeUsername`.
fn account(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':')
}
