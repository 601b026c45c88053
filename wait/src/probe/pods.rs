//! `pods/KEY=VALUE`: a Pod with these labels is Ready, and not terminating.

use super::condition;
use crate::api::{Api, Question, Rule, Unanswered};
use crate::reason::{Kind, Observation, Pace, Reason};
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::Arc;

/// What it needs to be allowed.
const RULES: &[Rule<'static>] = &[Rule { group: "", resource: "pods", verbs: &["list", "watch"] }];

/// Pods of which one should be ready.
pub(crate) struct Pods {
    api: Arc<Api>,
    namespace: Option<String>,
    labels: Vec<(String, String)>,
}

impl Pods {
    /// Those with all of these labels.
    pub(crate) const fn new(api: Arc<Api>, namespace: Option<String>, labels: Vec<(String, String)>) -> Self {
        Self { api, namespace, labels }
    }

    /// Lists them.
    pub(crate) async fn observe(&self) -> Observation {
        let labels = self.labels("&");
        let mut question = Question {
            api: "v1",
            action: "list pods",
            object: format!("Pod `{labels}`"),
            namespace: String::new(),
            rules: RULES,
        };
        match self.read(&labels, &mut question).await {
            Ok(list) => judge(&list, &question.namespace),
            Err(error) => super::unanswered(&error, error.reason(&question)),
        }
    }

    async fn read(&self, labels: &str, question: &mut Question<'_>) -> Result<Value, Unanswered> {
        question.namespace = self.api.namespace(self.namespace.as_deref(), &format!("pods/{labels}"))?;
        let selector = encoded(&self.labels(","));
        let path = format!("/api/v1/namespaces/{}/pods", question.namespace);
        self.api.get(&format!("{path}?labelSelector={selector}&resourceVersion=0")).await
    }

    /// `KEY=VALUE`, joined.
    fn labels(&self, separator: &str) -> String {
        let labels: Vec<String> = self.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        labels.join(separator)
    }
}

/// A value of a query. Source: RFC 3986, 2.3.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// What a list of Pods says.
fn judge(list: &Value, namespace: &str) -> Observation {
    let pods = list.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_terminating = |pod: &&Value| pod.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null());
    if pods.iter().any(|pod| condition::is_true(pod, "Ready") && !is_terminating(&pod)) {
        return Observation::Ready(None);
    }
    let text = match pods.iter().filter(is_terminating).count() {
        _ if pods.is_empty() => format!("no Pod has these labels in the namespace `{namespace}`"),
        0 => format!("0 of {} Pods are ready", pods.len()),
        terminating => format!("0 of {} Pods are ready, {terminating} terminating", pods.len()),
    };
    Observation::Waiting(Reason::new(Kind::NotReady, text), Pace::Steady)
}
