//! `job/NAME`: its condition Complete is True. One that failed will not become complete, so waiting ends.

use super::condition;
use crate::api::{Api, Question, Rule, Unanswered};
use crate::reason::{Kind, Observation, Pace, Reason};
use serde_json::Value;
use std::sync::Arc;

/// What it needs to be allowed.
const RULES: &[Rule<'static>] = &[Rule { group: "batch", resource: "jobs", verbs: &["get", "list", "watch"] }];

/// A Job that should complete.
pub(crate) struct Job {
    api: Arc<Api>,
    namespace: Option<String>,
    name: String,
}

impl Job {
    /// This one.
    pub(crate) const fn new(api: Arc<Api>, namespace: Option<String>, name: String) -> Self {
        Self { api, namespace, name }
    }

    /// Reads it.
    pub(crate) async fn observe(&self) -> Observation {
        let name = &self.name;
        let mut question = Question {
            api: "batch/v1",
            action: "get jobs",
            object: format!("Job `{name}`"),
            namespace: String::new(),
            rules: RULES,
        };
        match self.read(&mut question).await {
            Ok(job) => judge(&job),
            Err(error) => super::unanswered(&error, error.reason(&question)),
        }
    }

    async fn read(&self, question: &mut Question<'_>) -> Result<Value, Unanswered> {
        let name = &self.name;
        question.namespace = self.api.namespace(self.namespace.as_deref(), &format!("job/{name}"))?;
        self.api.get(&format!("/apis/batch/v1/namespaces/{}/jobs/{name}", question.namespace)).await
    }
}

/// What a Job says of itself. Source: Kubernetes batch/v1 `JobStatus`.
fn judge(job: &Value) -> Observation {
    if condition::is_true(job, "Complete") {
        return Observation::Ready(None);
    }
    if let Some(failed) = condition::find(job, "Failed").filter(|_| condition::is_true(job, "Failed")) {
        let text = condition::why(failed).unwrap_or_else(|| "it gives no reason".to_owned());
        return Observation::Failed(Reason::new(
            Kind::JobFailed,
            format!("{text}; look at its Pods' logs, delete it and run it again"),
        ));
    }
    let count = |key: &str| job.pointer(&format!("/status/{key}")).and_then(Value::as_u64).unwrap_or(0);
    let wanted = job.pointer("/spec/completions").and_then(Value::as_u64).unwrap_or(1);
    let suspended = job.pointer("/spec/suspend").and_then(Value::as_bool) == Some(true);
    let text = format!(
        "{} of {wanted} completions, {} Pods active, {} failed{}",
        count("succeeded"),
        count("active"),
        count("failed"),
        if suspended { "; the Job is suspended" } else { "" }
    );
    Observation::Waiting(Reason::new(Kind::NotReady, text), Pace::Steady)
}
