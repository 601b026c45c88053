//! Our containers: what both have in common, and the one that waits.

use super::{CA_MOUNT, COMMAND, Container, Role, is_long_running};
use crate::annotation::Declaration;
use crate::dependency::{Dependency, OnLoss};
use crate::duration::Duration;
use crate::finding::{Finding, Severity};
use crate::fixed::fixed;
use crate::path::at;
use crate::plan::resources;
use crate::settings::{Settings, Wait};
use serde_json::{Map, Value, json};

/// The user of the image, for Pods that say root.
const IMAGE_USER: u64 = 65_532;

/// Plans the wait container for a declaration with dependencies.
pub(super) fn plan(
    template: &Value,
    base: &str,
    declaration: &Declaration,
    settings: &Settings,
    findings: &mut Vec<Finding>,
) -> Container {
    let timeout = timeout(template, declaration, settings, findings);
    let mut args = Vec::new();
    if !timeout.is_forever() {
        args.push(format!("--timeout={timeout}"));
    }
    let dependencies = declaration.dependencies.iter().map(|declared| {
        let mut dependency = declared.dependency.clone();
        // What comes after the start is the sidecar's.
        dependency.options.on_loss = OnLoss::Ignore;
        dependency
    });
    let resources = resources::of_wait(template, base, settings, findings);
    build(template, Role::Wait, dependencies.collect(), args, resources, &settings.wait)
}

/// A container of ours: `args` go before the flags that both have, the dependencies behind them.
pub(super) fn build(
    template: &Value,
    role: Role,
    dependencies: Vec<Dependency>,
    mut args: Vec<String>,
    resources: Option<Value>,
    wait: &Wait,
) -> Container {
    if wait.interval != Duration::seconds(2) {
        args.push(format!("--interval={}", wait.interval));
    }
    if !wait.fallback_tcp {
        args.push("--fallback=none".to_owned());
    }
    let mut mounts = Vec::new();
    let mut volumes = Vec::new();
    if dependencies.iter().any(|dependency| dependency.target.asks_api()) {
        mounts.push(fixed(
            r#"{"name":"waitwarden-api-access","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount","readOnly":true}"#,
        ));
        volumes.push(fixed(
            r#"{"name":"waitwarden-api-access","projected":{"sources":[{"serviceAccountToken":{"path":"token"}},{"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt","path":"ca.crt"}]}},{"downwardAPI":{"items":[{"path":"namespace","fieldRef":{"fieldPath":"metadata.namespace"}}]}}]}}"#,
        ));
    }
    if let Some((map, key)) = &wait.ca_config_map {
        args.push(format!("--ca-file={CA_MOUNT}/ca.crt"));
        mounts.push(fixed(r#"{"name":"waitwarden-ca","mountPath":"/etc/waitwarden/ca","readOnly":true}"#));
        let mut volume = fixed(
            r#"{"name":"waitwarden-ca","configMap":{"name":"","items":[{"key":"","path":"ca.crt"}],"optional":true}}"#,
        );
        for (path, text) in [("/configMap/name", map), ("/configMap/items/0/key", key)] {
            if let Some(value) = crate::path::at_mut(&mut volume, path) {
                *value = Value::from(text.as_str());
            }
        }
        volumes.push(volume);
    }
    args.push("--".to_owned());
    // Kubernetes expands `$(NAME)` in arguments and turns `$$` into `$`.
    args.extend(dependencies.iter().map(|dependency| crate::search::replace(&dependency.to_string(), "$", "$$")));

    let name = match role {
        Role::Wait => &wait.container_name,
        Role::Watch => super::WATCH,
    };
    let mut container = Container { role, dependencies, value: Value::Object(Map::new()), volumes };
    container.set("name", name.into());
    container.set("image", wait.image.as_str().into());
    if let Some(policy) = &wait.image_pull_policy {
        container.set("imagePullPolicy", policy.as_str().into());
    }
    container.set("command", Value::from([COMMAND].as_slice()));
    container.set("args", args.into());
    if let Some(resources) = resources {
        container.set("resources", resources);
    }
    let mut context = wait.security_context.clone();
    if at(template, "/spec/securityContext/runAsUser").and_then(Value::as_u64) == Some(0)
        && let Some(map) = context.as_object_mut()
    {
        map.entry("runAsUser").or_insert_with(|| json!(IMAGE_USER));
    }
    container.set("securityContext", context);
    container.set("terminationMessagePolicy", "FallbackToLogsOnError".into());
    if !mounts.is_empty() {
        container.set("volumeMounts", mounts.into());
    }
    container
}

/// The bound of the whole wait. Where nobody set one, a dependency's own longer one counts.
fn timeout(template: &Value, declaration: &Declaration, settings: &Settings, findings: &mut Vec<Finding>) -> Duration {
    let auto = Duration::minutes(if is_long_running(template) { 11 } else { 5 });
    let own =
        declaration.dependencies.iter().filter_map(|declared| Some((declared, declared.dependency.options.timeout?)));
    match &declaration.timeout {
        Some((whole, _)) => {
            for (declared, timeout) in own.filter(|(_, timeout)| timeout.outlasts(*whole)) {
                findings.push(
                    Finding::new(
                        "timeout-too-long",
                        Severity::Error,
                        &declaration.pointer,
                        format!("a timeout of {timeout} never comes: the whole wait ends after {whole}"),
                    )
                    .help(format!("raise `{}/timeout` or lower this one", settings.prefix))
                    .span(declared.span.clone()),
                );
            }
            *whole
        }
        None => {
            own.fold(
                settings.wait.timeout.unwrap_or(auto),
                |longest, (_, timeout)| {
                    if timeout.outlasts(longest) { timeout } else { longest }
                },
            )
        }
    }
}
