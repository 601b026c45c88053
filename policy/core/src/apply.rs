//! Puts a plan into a Pod or template. What the plan does not name stays as it is; what already does its work
//! is kept, so that applying twice is applying once; what was ours and is not planned any more goes.

use crate::annotation::INJECTED;
use crate::compare::difference;
use crate::marker::Marker;
use crate::plan::{API_VOLUME, CA_VOLUME, Plan, PlannedProbe, WaitContainer, is_ours, is_sidecar, name};
use serde_json::{Map, Value, json};

/// Changes the Pod or template so that it holds the plan.
pub fn apply(template: &mut Value, plan: Plan) {
    let Plan { wait: wanted, probes: planned, pull_secrets: secrets, prefix, mut marker, .. } = plan;
    if let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut) {
        let (container, new) = wanted.map_or((None, Vec::new()), |mut wanted| {
            let volumes = std::mem::take(&mut wanted.volumes);
            (Some(wanted), volumes)
        });
        wait(spec, container);
        volumes(spec, new);
        pull_secrets(spec, &secrets, &mut marker);
        probes(spec, &planned, &mut marker);
    }
    write_marker(template, &prefix, &marker);
}

/// Notes what cannot be told otherwise.
pub(crate) fn write_marker(template: &mut Value, prefix: &str, marker: &Marker) {
    let key = format!("{prefix}/{INJECTED}");
    match marker.write() {
        Some(text) => {
            if let Some(annotations) = annotations(template) {
                annotations.insert(key, json!(text));
            }
        }
        None => {
            if let Some(annotations) = template.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
                annotations.shift_remove(&key);
            }
        }
    }
}

/// The annotations, which may have to be made first.
pub(crate) fn annotations(template: &mut Value) -> Option<&mut Map<String, Value>> {
    let metadata = object(template.as_object_mut()?, "metadata", 0)?;
    let last = metadata.len();
    object(metadata, "annotations", last)
}

/// A mapping inside another one; where it is missing it is made, at this place among the keys.
fn object<'v>(map: &'v mut Map<String, Value>, key: &str, at: usize) -> Option<&'v mut Map<String, Value>> {
    if !map.contains_key(key) {
        map.shift_insert(at, key.to_owned(), Value::Null);
    }
    let value = map.get_mut(key)?;
    if value.is_null() {
        *value = json!({});
    }
    value.as_object_mut()
}

/// Changes a list of the spec. One that was not there and stays empty is not made; one that only held what is
/// taken away goes.
fn edit(spec: &mut Map<String, Value>, key: &str, change: impl FnOnce(&mut Vec<Value>)) {
    if let Some(there) = spec.get_mut(key).filter(|there| !there.is_null()) {
        let Value::Array(list) = there else { return };
        let held = !list.is_empty();
        change(list);
        if held && list.is_empty() {
            spec.shift_remove(key);
        }
        return;
    }
    let mut list = Vec::new();
    change(&mut list);
    if list.is_empty() {
        return;
    }
    if let Some(null) = spec.get_mut(key) {
        *null = Value::Array(list);
    } else {
        // People write init containers before the others.
        let containers = spec.keys().position(|known| known == "containers");
        let at = containers.filter(|_| key == "initContainers").unwrap_or(spec.len());
        spec.shift_insert(at, key.to_owned(), Value::Array(list));
    }
}

fn wait(spec: &mut Map<String, Value>, wanted: Option<WaitContainer>) {
    edit(spec, "initContainers", |inits| {
        let Some(wanted) = wanted else {
            inits.retain(|container| !is_ours(container));
            return;
        };
        let mut seen = false;
        inits.retain(|container| !is_ours(container) || !std::mem::replace(&mut seen, true));
        if let Some(there) = inits.iter_mut().find(|container| is_ours(container)) {
            repair(there, &wanted);
            return;
        }
        let stays =
            |container: &Value| is_sidecar(container) || wanted.after.iter().any(|after| after == name(container));
        let head = inits.iter().take_while(|container| stays(container)).count();
        inits.insert(if wanted.last { inits.len() } else { head }, wanted.container);
    });
}

/// Changes of a container of ours only what `compare` objects to: mirrors, digests and resources are kept.
fn repair(there: &mut Value, wanted: &WaitContainer) {
    let difference = difference(there, wanted);
    let Some(map) = there.as_object_mut() else {
        return;
    };
    let mut take = |key: &str| {
        if let Some(value) = wanted.container.get(key) {
            map.insert(key.to_owned(), value.clone());
        }
    };
    if !difference.lacks.is_empty() || !difference.extra.is_empty() {
        take("args");
    }
    if difference.weak.is_some() {
        take("securityContext");
    }
    if let (true, Some(mounts)) = (difference.no_token, wanted.container.get("volumeMounts").and_then(Value::as_array))
    {
        let mut all: Vec<Value> = map.get("volumeMounts").and_then(Value::as_array).cloned().unwrap_or_default();
        all.retain(|mount| !mounts.iter().any(|ours| name(ours) == name(mount)));
        all.extend(mounts.iter().cloned());
        map.insert("volumeMounts".to_owned(), Value::Array(all));
    }
}

fn volumes(spec: &mut Map<String, Value>, wanted: Vec<Value>) {
    let mounts = |container: &Value, volume: &str| {
        container
            .get("volumeMounts")
            .and_then(Value::as_array)
            .is_some_and(|mounts| mounts.iter().any(|mount| name(mount) == volume))
    };
    let used = |spec: &Map<String, Value>, volume: &str| {
        ["initContainers", "containers"].iter().any(|key| {
            spec.get(*key)
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(|container| mounts(container, volume)))
        })
    };
    let ours: Vec<(&str, bool)> =
        [API_VOLUME, CA_VOLUME].into_iter().map(|volume| (volume, used(spec, volume))).collect();
    edit(spec, "volumes", |volumes| {
        volumes.retain(|volume| !ours.iter().any(|(known, used)| *known == name(volume) && !used));
        for volume in wanted {
            let used = ours.iter().any(|(known, used)| *known == name(&volume) && *used);
            if used && !volumes.iter().any(|there| name(there) == name(&volume)) {
                volumes.push(volume);
            }
        }
    });
}

fn pull_secrets(spec: &mut Map<String, Value>, planned: &[String], marker: &mut Marker) {
    edit(spec, "imagePullSecrets", |secrets| {
        secrets.retain(|secret| {
            let ours = marker.pull_secrets.iter().any(|known| known == name(secret));
            !ours || planned.iter().any(|wanted| wanted == name(secret))
        });
        marker.pull_secrets.retain(|known| planned.contains(known));
        for wanted in planned {
            if !secrets.iter().any(|secret| name(secret) == wanted) {
                secrets.push(json!({ "name": wanted }));
                Marker::note(&mut marker.pull_secrets, wanted);
            }
        }
    });
}

fn probes(spec: &mut Map<String, Value>, all: &[PlannedProbe], marker: &mut Marker) {
    for key in ["containers", "initContainers"] {
        for container in spec.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            let own_name = name(container).to_owned();
            let planned = all.iter().find(|planned| planned.container == own_name);
            let ours = marker.probes.contains(&own_name);
            let Some(map) = container.as_object_mut() else {
                continue;
            };
            let there = map.get("readinessProbe").filter(|probe| !probe.is_null());
            match (planned, there) {
                (Some(planned), Some(there)) if planned.probe.agrees(there) || !ours => {}
                (Some(planned), _) => {
                    map.insert("readinessProbe".to_owned(), planned.rendered.clone());
                    if !ours {
                        Marker::note(&mut marker.probes, &own_name);
                    }
                }
                (None, _) if ours => {
                    map.shift_remove("readinessProbe");
                    marker.probes.retain(|known| *known != own_name);
                }
                (None, _) => {}
            }
        }
    }
}
