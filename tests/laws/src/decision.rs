//! One request, one verdict. The bytes are a [`Case`]: JSON, or choices.

use crate::case::{Case, template_of};
use crate::facts;
use crate::qos::qos;
use serde_json::{Map, Value, json};
use waitwarden_core::cluster::{Answer, Question};
use waitwarden_core::settings::weaker_than_restricted;
use waitwarden_core::{Settings, Verdict, decide, decide_with};

/// Rounds of questions, and questions of a round.
const MOST_QUESTIONS: usize = 8 * 64;

/// Total; and where there is a new object: applying twice is applying once, `compare` has nothing to say about it, nothing
/// outside the plan changed, the QoS class is the same, and without the declaration it is what it was. What the rest of the
/// cluster says may add findings and take the object away, and nothing else.
pub fn decision(data: &[u8]) {
    let Some(case) = Case::read(data) else { return };
    let Ok(settings) = Settings::read(&case.settings) else { return };
    let alone = hold(&case.request, &case.settings);
    if case.proper && alone.object.is_some() {
        quality_is_kept(&case.request, &case.settings, &alone);
        removal_restores(&case, &alone);
    }
    looked_up(&case, &settings, &alone);
}

/// The laws of one verdict without lookups; the verdict.
pub(crate) fn hold(request: &Value, settings: &Value) -> Verdict {
    let read = Settings::read(settings).unwrap();
    let verdict = decide(request, &read);
    let null = Value::Null;
    let object = request.get("object").unwrap_or(&null);
    is_well_said(&verdict, object);
    copies_stand(request, settings, &verdict);
    if verdict.object.is_none() {
        return verdict;
    }
    assert!(verdict.accepted(), "a changed object that is refused");
    let after = verdict.object.clone().unwrap();
    let with = |object: &Value| {
        let mut request = request.clone();
        request["object"] = object.clone();
        request
    };
    let second = decide(&with(&after), &read);
    assert_eq!(second.object, None, "applied twice");
    assert!(second.accepted(), "{}", second.message(&after));
    let mut validate = settings.clone();
    validate["mode"] = json!("validate");
    let judged = decide(&with(&after), &Settings::read(&validate).unwrap());
    assert!(judged.accepted(), "{}", judged.message(&after));

    let pointer = template_of(request).unwrap();
    let (before, after) = (bare(object, pointer, settings), bare(&after, pointer, settings));
    assert_eq!(before.to_string(), after.to_string(), "outside the plan");
    verdict
}

/// Every text that goes out is what its reader expects, and every place is there.
fn is_well_said(verdict: &Verdict, object: &Value) {
    for finding in &verdict.findings {
        assert!(
            !finding.message.is_empty() && finding.pointer.is_empty() | finding.pointer.starts_with('/'),
            "{finding:?}"
        );
        if let Some(span) = &finding.span {
            let text = object.pointer(&finding.pointer).and_then(Value::as_str);
            assert!(text.is_some_and(|text| text.get(span.clone()).is_some()), "{finding:?}");
        }
    }
    let message = verdict.message(object);
    assert!(message.starts_with("waitwarden: "));
    for warning in verdict.warnings() {
        assert!(warning.len() <= 256, "{warning}");
    }
    for text in verdict.findings_json().iter().chain(&verdict.plan) {
        serde_json::from_str::<Value>(text).unwrap();
    }
}

/// What the marker calls a copy is there: else what somebody writes there later is taken for one.
fn copies_stand(request: &Value, settings: &Value, verdict: &Verdict) {
    let object = &request["object"];
    let pointer = template_of(request).filter(|pointer| !pointer.is_empty());
    let (Some(pointer), Some(_)) = (pointer, &verdict.plan) else { return };
    // What another controller makes, and what is only judged, is not changed.
    let changed = request["operation"] == "CREATE"
        && settings["mode"] != "validate"
        && object["metadata"]["ownerReferences"].is_null();
    let after = verdict.object.as_ref().unwrap_or(object);
    let annotations = after.pointer(&format!("{pointer}/metadata/annotations")).and_then(Value::as_object);
    let (Some(annotations), true) = (annotations, changed) else { return };
    let prefix = settings["annotationPrefix"].as_str().unwrap_or("waitwarden.io");
    let noted = annotations.get(&format!("{prefix}/injected")).and_then(Value::as_str).unwrap_or_default();
    let noted: Value = serde_json::from_str(noted).unwrap_or_default();
    // Somebody else may have written it, in another order; that says nothing.
    let names: Vec<&str> = noted["copied"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if names.is_sorted() {
        for name in names {
            assert!(annotations.contains_key(&format!("{prefix}/{name}")), "`{name}` is no copy: {after}");
        }
    }
}

/// What is no part of any plan: without containers, volumes, probes, rules, secrets and annotations that may be ours.
fn bare(object: &Value, pointer: &str, settings: &Value) -> Value {
    let mut object = object.clone();
    let Some(template) = object.pointer_mut(pointer) else { return object };
    let prefix = settings["annotationPrefix"].as_str().unwrap_or("waitwarden.io").to_owned() + "/";
    let marker = format!("{prefix}injected");
    let annotations = template.get("metadata").and_then(|metadata| metadata.get("annotations")).cloned();
    let noted =
        annotations.as_ref().and_then(|all| all.get(&marker)).and_then(Value::as_str).unwrap_or_default().to_owned();
    let noted: Value = serde_json::from_str(&noted).unwrap_or_default();
    let notes = |list: &str, name: &Value| noted[list].as_array().is_some_and(|names| names.contains(name));
    drop_ours(template, "metadata", "annotations", |key, _| key.starts_with(&prefix));
    if let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut) {
        thin(spec, "initContainers", |container| {
            let command = container.get("command").and_then(|command| command.get(0));
            command == Some(&json!("/waitwarden-wait"))
        });
        thin(spec, "volumes", |volume| {
            ["waitwarden-api-access", "waitwarden-ca", "waitwarden-watch"].iter().any(|name| volume["name"] == *name)
        });
        let secrets = settings["wait"]["imagePullSecrets"].as_array().cloned().unwrap_or_default();
        thin(spec, "imagePullSecrets", |secret| {
            secrets.contains(&secret["name"]) || notes("pullSecrets", &secret["name"])
        });
        for list in ["containers", "initContainers"] {
            for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                let name = json!(container.get("name").and_then(Value::as_str).unwrap_or_default());
                let Some(container) = container.as_object_mut() else { continue };
                // One that somebody wrote is not touched.
                for (key, list) in [
                    ("readinessProbe", "probes"),
                    ("restartPolicyRules", "restartPolicyRules"),
                    ("restartPolicy", "restartPolicies"),
                ] {
                    let ours = notes(list, &name) || container.get(key).is_none_or(is_nothing);
                    if ours {
                        container.shift_remove(key);
                    }
                }
            }
        }
    }
    object
}

/// Takes elements away, and the list with the last one; nothing is the same as none.
fn thin(spec: &mut Map<String, Value>, key: &str, ours: impl Fn(&Value) -> bool) {
    let Some(value) = spec.get_mut(key) else { return };
    if let Some(list) = value.as_array_mut() {
        list.retain(|value| !ours(value));
        if !list.is_empty() {
            return;
        }
    } else if !value.is_null() {
        return;
    }
    spec.shift_remove(key);
}

/// Takes members of a mapping inside another one away, and what is empty then.
fn drop_ours(value: &mut Value, outer: &str, inner: &str, ours: impl Fn(&str, &Value) -> bool) {
    let Some(map) = value.as_object_mut() else { return };
    let Some(metadata) = map.get_mut(outer) else { return };
    if let Some(metadata) = metadata.as_object_mut() {
        if let Some(all) = metadata.get_mut(inner) {
            if let Some(all) = all.as_object_mut() {
                all.retain(|key, value| !ours(key, value));
            }
            if all.is_null() || all.as_object().is_some_and(Map::is_empty) {
                metadata.shift_remove(inner);
            }
        }
        if !metadata.is_empty() {
            return;
        }
    } else if !metadata.is_null() {
        return;
    }
    map.shift_remove(outer);
}

/// The scheduler and the node treat the Pod as before, and what is ours may run under `restricted`.
fn quality_is_kept(request: &Value, settings: &Value, verdict: &Verdict) {
    let pointer = format!("{}/spec", template_of(request).unwrap());
    let after = verdict.object.as_ref().unwrap().pointer(&pointer).unwrap();
    let before = request["object"].pointer(&pointer).unwrap();
    // A Pod's own resources decide alone; and whoever sets what the container gets has chosen.
    let auto = [Value::Null, json!("auto")].contains(&settings["wait"]["resources"]);
    if auto && before.get("resources").is_none() {
        assert_eq!(qos(after), qos(before), "{before} => {after}");
    }
    for container in after["initContainers"].as_array().into_iter().flatten() {
        if container["command"][0] == "/waitwarden-wait" {
            assert_eq!(weaker_than_restricted(&container["securityContext"]), None);
        }
    }
}

/// The declaration goes, and what was added goes with it.
fn removal_restores(case: &Case, verdict: &Verdict) {
    let object = &case.request["object"];
    let pointer = template_of(&case.request).unwrap();
    let prefix = case.settings["annotationPrefix"].as_str().unwrap_or("waitwarden.io").to_owned() + "/";
    let undeclared = |object: &Value, copied: bool| {
        let mut object = object.clone();
        for place in ["", pointer] {
            let all = object.pointer_mut(&format!("{place}/metadata/annotations")).and_then(Value::as_object_mut);
            if let Some(all) = all {
                let kept = |key: &str| key.ends_with("/injected") || (copied && place == pointer && !place.is_empty());
                all.retain(|key, _| !key.starts_with(&prefix) || kept(key));
            }
        }
        object
    };
    // Where the workload declared it alone, what was copied goes too.
    let own = object.pointer(&format!("{pointer}/metadata/annotations")).and_then(Value::as_object);
    let copied = own.is_none_or(|own| !own.keys().any(|key| key.starts_with(&prefix)));
    let gone = undeclared(verdict.object.as_ref().unwrap(), copied);
    let plain = undeclared(object, false);
    let mut request = case.request.clone();
    request["object"] = gone.clone();
    // Only what is not frozen can change.
    let frozen = request["operation"] == "UPDATE" && request["kind"]["kind"] == "Job";
    if frozen {
        return;
    }
    let removed = decide(&request, &Settings::read(&case.settings).unwrap());
    assert!(removed.accepted(), "{}", removed.message(&gone));
    let restored = removed.object.unwrap_or(gone);
    let (restored, plain) = (without_nothing(&restored), without_nothing(&plain));
    assert_eq!(restored, plain, "the declaration is gone");
}

/// Kubernetes reads null, an empty list and none at all as the same.
fn without_nothing(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let all = map.iter().map(|(key, value)| (key.clone(), without_nothing(value)));
            Value::Object(all.filter(|(_, value)| !is_nothing(value)).collect())
        }
        Value::Array(list) => list.iter().map(without_nothing).collect(),
        other => other.clone(),
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}

/// With the rest of the cluster: bounded, no question twice, and the same again.
fn looked_up(case: &Case, settings: &Settings, alone: &Verdict) {
    let run = || {
        let mut asked: Vec<Question> = Vec::new();
        let verdict = decide_with(&case.request, settings, &mut |question| {
            assert!(!asked.contains(question), "asked twice: {question}");
            let fact = case.facts.get(asked.len() % case.facts.len().max(1));
            asked.push(question.clone());
            fact.map_or(Answer::Unknown, facts::answer)
        });
        (verdict, asked)
    };
    let (verdict, asked) = run();
    assert!(asked.len() <= MOST_QUESTIONS);
    assert_eq!(run().0, verdict);
    is_well_said(&verdict, case.request.get("object").unwrap_or(&Value::Null));
    assert_eq!(verdict.findings.get(..alone.findings.len()), Some(alone.findings.as_slice()));
    assert_eq!((&verdict.plan, &verdict.subject), (&alone.plan, &alone.subject));
    assert_eq!(verdict.object.as_ref(), alone.object.as_ref().filter(|_| verdict.accepted()));
}
