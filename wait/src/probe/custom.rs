//! `PLURAL.VERSION.GROUP/NAME`: the condition Ready of a custom resource, or the one that `condition=` names, is True.

use super::condition;
use crate::api::{Api, Question, Rule, Unanswered};
use crate::reason::{Kind, Observation, Pace, Reason};
use serde_json::Value;
use std::sync::Arc;

/// Where the API server keeps a kind of objects.
pub(crate) struct Resource {
    /// The API group.
    pub(crate) group: String,
    /// The version of the group.
    pub(crate) version: String,
    /// The resource.
    pub(crate) plural: String,
}

/// A custom resource that should have a condition.
pub(crate) struct Custom {
    api: Arc<Api>,
    namespace: Option<String>,
    resource: Resource,
    name: String,
    condition: String,
}

impl Custom {
    /// This one.
    pub(crate) const fn new(
        api: Arc<Api>,
        namespace: Option<String>,
        resource: Resource,
        name: String,
        condition: String,
    ) -> Self {
        Self { api, namespace, resource, name, condition }
    }

    /// Reads it.
    pub(crate) async fn observe(&self) -> Observation {
        let Resource { group, version, plural } = &self.resource;
        let api = format!("{group}/{version}");
        let mut question = Question {
            api: &api,
            action: &format!("get {plural}.{group}"),
            object: format!("{plural}.{group} `{}`", self.name),
            namespace: String::new(),
            rules: &[Rule { group, resource: plural, verbs: &["get", "list", "watch"] }],
        };
        match self.read(&mut question).await {
            Ok(object) => judge(&object, &self.condition),
            // An object of the whole cluster is not found in a namespace, either.
            Err(Unanswered::NoApi) => {
                let text = format!(
                    "the API server does not know {plural} of {api} in namespaces (404); is the CRD installed, and does it \
                     serve this version?"
                );
                super::unanswered(&Unanswered::NoApi, Reason::new(Kind::NoSuchApi, text))
            }
            Err(error) => super::unanswered(&error, error.reason(&question)),
        }
    }

    async fn read(&self, question: &mut Question<'_>) -> Result<Value, Unanswered> {
        let (Resource { group, version, plural }, name) = (&self.resource, &self.name);
        let target = format!("{plural}.{version}.{group}/{name}");
        question.namespace = self.api.namespace(self.namespace.as_deref(), &target)?;
        self.api.get(&format!("/apis/{group}/{version}/namespaces/{}/{plural}/{name}", question.namespace)).await
    }
}

/// What it says of itself. Source: Kubernetes' API conventions, "Typical status properties".
fn judge(object: &Value, kind: &str) -> Observation {
    if condition::is_true(object, kind) {
        return Observation::Ready(None);
    }
    let text = if let Some(found) = condition::find(object, kind) {
        let status = match condition::text(found, "status") {
            "" => "empty".to_owned(),
            status => condition::bounded(status),
        };
        let why = condition::why(found).map_or_else(String::new, |why| format!(": {why}"));
        format!("its condition `{kind}` is {status}{why}")
    } else {
        let known: Vec<String> =
            condition::all(object).iter().map(|other| format!("`{}`", condition::text(other, "type"))).collect();
        if known.is_empty() {
            format!("it has no conditions yet; `{kind}` is waited for")
        } else {
            let known = condition::bounded(&known.join(", "));
            format!("it has no condition `{kind}`; it has {known}, and `condition=` may name another one")
        }
    };
    Observation::Waiting(Reason::new(Kind::NotReady, text), Pace::Steady)
}
