//! Rules about the object that a dependency names: is it there, and can it be what is waited for?

use super::neighbours::{is_absent, workload_kind};
use super::{Report, rule};
use crate::annotation::Declared;
use crate::cluster::{Facts, Kind};
use crate::dependency::{Port, Target};
use crate::path::at;
use serde_json::Value;

pub(super) fn check(facts: &Facts, report: &mut Report<'_>) {
    let inquiry = report.inquiry;
    for declared in &inquiry.declaration.dependencies {
        let Some((kind, namespace, name)) = named(&declared.dependency.target, inquiry.namespace) else {
            continue;
        };
        if inquiry.is_itself(kind, namespace, name) {
            continue;
        }
        let known = facts.object(kind, namespace, name);
        let title = format!("{} {namespace}/{name}", kind.name());
        let Some(object) = known.value() else {
            if is_absent(known) {
                report.about(
                    declared,
                    rule::UNKNOWN_DEPENDENCY,
                    format!("there is no {title}"),
                    "the wait goes on until there is one; correct the name, or create it",
                );
            }
            renamed(facts, report, declared, kind, namespace, name);
            continue;
        };
        hook(report, declared, object, &title);
        match kind {
            Kind::Service => service(report, declared, object, &title),
            Kind::Job => job(report, declared, object, &title, name),
            _ => {}
        }
    }
}

/// The object that a target names; hosts only where they cannot be anything else.
fn named<'t>(target: &'t Target, namespace: &'t str) -> Option<(Kind, &'t str, &'t str)> {
    let there = target.namespace().unwrap_or(namespace);
    match target {
        Target::Service { name, .. } => Some((Kind::Service, there, name)),
        Target::Job { name, .. } => Some((Kind::Job, there, name)),
        Target::Workload { kind, name, .. } => Some((workload_kind(*kind), there, name)),
        Target::Tcp { .. }
        | Target::Http { .. }
        | Target::Grpc { .. }
        | Target::Dns { .. }
        | Target::Pods { .. }
        | Target::Custom { .. } => None,
    }
}

fn service(report: &mut Report<'_>, declared: &Declared, object: &Value, title: &str) {
    let target = &declared.dependency.target;
    let Target::Service { port, .. } = target else {
        return;
    };
    if at(object, "/spec/type").is_some_and(|kind| kind == "ExternalName") {
        let host = at(object, "/spec/externalName").and_then(Value::as_str).unwrap_or("HOST");
        let port = match port {
            Some(Port::Number(number)) => number.to_string(),
            _ => "PORT".to_owned(),
        };
        report.about(
            declared,
            rule::SERVICE_WITHOUT_ENDPOINTS,
            format!("{title} is an ExternalName: it never has endpoints, so the wait never ends"),
            &format!("write `tcp://{host}:{port}` or `dns://{host}`"),
        );
        return;
    }
    let ports = at(object, "/spec/ports").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    let is_there = |port: &Port| {
        ports.iter().any(|there| match port {
            Port::Number(number) => there.get("port").and_then(Value::as_u64) == Some(u64::from(*number)),
            Port::Name(name) => there.get("name").is_some_and(|there| there == name),
        })
    };
    if let Some(port) = port.as_ref().filter(|port| !is_there(port)) {
        let mut help = String::new();
        for there in ports {
            help.push_str(if help.is_empty() { "its ports are " } else { ", " });
            help.push_str(&there.get("port").and_then(Value::as_u64).unwrap_or_default().to_string());
            if let Some(name) = there.get("name").and_then(Value::as_str) {
                help.push_str(" (");
                help.push_str(name);
                help.push(')');
            }
        }
        help.push_str(if help.is_empty() {
            "it has no ports; leave `:PORT` out"
        } else {
            "; target ports do not count"
        });
        report.about(declared, rule::UNKNOWN_SERVICE_PORT, format!("{title} has no port `{port}`"), &help);
    }
    if at(object, "/spec/publishNotReadyAddresses") == Some(&Value::Bool(true)) {
        report.about(
            declared,
            rule::PUBLISHES_NOT_READY,
            format!("{title} publishes Pods that are not ready"),
            "the wait knows that and reads `serving`; a connection (`tcp://…`) would open too early",
        );
    }
}

fn job(report: &mut Report<'_>, declared: &Declared, object: &Value, title: &str, name: &str) {
    if let Some(seconds) = at(object, "/spec/ttlSecondsAfterFinished").and_then(Value::as_u64) {
        report.about(
            declared,
            rule::JOB_EXPIRES,
            format!("{title} is deleted {seconds}s after it finishes, and Pods that start later wait for ever for it"),
            "remove `ttlSecondsAfterFinished`, or wait for what the Job leaves behind",
        );
    }
    // Hooks are deleted and created anew with each release.
    if !name.bytes().any(|byte| byte.is_ascii_digit()) && hooks(object).is_empty() {
        report.about(
            declared,
            rule::JOB_STALE,
            format!("{title} has no version in its name: the Job of the last release satisfies this one's Pods"),
            "name it after the release, such as `migrate-42`, or make it a hook that is created anew",
        );
    }
}

/// The hooks of Helm and Argo CD that an object is.
fn hooks(object: &Value) -> Vec<&str> {
    let mut hooks = Vec::new();
    for key in ["helm.sh/hook", "argocd.argoproj.io/hook"] {
        let text = at(object, "/metadata/annotations").and_then(|all| all.get(key)).and_then(Value::as_str);
        for hook in text.unwrap_or_default().split(',') {
            hooks.push(hook.trim());
        }
    }
    hooks.retain(|hook| !hook.is_empty());
    hooks
}

fn hook(report: &mut Report<'_>, declared: &Declared, object: &Value, title: &str) {
    let late = hooks(object).into_iter().find(|hook| ["post-install", "post-upgrade", "PostSync"].contains(hook));
    if let (Some(hook), true, true) =
        (late, declared.dependency.options.required, hooks(report.inquiry.object).is_empty())
    {
        report.about(
            declared,
            rule::HOOK_DEADLOCK,
            format!("{title} is a {hook} hook: it is created when these Pods are ready, and they wait for it"),
            "make it a hook that runs before, an object of the release, or the dependency `required=false`",
        );
    }
}

/// Kustomize and others rename objects and leave annotations as they are: `prod-web` waits for `db`, and what is there is
/// `prod-db`.
fn renamed(facts: &Facts, report: &mut Report<'_>, declared: &Declared, kind: Kind, namespace: &str, name: &str) {
    let own = at(report.inquiry.object, "/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let (Some((first, _)), Some((all, last))) = (own.split_once('-'), own.rsplit_once('-')) else {
        return;
    };
    let names = [format!("{first}-{name}"), format!("{all}-{name}"), format!("{name}-{last}")];
    // All are asked for at once.
    let there = names.map(|name| facts.object(kind, namespace, &name).value().map(|_| name));
    if let Some(candidate) = there.into_iter().flatten().next() {
        report.about(
            declared,
            rule::DEPENDENCY_RENAMED,
            format!(
                "there may be no {kind} `{name}`, and there is `{candidate}`, named as this object is",
                kind = kind.name()
            ),
            &format!("write `{candidate}`: prefixes and suffixes are not added to annotations; lint what is rendered"),
        );
    }
}
