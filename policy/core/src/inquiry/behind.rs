//! Rules about the Pods behind a dependency: are there any, are they these very Pods, and does "ready" mean anything there?

use super::neighbours::{Behind, Neighbours, Node};
use super::{Report, rule};
use crate::annotation::Declared;
use crate::cluster::Kind;
use crate::dependency::Target;
use crate::finding::Severity;
use crate::path::at;
use crate::plan::{WATCH, is_long_running, is_sidecar, list, name, readiness};
use serde_json::Value;

/// Of more workloads behind one dependency nobody wants to read.
const WORKLOADS: usize = 4;

pub(super) fn check(neighbours: &mut Neighbours<'_>, report: &mut Report<'_>) {
    let inquiry = report.inquiry;
    for declared in &inquiry.declaration.dependencies {
        let target = &declared.dependency.target;
        let Some(behind) = neighbours.behind(target, inquiry.namespace, true) else {
            continue;
        };
        if behind.own && behind.nodes.is_empty() && declared.dependency.options.required {
            report.about(
                declared,
                rule::SELF_DEPENDENCY,
                format!("`{target}` is these very Pods: none of them starts before one of them is ready"),
                "remove it, or let the application find its peers when it runs",
            );
        }
        if behind.nodes.is_empty() && behind.whole && !behind.own {
            nothing(report, declared, &behind);
        }
        if matches!(target, Target::Service { .. } | Target::Workload { .. } | Target::Pods { .. }) {
            let unready =
                behind.nodes.iter().take(WORKLOADS).find(|node| runs_without_probe(neighbours, node) == Some(true));
            if let Some(node) = unready {
                report.about(
                    declared,
                    rule::WITHOUT_READINESS,
                    format!("{} has no readiness probe: it counts as ready as soon as it runs", node.title()),
                    &format!("give it one, or declare it there: `{}/readiness: tcp://:PORT`", inquiry.settings.prefix),
                );
            }
        }
    }
}

fn nothing(report: &mut Report<'_>, declared: &Declared, behind: &Behind) {
    match &behind.service {
        Some(service) => report.about(
            declared,
            rule::SERVICE_SELECTS_NOTHING,
            format!("the selector of {service} fits no Pods"),
            "correct its selector or the labels of the Pods; until then it has no endpoints",
        ),
        None => report.about(
            declared,
            rule::UNKNOWN_DEPENDENCY,
            format!("there are no Pods for `{}`", declared.dependency.target),
            "the wait goes on until there are some; correct the labels, or create them",
        ),
    }
}

/// Does it run for ever without a readiness probe, as the policy would make it? None where that is not known.
fn runs_without_probe(neighbours: &Neighbours<'_>, node: &Node) -> Option<bool> {
    if node.kind == Kind::Job {
        return None;
    }
    let object = neighbours.facts.object(node.kind, &node.namespace, &node.name).value()?;
    let template = at(object, node.kind.template())?;
    let has = |container: &Value| container.get("readinessProbe").is_some_and(|probe| !probe.is_null());
    // The probe of our sidecar speaks for what is waited for, and not for the application. Its name is all that a lookup
    // shows, and nobody else may have it.
    let is_theirs = |container: &Value| name(container) != WATCH;
    let containers = list(template, "containers");
    if !is_long_running(template)
        || containers.is_empty()
        || containers.iter().any(has)
        || list(template, "initContainers")
            .iter()
            .any(|container| is_sidecar(container) && is_theirs(container) && has(container))
    {
        return Some(false);
    }
    let Some(declaration) = neighbours.declaration(node) else {
        return Some(true);
    };
    let marker = crate::marker::Marker::default();
    let settings = neighbours.inquiry.settings;
    let planned = readiness::plan(template, "", &declaration, settings, &marker, Severity::Warning, &mut Vec::new());
    Some(planned.is_empty())
}
