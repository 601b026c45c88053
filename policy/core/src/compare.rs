//! What is missing: a plan held against a Pod or template. Sets of dependencies are compared, never bytes.

use crate::dependency::{Dependency, Options, Replicas, parse_one};
use crate::finding::{Finding, Severity};
use crate::plan::{API_MOUNT, Plan, WaitContainer, is_ours, list, name};
use crate::settings::weaker_than_restricted;
use serde_json::Value;

/// How a wait container that is there differs from the planned one.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// Dependencies that it lacks, or holds too loosely; as messages.
    pub(crate) lacks: Vec<String>,
    /// Dependencies that nobody declares any more.
    pub(crate) extra: Vec<String>,
    /// Why its security context is too weak.
    pub(crate) weak: Option<&'static str>,
    /// It asks the API server and has no token.
    pub(crate) no_token: bool,
    /// Other flags or options.
    pub(crate) outdated: bool,
}

/// Compares a container of ours with the planned one.
pub(crate) fn difference(there: &Value, wanted: &WaitContainer) -> Difference {
    let mut result = Difference::default();
    let held: Vec<Result<Dependency, String>> = arguments(there);
    for dependency in &wanted.dependencies {
        let same = held.iter().flatten().find(|held| held.target == dependency.target);
        match same {
            None => result.lacks.push(format!("it does not wait for `{dependency}`")),
            Some(held) => {
                if let Some(why) = weaker(&held.options, &dependency.options) {
                    result
                        .lacks
                        .push(format!("it waits for `{}` more loosely than declared: {why}", dependency.target));
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
    result.no_token = asks_api
        && !mounts.is_some_and(|mounts| {
            mounts.iter().any(|mount| mount.get("mountPath").is_some_and(|path| path == API_MOUNT))
        });
    for key in ["args", "image"] {
        result.outdated |= there.get(key) != wanted.container.get(key);
    }
    result
}

/// The dependencies in the arguments, as Kubernetes hands them to the program.
fn arguments(container: &Value) -> Vec<Result<Dependency, String>> {
    let args = container.get("args").and_then(Value::as_array).into_iter().flatten();
    let mut args = args.map(|arg| arg.as_str().unwrap_or_default());
    args.by_ref().find(|arg| *arg == "--");
    args.map(|arg| {
        let text = crate::search::replace(arg, "$$", "$");
        parse_one(&text).map_err(|_| text)
    })
    .collect()
}

/// Why these options let the application start where the wanted ones would not.
fn weaker(there: &Options, wanted: &Options) -> Option<String> {
    if wanted.required && !there.required {
        Some("`required=false`".to_owned())
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

/// Everything of the plan that the Pod or template lacks.
pub fn compare(template: &Value, plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    let base = &plan.base;
    let inits = list(template, "initContainers");
    let ours = inits.iter().enumerate().find(|(_, container)| is_ours(container));
    match (&plan.wait, ours) {
        (None, None) => {}
        (None, Some((at, _))) => findings.push(
            Finding::new(
                "outdated-wait",
                Severity::Warning,
                format!("{base}/spec/initContainers/{at}"),
                "the wait container is there, and nothing is declared",
            )
            .help("remove it, or declare what it waits for"),
        ),
        (Some(wait), None) => {
            let words: Vec<String> =
                wait.dependencies.iter().map(|dependency| format!("`{}`", dependency.target)).collect();
            findings.push(
                Finding::new(
                    "no-wait-container",
                    Severity::Error,
                    &wait.pointer,
                    format!("no init container waits for {}", words.join(", ")),
                )
                .help("let the policy add it (`mode: mutate`), or write it into the manifest with `waitwarden fix`"),
            );
        }
        (Some(wait), Some((at, there))) => {
            let pointer = format!("{base}/spec/initContainers/{at}");
            let difference = difference(there, wait);
            let mut error = |rule, pointer: String, message: String, help: &str| {
                findings.push(
                    Finding::new(rule, Severity::Error, pointer, format!("the wait container is wrong: {message}"))
                        .help(help),
                );
            };
            for message in difference.lacks {
                error("missing-dependency", format!("{pointer}/args"), message, "write it again with `waitwarden fix`");
            }
            if let Some(why) = difference.weak {
                error(
                    "weak-security-context",
                    format!("{pointer}/securityContext"),
                    why.to_owned(),
                    "remove the change, or the whole container",
                );
            }
            if difference.no_token {
                error(
                    "no-api-access",
                    pointer.clone(),
                    format!("nothing is mounted at {API_MOUNT}, and it asks the API server"),
                    "write it again with `waitwarden fix`",
                );
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
                    "the wait container differs from what the policy would write (image, flags or options)",
                ));
            }
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
                .help("let the policy add it (`mode: mutate`), or write it into the manifest"),
            );
        }
    }
    findings
}
