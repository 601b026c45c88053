//! `job/NAME`: its condition Complete is True. One that failed will not become complete, so waiting ends.

use super::Means;
use super::condition;
use super::object::{Object, Resource};
use crate::reason::{Kind, Observation, Pace, Reason};
use serde_json::Value;

/// A Job that should complete.
pub(crate) struct Job {
    object: Object,
}

impl Job {
    /// This one.
    pub(crate) fn new(means: Means, namespace: Option<String>, name: String) -> Self {
        let resource = Resource {
            group: "batch".to_owned(),
            version: "v1".to_owned(),
            plural: "jobs".to_owned(),
            kind: "Job".to_owned(),
        };
        let target = format!("job/{name}");
        Self { object: Object::new(means, resource, namespace, name, target) }
    }

    /// Waits for a change of it.
    pub(crate) async fn observe(&mut self) -> (Observation, Pace) {
        self.object.observe(judge).await
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
    Observation::Waiting(Reason::new(Kind::NotReady, text))
}
