//! `on-restart: rewait`: a container that crashes starts its whole Pod again, which then waits again. Init containers do not
//! run again for anything less. Source: KEP-5307 (`restartPolicyRules`) and KEP-5532 (`RestartAllContainers`).

use super::{has_rules, is_long_running, list, name};
use crate::annotation::Declaration;
use crate::finding::{Finding, Severity};
use crate::fixed::fixed;
use crate::marker::Marker;
use crate::settings::{RESTART_ALL, Settings};
use serde_json::Value;

/// The action of a rule.
const ACTION: &str = "RestartAllContainers";
/// The rule of declarations that something in the Pod contradicts.
const CONTRADICTION: &str = "rewait-contradiction";
/// The rule of containers whose own rules do something else.
const OWN_RULES: &str = "own-restart-rules";
/// The rule of features that the nodes do not have.
pub(crate) const TOO_OLD: &str = "needs-newer-kubernetes";

/// The rules of a container that has none.
pub(crate) fn rules() -> Value {
    fixed(r#"[{"action":"RestartAllContainers","exitCodes":{"operator":"NotIn","values":[0]}}]"#)
}

/// Which containers get the rule. `severity` is how bad it is where the nodes are too old.
pub(super) fn plan(
    template: &Value,
    base: &str,
    declaration: &Declaration,
    settings: &Settings,
    marker: &Marker,
    severity: Severity,
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let Some(pointer) = &declaration.rewait else {
        return Vec::new();
    };
    let mut say = |rule, severity, pointer: &str, message: String, help: &str| {
        findings.push(Finding::new(rule, severity, pointer, message).help(help));
    };
    if settings.kubernetes_minor < RESTART_ALL {
        let message = too_old("on-restart: rewait", settings.kubernetes_minor, RESTART_ALL);
        say(TOO_OLD, severity, pointer, message, "leave it out, or raise the setting once every node is that new");
        return Vec::new();
    }
    if declaration.dependencies.is_empty() {
        let message = "there is nothing to wait for again".to_owned();
        say(CONTRADICTION, Severity::Error, pointer, message, "leave it out, or declare what the Pod depends on");
        return Vec::new();
    }
    if !is_long_running(template) {
        let message = "only Pods that run for ever can wait again: the Pod's `restartPolicy` is not Always".to_owned();
        say(CONTRADICTION, Severity::Error, pointer, message, "leave it out: a Job starts another Pod, which waits");
        return Vec::new();
    }
    let mut planned = Vec::new();
    let mut restarts = false;
    for (at, container) in list(template, "containers").iter().enumerate() {
        let (name, place) = (name(container), format!("{base}/spec/containers/{at}"));
        if has_rules(container) && !Marker::has(&marker.rules, name) {
            let rules = container.get("restartPolicyRules").and_then(Value::as_array);
            if rules.is_some_and(|rules| rules.iter().any(|rule| rule.get("action").is_some_and(|it| it == ACTION))) {
                restarts = true;
            } else {
                let message = format!("`{name}` has restart rules of its own: when it ends, nothing waits again");
                say(OWN_RULES, Severity::Warning, &place, message, "add a rule with RestartAllContainers");
            }
        } else if container.get("restartPolicy").is_some_and(|policy| policy == "Never") {
            let message = format!("`{name}` has `restartPolicy: Never`, and rewait would start it again");
            say(CONTRADICTION, Severity::Error, &place, message, "take away one of the two");
        } else {
            Marker::note(&mut planned, name);
        }
    }
    if planned.is_empty() && !restarts {
        let message = "no container is left that could start the Pod again".to_owned();
        say(CONTRADICTION, Severity::Error, pointer, message, "see the findings about its containers");
    } else {
        costs(pointer, findings);
    }
    planned
}

/// That something needs newer nodes.
pub(crate) fn too_old(what: &str, minor: u16, least: u16) -> String {
    let feature = if least == RESTART_ALL { ACTION } else { "native sidecars" };
    format!("`{what}` needs Kubernetes 1.{least} ({feature}), and `kubernetesVersion` is 1.{minor}")
}

/// What it costs, always said.
pub(crate) fn costs(pointer: &str, findings: &mut Vec<Finding>) {
    findings.push(
        Finding::new(
            "restarts-all-containers",
            Severity::Warning,
            pointer,
            "this kills all containers of the Pod at once: no preStop hook, no grace period",
        )
        .help("its Pods run only on nodes that declare the feature; docs/after-start.md says when not to use it"),
    );
}
