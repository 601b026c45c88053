//! Rules that look at nothing but the object: how long it may take to roll out, whose names it resolves, who its proxy is.

use super::neighbours::service_of;
use super::{Report, rule};
use crate::annotation::Declared;
use crate::dependency::Target;
use crate::duration::Duration;
use crate::path::at;
use crate::plan::{list, name};
use serde_json::Value;

/// What Kubernetes writes into a Deployment that says nothing. Source: `pkg/apis/apps/v1/defaults.go`.
const PROGRESS_DEADLINE: u64 = 600;

pub(super) fn check(report: &mut Report<'_>) {
    let inquiry = report.inquiry;
    if let Some((limit, key)) = deadline(inquiry.kind, inquiry.object, inquiry.template) {
        let message = |timeout| format!("a timeout of {timeout} is longer than `{key}` ({limit}) lets it take");
        let help = format!("lower the timeout, or raise `{key}`: the rollout is given up while it still waits");
        if let Some((timeout, pointer)) = inquiry.declaration.timeout.as_ref().filter(|(time, _)| time.outlasts(limit))
        {
            report.say(pointer.clone(), rule::OUTLASTS_ROLLOUT, message(*timeout), &help);
        }
        for declared in &inquiry.declaration.dependencies {
            if let Some(timeout) = declared.dependency.options.timeout.filter(|time| time.outlasts(limit)) {
                report.about(declared, rule::OUTLASTS_ROLLOUT, message(timeout), &help);
            }
        }
    }
    let spec = |key: &str| inquiry.template.get("spec").and_then(|spec| spec.get(key)).unwrap_or(&Value::Null);
    let node_names = spec("hostNetwork") == &Value::Bool(true) && spec("dnsPolicy") != "ClusterFirstWithHostNet";
    let mesh = mesh(inquiry.template);
    for declared in &inquiry.declaration.dependencies {
        let target = &declared.dependency.target;
        if node_names && is_cluster_name(declared, inquiry.namespace) {
            report.about(
                declared,
                rule::HOST_NETWORK_DNS,
                format!("`{target}` is a name of the cluster, and with `hostNetwork` the node's names are resolved"),
                "set `dnsPolicy: ClusterFirstWithHostNet`",
            );
        }
        if let (Some(mesh), Target::Tcp { .. }) = (mesh, target) {
            report.about(
                declared,
                rule::MESH_FALSE_POSITIVE,
                format!("the proxy of {mesh} accepts every connection, so `{target}` is satisfied at once"),
                "wait for the `service/…`, or for an answer with `http://…` or `grpc://…`",
            );
        }
    }
}

/// After what time a rollout or Job is given up, and the field that says so.
fn deadline(kind: &str, object: &Value, template: &Value) -> Option<(Duration, &'static str)> {
    let seconds = |value: &Value, path| at(value, path).and_then(Value::as_u64);
    let job =
        if kind == "CronJob" { "/spec/jobTemplate/spec/activeDeadlineSeconds" } else { "/spec/activeDeadlineSeconds" };
    let mut shortest = None;
    if kind == "Deployment" {
        let progress = seconds(object, "/spec/progressDeadlineSeconds").unwrap_or(PROGRESS_DEADLINE);
        shortest = Some((progress, "progressDeadlineSeconds"));
    }
    for active in [seconds(object, job), seconds(template, "/spec/activeDeadlineSeconds")].into_iter().flatten() {
        if shortest.is_none_or(|(known, _)| active < known) {
            shortest = Some((active, "activeDeadlineSeconds"));
        }
    }
    shortest.map(|(seconds, key)| (Duration::seconds(seconds), key))
}

/// Is it contacted by a name that only the cluster's DNS knows?
fn is_cluster_name(declared: &Declared, namespace: &str) -> bool {
    let host = declared.dependency.target.host();
    host.is_some_and(|host| service_of(&host, namespace).is_some_and(|(_, _, sure)| sure))
}

/// The mesh whose proxy the Pod says that it has.
fn mesh(template: &Value) -> Option<&'static str> {
    let says = |map: &str, key: &str, value: &str| {
        at(template, map).and_then(|map| map.get(key)).and_then(Value::as_str) == Some(value)
    };
    let has = |container: &str| {
        ["containers", "initContainers"].iter().any(|key| list(template, key).iter().any(|one| name(one) == container))
    };
    if says("/metadata/labels", "sidecar.istio.io/inject", "true")
        || says("/metadata/annotations", "sidecar.istio.io/inject", "true")
        || has("istio-proxy")
    {
        Some("Istio")
    } else if says("/metadata/annotations", "linkerd.io/inject", "enabled") || has("linkerd-proxy") {
        Some("Linkerd")
    } else {
        None
    }
}
