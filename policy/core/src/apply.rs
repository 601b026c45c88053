//! Puts a plan into a Pod or template. What the plan does not name stays as it is; what already does its work
//! is kept, so that applying twice is applying once; what was ours and is not planned any more goes.

use crate::annotation::INJECTED;
use crate::compare::difference;
use crate::marker::Marker;
use crate::path::at_mut;
use crate::plan::{
    API_VOLUME, CA_VOLUME, Container, Place, Plan, PlannedProbe, Role, WATCH_VOLUME, has_rules, is_sidecar, name,
    restart, role,
};
use serde_json::{Map, Value, json};

/// Changes the Pod or template so that it holds the plan.
pub fn apply(template: &mut Value, plan: Plan) {
    let Plan { mut wait, place, mut watch, rules, probes: planned, pull_secrets: secrets, prefix, mut marker, .. } =
        plan;
    if let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut) {
        let ours = wait.iter_mut().chain(&mut watch);
        let new = ours.flat_map(|container| std::mem::take(&mut container.volumes)).collect();
        containers(spec, wait, watch, &place);
        volumes(spec, new);
        pull_secrets(spec, &secrets, &mut marker);
        probes(spec, &planned, &mut marker);
        restart_rules(spec, &rules, &mut marker);
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
            if let Some(annotations) = at_mut(template, "/metadata/annotations").and_then(Value::as_object_mut) {
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

/// The wait container at its place, the sidecar directly behind it; where they are already, they stay.
fn containers(spec: &mut Map<String, Value>, wait: Option<Container>, watch: Option<Container>, place: &Place) {
    edit(spec, "initContainers", |inits| {
        let is = |wanted: Role| move |container: &Value| role(container) == Some(wanted);
        // One behind which there is no wait container has lost its place.
        let lost = inits.iter().position(is(Role::Watch)).filter(|_| !inits.iter().any(is(Role::Wait)));
        let lost = lost.map(|at| inits.remove(at));
        let stays = |container: &Value| {
            (is_sidecar(container) && role(container).is_none())
                || place.after.iter().any(|after| after == name(container))
        };
        let head = inits.iter().take_while(|container| stays(container)).count();
        one(inits, Role::Wait, wait, if place.last { inits.len() } else { head });
        let behind = inits.iter().position(is(Role::Wait)).map_or(head, |at| at + 1);
        if let Some(lost) = lost {
            inits.insert(behind, lost);
        }
        one(inits, Role::Watch, watch, behind);
    });
}

/// One container of a role, or none.
fn one(inits: &mut Vec<Value>, wanted: Role, planned: Option<Container>, at: usize) {
    let mut seen = planned.is_none();
    inits.retain(|container| role(container) != Some(wanted) || !std::mem::replace(&mut seen, true));
    if let Some(planned) = planned {
        match inits.iter_mut().find(|container| role(container) == Some(wanted)) {
            Some(there) => repair(there, &planned),
            None => inits.insert(at.min(inits.len()), planned.value),
        }
    }
}

/// Changes of a container of ours only what `compare` objects to: mirrors, digests and resources are kept.
fn repair(there: &mut Value, wanted: &Container) {
    let difference = difference(there, wanted);
    let Some(map) = there.as_object_mut() else {
        return;
    };
    let mut take = |key: &str| match wanted.value.get(key) {
        Some(value) => map.insert(key.to_owned(), value.clone()),
        None => map.shift_remove(key),
    };
    let declared_anew = !difference.lacks.is_empty() || !difference.extra.is_empty();
    if declared_anew {
        take("args");
        if wanted.role == Role::Watch {
            take("restartPolicyRules");
        }
    }
    if difference.weak.is_some() {
        take("securityContext");
    }
    for (key, _) in difference.wrong {
        take(key);
    }
    // What was mounted for another declaration goes with it.
    if declared_anew || difference.unmounted.is_some() {
        let list = |container: Option<&Value>| container.and_then(Value::as_array).cloned().unwrap_or_default();
        let mut all = list(map.get("volumeMounts"));
        all.retain(|mount| ![API_VOLUME, CA_VOLUME, WATCH_VOLUME].contains(&name(mount)));
        for mount in list(wanted.value.get("volumeMounts")) {
            if !all.iter().any(|there| there.get("mountPath") == mount.get("mountPath")) {
                all.push(mount);
            }
        }
        if all.is_empty() {
            map.shift_remove("volumeMounts");
        } else {
            map.insert("volumeMounts".to_owned(), Value::Array(all));
        }
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
        [API_VOLUME, CA_VOLUME, WATCH_VOLUME].into_iter().map(|volume| (volume, used(spec, volume))).collect();
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
            let ours = Marker::has(&marker.pull_secrets, name(secret));
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
            let ours = Marker::has(&marker.probes, &own_name);
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
                    Marker::forget(&mut marker.probes, &own_name);
                }
                (None, _) => {}
            }
        }
    }
}

/// The rules of containers whose crash starts the whole Pod again.
fn restart_rules(spec: &mut Map<String, Value>, planned: &[String], marker: &mut Marker) {
    for container in spec.get_mut("containers").and_then(Value::as_array_mut).into_iter().flatten() {
        let own_name = name(container).to_owned();
        let (wanted, there) = (Marker::has(planned, &own_name), has_rules(container));
        let Some(map) = container.as_object_mut() else {
            continue;
        };
        if wanted && !there {
            if map.get("restartPolicy").is_none_or(Value::is_null) {
                map.insert("restartPolicy".to_owned(), "Always".into());
                Marker::note(&mut marker.policies, &own_name);
            }
            map.insert("restartPolicyRules".to_owned(), restart::rules());
            Marker::note(&mut marker.rules, &own_name);
        } else if !wanted && Marker::has(&marker.rules, &own_name) {
            map.shift_remove("restartPolicyRules");
            if Marker::has(&marker.policies, &own_name) {
                map.shift_remove("restartPolicy");
            }
            Marker::forget(&mut marker.rules, &own_name);
            Marker::forget(&mut marker.policies, &own_name);
        }
    }
}
