//! What is missing: a plan held against a Pod or template. Sets of dependencies are compared, never bytes.

use crate::annotation::MOST;
use crate::dependency::{Dependency, OnLoss, Options, Replicas, parse_one};
use crate::finding::{Finding, Severity};
use crate::marker::Marker;
use crate::path::at;
use crate::plan::{API_MOUNT, COMMAND, Container, Plan, Role, WATCH_MOUNT, has_rules, is_sidecar, list, name, role};
use crate::settings::weaker_than_restricted;
use serde_json::Value;

/// How a container of ours that is there differs from the planned one.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// Dependencies that it lacks, or holds too loosely; as messages.
    pub(crate) lacks: Vec<String>,
    /// Dependencies that nobody declares any more.
    pub(crate) extra: Vec<String>,
    /// Why its security context is too weak.
    pub(crate) weak: Option<&'static str>,
    /// Keys of it that keep it from doing its work, with the reason.
    pub(crate) wrong: Vec<(&'static str, &'static str)>,
    /// Something that it needs is not mounted here.
    pub(crate) unmounted: Option<&'static str>,
    /// Other flags or options.
    pub(crate) outdated: bool,
}

/// Compares a container of ours with the planned one.
pub(crate) fn difference(there: &Value, wanted: &Container) -> Difference {
    let mut result = Difference::default();
    let held: Vec<Result<Dependency, String>> = arguments(there, wanted.role);
    for dependency in &wanted.dependencies {
        let same = held.iter().flatten().find(|held| held.target == dependency.target);
        match same {
            None => result.lacks.push(format!("it does not {} `{dependency}`", wanted.role.verb())),
            Some(held) => {
                if let Some(why) = weaker(&held.options, &dependency.options) {
                    result.lacks.push(format!("it holds `{}` otherwise than declared: {why}", dependency.target));
                }
                result.outdated |= held.options != dependency.options;
            }
        }
    }
    for held in &held {
        match held {
            Ok(held) if wanted.dependencies.iter().any(|known| known.target == held.target) => {}
            Ok(held) => result.extra.push(held.to_string()),
            Err(text) => result.lacks.push(format!("its argument `{text}` cannot be read")),
        }
    }
    result.weak = weaker_than_restricted(there.get("securityContext").unwrap_or(&Value::Null));
    let asks_api = wanted.dependencies.iter().any(|dependency| dependency.target.asks_api());
    let mounts = there.get("volumeMounts").and_then(Value::as_array);
    let needed = [(asks_api, API_MOUNT), (wanted.role == Role::Watch, WATCH_MOUNT)];
    result.unmounted = needed.into_iter().find_map(|(needed, at)| {
        let is_there =
            |mounts: &Vec<Value>| mounts.iter().any(|mount| mount.get("mountPath").is_some_and(|path| path == at));
        (needed && !mounts.is_some_and(is_there)).then_some(at)
    });
    result.wrong = wrong(there, wanted);
    for key in ["args", "image"] {
        result.outdated |= there.get(key) != wanted.value.get(key);
    }
    result
}

/// What keeps it from doing its work, beside arguments, volumes and security.
fn wrong(there: &Value, wanted: &Container) -> Vec<(&'static str, &'static str)> {
    let mut wrong = Vec::new();
    match wanted.role {
        Role::Wait if is_sidecar(there) => {
            wrong
                .push(("restartPolicy", "with `restartPolicy: Always` it is a sidecar, and nothing waits for its end"));
        }
        Role::Wait => {}
        Role::Watch => {
            if !is_sidecar(there) {
                wrong.push((
                    "restartPolicy",
                    "without `restartPolicy: Always` it never ends, and nothing starts after it",
                ));
            }
            let check = at(there, "/readinessProbe/exec/command").and_then(Value::as_array);
            if !check.is_some_and(|command| command.iter().eq([COMMAND, "check"])) {
                wrong.push(("readinessProbe", "its readiness probe is not `/waitwarden-wait check`"));
            }
            if has_rules(&wanted.value) && !has_rules(there) {
                wrong.push(("restartPolicyRules", "no rule of it starts all containers again on exit code 75"));
            }
        }
    }
    wrong
}

/// The dependencies in the arguments, as Kubernetes hands them to the program. Behind so many as a declaration may have,
/// none can be read.
fn arguments(container: &Value, role: Role) -> Vec<Result<Dependency, String>> {
    let args = container.get("args").and_then(Value::as_array).into_iter().flatten();
    let mut args = args.map(|arg| arg.as_str().unwrap_or_default());
    args.by_ref().find(|arg| *arg == "--");
    args.take(MOST + 1)
        .enumerate()
        .map(|(nth, arg)| {
            let text = crate::search::replace(arg, "$$", "$");
            let mut held = if nth < MOST { parse_one(&text).map_err(|_| text) } else { Err(text) };
            // What comes after the start says nothing to a wait.
            if let (Role::Wait, Ok(held)) = (role, &mut held) {
                held.options.on_loss = OnLoss::Ignore;
            }
            held
        })
        .collect()
}

/// Why these options let the application start, or run on, where the wanted ones would not.
fn weaker(there: &Options, wanted: &Options) -> Option<String> {
    if wanted.required && !there.required {
        Some("`required=false`".to_owned())
    } else if there.on_loss != wanted.on_loss {
        Some(format!("`on-loss={}`", there.on_loss.word()))
    } else if there.stable < wanted.stable {
        Some(format!("`stable={}`", there.stable))
    } else if wanted.replicas == Replicas::All && there.replicas == Replicas::Any {
        Some("`replicas=any`".to_owned())
    } else if there.condition != wanted.condition {
        Some(format!("`condition={}`", there.condition))
    } else if !there.status.iter().all(|(low, high)| wanted.status.iter().any(|(l, h)| l <= low && high <= h)) {
        Some("further HTTP codes satisfy it".to_owned())
    } else {
        None
    }
}

/// The rule of Pods that wait for nothing.
const NO_WAIT: &str = "no-wait-container";
/// The rule of Pods in which nobody notices a loss.
const NO_WATCH: &str = "no-watch-container";
/// What to do where something lacks.
const ADD: &str = "let the policy add it (`mode: mutate`), or write it into the manifest with `waitwarden fix`";

/// Everything of the plan that the Pod or template lacks.
pub fn compare(template: &Value, plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    let base = &plan.base;
    for (role, planned) in [(Role::Wait, &plan.wait), (Role::Watch, &plan.watch)] {
        container(template, plan, role, planned.as_ref(), &mut findings);
    }
    for (at, container) in list(template, "containers").iter().enumerate() {
        if Marker::has(&plan.rules, name(container)) && !has_rules(container) {
            findings.push(
                Finding::new(
                    "no-restart-rule",
                    Severity::Error,
                    format!("{base}/spec/containers/{at}"),
                    format!("when `{}` crashes, nothing waits again: it lacks the restart rule", name(container)),
                )
                .help(ADD),
            );
        }
    }
    for planned in &plan.probes {
        let there = ["containers", "initContainers"]
            .into_iter()
            .flat_map(|key| list(template, key))
            .find(|container| name(container) == planned.container);
        if there.and_then(|container| container.get("readinessProbe")).is_none_or(Value::is_null) {
            findings.push(
                Finding::new(
                    "no-readiness-probe",
                    Severity::Error,
                    format!("{base}/spec/containers"),
                    format!("`{}` lacks the readiness probe {}", planned.container, planned.probe.handler),
                )
                .help(ADD),
            );
        }
    }
    findings
}

/// Holds one of our containers against the plan.
fn container(template: &Value, plan: &Plan, wanted: Role, planned: Option<&Container>, findings: &mut Vec<Finding>) {
    let mut inits = list(template, "initContainers").iter().enumerate();
    let there = inits.find(|(_, container)| role(container) == Some(wanted));
    let at = there.map_or(0, |(at, _)| at);
    let pointer = format!("{}/spec/initContainers/{at}", plan.base);
    let words = wanted.words();
    match (planned, there) {
        (None, None) => {}
        (None, Some(_)) => findings.push(
            Finding::new(
                "outdated-wait",
                Severity::Warning,
                pointer,
                format!("the {words} is there, and nothing is declared for it"),
            )
            .help("remove it, or declare what it is for"),
        ),
        (Some(planned), None) => {
            let targets: Vec<String> =
                planned.dependencies.iter().map(|dependency| format!("`{}`", dependency.target)).collect();
            let rule = if wanted == Role::Wait { NO_WAIT } else { NO_WATCH };
            let message = format!("no init container {} {}", wanted.verbs(), targets.join(", "));
            findings.push(Finding::new(rule, Severity::Error, &plan.pointer, message).help(ADD));
        }
        (Some(planned), Some((_, there))) => {
            let difference = difference(there, planned);
            let mut error = |rule, key: &str, message: &str, help: &str| {
                let message = format!("the {words} is wrong: {message}");
                findings.push(Finding::new(rule, Severity::Error, format!("{pointer}{key}"), message).help(help));
            };
            let again = "write it again with `waitwarden fix`";
            for message in &difference.lacks {
                error("missing-dependency", "/args", message, again);
            }
            if let Some(why) = difference.weak {
                error("weak-security-context", "/securityContext", why, "remove the change, or the whole container");
            }
            match difference.unmounted {
                Some(API_MOUNT) => {
                    let message = format!("nothing is mounted at {API_MOUNT}, and it asks the API server");
                    error("no-api-access", "", &message, again);
                }
                Some(path) => error("cannot-work", "", &format!("nothing is mounted at {path}"), again),
                None => {}
            }
            for (_, why) in &difference.wrong {
                error("cannot-work", "", why, again);
            }
            if !difference.extra.is_empty() {
                findings.push(Finding::new(
                    "outdated-wait",
                    Severity::Warning,
                    format!("{pointer}/args"),
                    format!("nobody declares {} any more", difference.extra.join(", ")),
                ));
            } else if difference.outdated {
                findings.push(Finding::new(
                    "outdated-wait",
                    Severity::Warning,
                    pointer,
                    format!("the {words} differs from what the policy would write (image, flags or options)"),
                ));
            }
        }
    }
}
