//! One object by its name, as Jobs, workloads and custom resources are: what the three have in common.

use super::{Means, unanswered, watched};
use crate::api::{Question, Rule, Scope, Selection, Unanswered, Watch};
use crate::reason::{Kind, Observation, Pace, Reason};
use serde_json::Value;
use std::sync::Arc;

/// Where the API server keeps a kind of objects, and what people call it.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// The API group.
    pub(super) group: String,
    /// The version of the group.
    pub(super) version: String,
    /// The resource.
    pub(super) plural: String,
    /// `Job`
    pub(super) kind: String,
}

/// An object, kept up to date.
pub(super) struct Object {
    means: Means,
    resource: Resource,
    /// As it was written; none: the Pod's own.
    namespace: Option<String>,
    name: String,
    /// As it is declared, without its namespace.
    target: String,
    watch: Option<Watch>,
}

impl Object {
    /// This one; asks nothing yet.
    pub(super) const fn new(
        means: Means,
        resource: Resource,
        namespace: Option<String>,
        name: String,
        target: String,
    ) -> Self {
        Self { means, resource, namespace, name, target, watch: None }
    }

    /// Waits for a change, and has `judge` say what it means.
    pub(super) async fn observe(&mut self, judge: impl FnOnce(&Value) -> Observation) -> (Observation, Pace) {
        let Resource { group, version, plural, kind } = self.resource.clone();
        let api = format!("{group}/{version}");
        let mut question = Question {
            api: &api,
            action: &format!("list {plural}"),
            object: format!("{kind} `{}`", self.name),
            namespace: String::new(),
            rules: &[Rule { group: &group, resource: &plural, verbs: &["get", "list", "watch"] }],
        };
        let error = match self.next(&mut question.namespace).await {
            Ok(watch) => match watch.objects().next() {
                Some(object) => return watched(watch, judge(object)),
                None => return watched(watch, Observation::Waiting(Unanswered::NoObject.reason(&question))),
            },
            Err(error) => error,
        };
        let mut reason = error.reason(&question);
        // Others than Kubernetes' own are there only where somebody installed them.
        if error == Unanswered::NoApi && group.contains('.') && !group.ends_with(".k8s.io") {
            let text = format!(
                "the API server does not know {plural} of {api} in namespaces (404); is the CRD installed, and does it serve \
                 this version?"
            );
            reason = Reason::new(Kind::NoSuchApi, text);
        }
        unanswered(&error, reason)
    }

    async fn next(&mut self, namespace: &mut String) -> Result<&Watch, Unanswered> {
        *namespace = self.means.api.namespace(self.namespace.as_deref(), &self.target)?;
        let Resource { group, version, plural, .. } = &self.resource;
        let watch = self.watch.get_or_insert_with(|| {
            let path = format!("/apis/{group}/{version}/namespaces/{namespace}/{plural}");
            let scope = Scope { path, of: Selection::Name(self.name.clone()) };
            Watch::new(Arc::clone(&self.means.api), scope, self.means.quiet)
        });
        watch.next().await?;
        Ok(watch)
    }
}
