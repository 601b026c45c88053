//! `pods/KEY=VALUE`: a Pod with these labels is Ready, and not terminating.

use super::condition;
use super::{Means, unanswered, watched};
use crate::api::{Question, Rule, Scope, Selection, Unanswered, Watch};
use crate::reason::{Kind, Observation, Pace, Reason};
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::Arc;

/// What it needs to be allowed.
const RULES: &[Rule<'static>] = &[Rule { group: "", resource: "pods", verbs: &["list", "watch"] }];

/// Pods of which one should be ready.
pub(crate) struct Pods {
    means: Means,
    namespace: Option<String>,
    labels: Vec<(String, String)>,
    watch: Option<Watch>,
}

impl Pods {
    /// Those with all of these labels.
    pub(crate) const fn new(means: Means, namespace: Option<String>, labels: Vec<(String, String)>) -> Self {
        Self { means, namespace, labels, watch: None }
    }

    /// Waits for a change of them.
    pub(crate) async fn observe(&mut self) -> (Observation, Pace) {
        let labels = self.labels("&");
        let mut question = Question {
            api: "v1",
            action: "list pods",
            object: format!("Pod `{labels}`"),
            namespace: String::new(),
            rules: RULES,
        };
        match self.next(&labels, &mut question.namespace).await {
            Ok(watch) => watched(watch, judge(watch, &question.namespace)),
            Err(error) => unanswered(&error, error.reason(&question)),
        }
    }

    async fn next(&mut self, labels: &str, namespace: &mut String) -> Result<&Watch, Unanswered> {
        *namespace = self.means.api.namespace(self.namespace.as_deref(), &format!("pods/{labels}"))?;
        let selector = encoded(&self.labels(","));
        let watch = self.watch.get_or_insert_with(|| {
            let path = format!("/api/v1/namespaces/{namespace}/pods");
            Watch::new(Arc::clone(&self.means.api), Scope { path, of: Selection::Labels(selector) }, self.means.quiet)
        });
        watch.next().await?;
        Ok(watch)
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

/// What the Pods say.
fn judge(watch: &Watch, namespace: &str) -> Observation {
    let is_terminating = |pod: &&Value| pod.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null());
    if watch.objects().any(|pod| condition::is_true(pod, "Ready") && !is_terminating(&pod)) {
        return Observation::Ready(None);
    }
    let all = watch.objects().count();
    let text = match watch.objects().filter(is_terminating).count() {
        _ if all == 0 => format!("no Pod has these labels in the namespace `{namespace}`"),
        0 => format!("0 of {all} Pods are ready"),
        terminating => format!("0 of {all} Pods are ready, {terminating} terminating"),
    };
    Observation::Waiting(Reason::new(Kind::NotReady, text))
}
