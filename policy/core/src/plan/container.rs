//! The wait container: one JSON object, and the volumes that it mounts.

use super::{API_MOUNT, API_VOLUME, CA_MOUNT, CA_VOLUME, COMMAND, WaitContainer, is_long_running, list};
use crate::annotation::Declaration;
use crate::duration::Duration;
use crate::finding::{Finding, Severity};
use crate::path::at;
use crate::quantity::nanos;
use crate::settings::{Resources, Settings};
use serde_json::{Map, Value, json};

/// The user of the image, for Pods that say root.
const IMAGE_USER: u64 = 65_532;
/// Below this the kernel kills the program.
const LEAST_MEMORY: &str = "32Mi";

/// Plans the container for a declaration with dependencies.
pub(super) fn plan(
    template: &Value,
    base: &str,
    declaration: &Declaration,
    settings: &Settings,
    findings: &mut Vec<Finding>,
) -> WaitContainer {
    let wait = &settings.wait;
    let asks_api = declaration.dependencies.iter().any(|declared| declared.dependency.target.asks_api());
    let timeout = timeout(template, declaration, settings, findings);
    let mut args = Vec::new();
    if !timeout.is_forever() {
        args.push(format!("--timeout={timeout}"));
    }
    if wait.interval != Duration::seconds(2) {
        args.push(format!("--interval={}", wait.interval));
    }
    if !wait.fallback_tcp {
        args.push("--fallback=none".to_owned());
    }
    let mut mounts = Vec::new();
    let mut volumes = Vec::new();
    if asks_api {
        mounts.push(json!({ "name": API_VOLUME, "mountPath": API_MOUNT, "readOnly": true }));
        volumes.push(json!({
            "name": API_VOLUME,
            "projected": { "sources": [
                { "serviceAccountToken": { "path": "token" } },
                { "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
                { "downwardAPI": { "items": [{ "path": "namespace", "fieldRef": { "fieldPath": "metadata.namespace" } }] } },
            ] },
        }));
    }
    if let Some((map, key)) = &wait.ca_config_map {
        args.push(format!("--ca-file={CA_MOUNT}/ca.crt"));
        mounts.push(json!({ "name": CA_VOLUME, "mountPath": CA_MOUNT, "readOnly": true }));
        volumes.push(json!({
            "name": CA_VOLUME,
            "configMap": { "name": map, "items": [{ "key": key, "path": "ca.crt" }], "optional": true },
        }));
    }
    args.push("--".to_owned());
    let dependencies: Vec<_> = declaration.dependencies.iter().map(|declared| declared.dependency.clone()).collect();
    // Kubernetes expands `$(NAME)` in arguments and turns `$$` into `$`.
    args.extend(dependencies.iter().map(|dependency| dependency.to_string().replace('$', "$$")));

    let mut container = Map::new();
    container.insert("name".to_owned(), json!(wait.container_name));
    container.insert("image".to_owned(), json!(wait.image));
    if let Some(policy) = &wait.image_pull_policy {
        container.insert("imagePullPolicy".to_owned(), json!(policy));
    }
    container.insert("command".to_owned(), json!([COMMAND]));
    container.insert("args".to_owned(), json!(args));
    if let Some(resources) = resources(template, base, settings, findings) {
        container.insert("resources".to_owned(), resources);
    }
    let mut context = wait.security_context.clone();
    if at(template, "/spec/securityContext/runAsUser").and_then(Value::as_u64) == Some(0)
        && let Some(map) = context.as_object_mut()
    {
        map.entry("runAsUser").or_insert_with(|| json!(IMAGE_USER));
    }
    container.insert("securityContext".to_owned(), context);
    container.insert("terminationMessagePolicy".to_owned(), json!("FallbackToLogsOnError"));
    if !mounts.is_empty() {
        container.insert("volumeMounts".to_owned(), json!(mounts));
    }
    WaitContainer {
        dependencies,
        pointer: declaration.pointer.clone(),
        container: Value::Object(container),
        volumes,
        last: wait.last,
        after: wait.after.clone(),
    }
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

/// The smallest of the regular containers' requests and limits, so that the QoS class stays and a quota that
/// the application satisfies is satisfied. Source: Kubernetes `pkg/apis/core/v1/helper/qos`.
fn resources(template: &Value, base: &str, settings: &Settings, findings: &mut Vec<Finding>) -> Option<Value> {
    match &settings.wait.resources {
        Resources::Fixed(Value::Null) => return None,
        Resources::Fixed(fixed) => return Some(fixed.clone()),
        Resources::Auto => {}
    }
    if at(template, "/spec/resources").is_some_and(|resources| !resources.is_null()) {
        return None;
    }
    let containers = list(template, "containers");
    let value = |container: &Value, kind: &str, name: &str| {
        container.get("resources")?.get(kind)?.get(name).filter(|value| nanos(value).is_some()).cloned()
    };
    let smallest = |kind: &str, name: &str| {
        // Kubernetes takes a missing request from the limit.
        let of = |container: &Value| {
            value(container, kind, name)
                .or_else(|| if kind == "requests" { value(container, "limits", name) } else { None })
        };
        let all: Option<Vec<Value>> = containers.iter().map(of).collect();
        all?.into_iter().min_by_key(nanos)
    };
    let mut result = Map::new();
    for (kind, cpu, memory) in [
        ("requests", smallest("requests", "cpu"), smallest("requests", "memory")),
        ("limits", smallest("limits", "cpu"), smallest("limits", "memory")),
    ] {
        let map: Map<String, Value> = [("cpu", cpu), ("memory", memory)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        if !map.is_empty() {
            result.insert(kind.to_owned(), Value::Object(map));
        }
    }
    let least = json!(LEAST_MEMORY);
    let memory = |result: &Map<String, Value>, kind: &str| result.get(kind)?.get("memory").cloned();
    if let Some(limit) = memory(&result, "limits").filter(|limit| nanos(limit) < nanos(&least)) {
        // An equal request goes with the limit, or a guaranteed Pod would become burstable.
        let equal = memory(&result, "requests").is_some_and(|request| nanos(&request) == nanos(&limit));
        for kind in if equal { &["requests", "limits"][..] } else { &["limits"][..] } {
            if let Some(map) = result.get_mut(*kind).and_then(Value::as_object_mut) {
                map.insert("memory".to_owned(), least.clone());
            }
        }
        findings.push(Finding::new(
            "memory-raised",
            Severity::Warning,
            format!("{base}/spec/containers"),
            format!("the wait container gets {LEAST_MEMORY} of memory, more than the smallest container's limit"),
        ));
    }
    (!result.is_empty()).then_some(Value::Object(result))
}
