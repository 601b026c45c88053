//! Nothing lost: a template without what a plan may add is the template that came in.

use crate::exact;
use serde_json::{Map, Value, json};
use waitwarden::engine::Policy;

/// What is ours by its name.
const VOLUMES: [&str; 3] = ["waitwarden-api-access", "waitwarden-ca", "waitwarden-watch"];

/// What the policy notes for itself.
const INJECTED: &str = "waitwarden.io/injected";

/// What the policy may add to a container, where it is not there.
const OF_CONTAINERS: [&str; 3] = ["readinessProbe", "restartPolicy", "restartPolicyRules"];

/// API group, kind, and the pointer of the template, of every kind that is handled.
pub const KINDS: [(&str, &str, &str); 9] = [
    ("", "Pod", ""),
    ("", "PodTemplate", "/template"),
    ("", "ReplicationController", "/spec/template"),
    ("apps", "DaemonSet", "/spec/template"),
    ("apps", "Deployment", "/spec/template"),
    ("apps", "ReplicaSet", "/spec/template"),
    ("apps", "StatefulSet", "/spec/template"),
    ("batch", "CronJob", "/spec/jobTemplate/spec/template"),
    ("batch", "Job", "/spec/template"),
];

/// Asks the module about an object of this group and kind that is created: the object as it comes out, none where it is
/// left alone. Objects and settings are [`exact`].
///
/// # Errors
/// The answer, where it is refused.
pub fn mutated(
    policy: &Policy,
    (group, kind): (&str, &str),
    object: &Value,
    settings: &Value,
) -> Result<Option<Value>, String> {
    let kind = json!({ "group": group, "version": "v1", "kind": kind });
    let request = json!({ "operation": "CREATE", "kind": kind, "namespace": "shop", "object": object });
    let payload = exact::print(&json!({ "request": request, "settings": settings }));
    let answer = policy.call("validate", payload.as_bytes()).answer.map_err(|error| error.to_string())?;
    let mut answer = exact::read(&String::from_utf8_lossy(&answer))?;
    if answer.get("accepted") == Some(&Value::Bool(true)) {
        Ok(answer.get_mut("mutated_object").map(Value::take))
    } else {
        Err(answer.to_string())
    }
}

/// Holds an object after the policy against what it was before; the template stands at `pointer`. Values, and the order of
/// keys. What was ours before may be another now.
///
/// # Errors
/// Both, where something else than what a plan may add differs.
pub fn unchanged(before: &Value, after: &Value, pointer: &str) -> Result<(), String> {
    let [mut was, mut is] = [before.clone(), after.clone()];
    for object in [&mut was, &mut is] {
        if let (Some(template), Some(original)) = (object.pointer_mut(pointer), before.pointer(pointer)) {
            take_away(template, original);
        }
    }
    let (was_text, is_text) = (was.to_string(), is.to_string());
    // Also the order of the keys.
    if was == is && was_text == is_text {
        Ok(())
    } else {
        Err(format!("was:\n  {was_text}\nis, without what was added:\n  {is_text}"))
    }
}

fn take_away(template: &mut Value, original: &Value) {
    let had = |path: &str| original.pointer(path);
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        let annotations = had("/metadata/annotations");
        edit(metadata, "annotations", annotations, |all| {
            if let Some(all) = all.as_object_mut() {
                if let Some(note) = annotations.and_then(|had| had.get(INJECTED)) {
                    all.insert(INJECTED.to_owned(), note.clone());
                }
                all.retain(|key, _| {
                    !key.starts_with("waitwarden.io/") || annotations.is_some_and(|had| had.get(key).is_some())
                });
            }
        });
    }
    if had("/metadata").is_none_or(Value::is_null)
        && let Some(template) = template.as_object_mut()
    {
        edit(template, "metadata", had("/metadata"), |_| ());
    }
    let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut) else { return };
    edit(spec, "volumes", had("/spec/volumes"), |all| {
        retain(all, |volume| !VOLUMES.iter().any(|name| volume.get("name").is_some_and(|there| there == name)));
    });
    for key in ["initContainers", "containers"] {
        let originals = had(&format!("/spec/{key}")).and_then(Value::as_array).into_iter().flatten();
        let originals = originals.filter(|container| !is_ours(container));
        edit(spec, key, had(&format!("/spec/{key}")), |all| {
            retain(all, |container| !is_ours(container));
            let containers = all.as_array_mut().into_iter().flatten();
            for (container, original) in containers.zip(originals) {
                for key in OF_CONTAINERS {
                    if let Some(container) = container.as_object_mut() {
                        edit(container, key, original.get(key), |_| ());
                    }
                }
            }
        });
    }
}

/// Is it a container of ours?
pub fn is_ours(container: &Value) -> bool {
    let command = container.get("command").and_then(Value::as_array);
    command.is_some_and(|command| command.iter().eq(["/waitwarden-wait"]))
}

fn retain(list: &mut Value, keep: impl Fn(&Value) -> bool) {
    if let Some(list) = list.as_array_mut() {
        list.retain(keep);
    }
}

/// Takes what was added out of what is at a key. What was not there, or was null, is so again where nothing else is left.
fn edit(map: &mut Map<String, Value>, key: &str, had: Option<&Value>, take: impl FnOnce(&mut Value)) {
    let Some(value) = map.get_mut(key) else { return };
    take(value);
    let empty = value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
    let added = OF_CONTAINERS.contains(&key);
    match had {
        None if empty || added => {
            map.shift_remove(key);
        }
        Some(Value::Null) if empty || added => *value = Value::Null,
        _ => {}
    }
}
