//! Requests made of bytes: either JSON as somebody wrote it (`{"request": …, "settings": …, "facts": […]}`), or chosen piece
//! by piece, so that what is deep inside the policy is reached too.

use crate::pod;
use arbitrary::{Result, Unstructured};
use serde_json::{Value, json};

/// A request, the settings that it is decided with, and what the rest of the cluster says.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) request: Value,
    pub(crate) settings: Value,
    /// Answers, which are given by turns.
    pub(crate) facts: Vec<Value>,
    /// Is everything in it as Kubernetes lets it through? What is said about quantities holds only then.
    pub(crate) proper: bool,
}

/// Kind, group and the pointer of the template.
const KINDS: [(&str, &str, &str); 10] = [
    ("Pod", "", ""),
    ("Deployment", "apps", "/spec/template"),
    ("StatefulSet", "apps", "/spec/template"),
    ("DaemonSet", "apps", "/spec/template"),
    ("ReplicaSet", "apps", "/spec/template"),
    ("Job", "batch", "/spec/template"),
    ("CronJob", "batch", "/spec/jobTemplate/spec/template"),
    ("PodTemplate", "", "/template"),
    ("ReplicationController", "", "/spec/template"),
    ("Rollout", "argoproj.io", "/spec/template"),
];

/// Where the Pod stands in an object of this kind; none for kinds that are not handled.
pub(crate) fn template_of(request: &Value) -> Option<&'static str> {
    let text = |key: &str| request["kind"][key].as_str().unwrap_or_default();
    let is = |(kind, group, _): &&(&str, &str, &str)| (text("kind"), text("group")) == (*kind, *group);
    let handled = KINDS.iter().filter(|(kind, ..)| *kind != "Rollout").find(is);
    handled.map(|(_, _, pointer)| *pointer)
}

impl Case {
    pub(crate) fn read(data: &[u8]) -> Option<Self> {
        if data.first() != Some(&b'{') {
            return Self::choose(&mut Unstructured::new(data)).ok();
        }
        let mut value: Value = serde_json::from_slice(data).ok()?;
        let facts = value.get_mut("facts").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        let mut part = |key: &str| value.get_mut(key).map(Value::take).unwrap_or_default();
        Some(Self { request: part("request"), settings: part("settings"), facts, proper: false })
    }

    fn choose(u: &mut Unstructured<'_>) -> Result<Self> {
        let (kind, group, pointer) = *u.choose(&KINDS)?;
        let settings = settings(u)?;
        let mut object = object(u, kind, pointer)?;
        let mut request = json!({
            "operation": "CREATE", "namespace": "shop", "kind": { "group": group, "version": "v1", "kind": kind },
        });
        match u.int_in_range(0..=9)? {
            0 => request["operation"] = json!(*u.choose(&["DELETE", "CONNECT", "PATCH"])?),
            1 => request["subResource"] = json!("scale"),
            2 => request["namespace"] = json!(*u.choose(&["kube-system", "", "monitoring"])?),
            3 | 4 => {
                request["operation"] = json!("UPDATE");
                request["oldObject"] = if u.arbitrary()? { object.clone() } else { self::object(u, kind, pointer)? };
            }
            _ => {}
        }
        let facts = (0..u.int_in_range(0..=6)?).map(|_| pod::fact(u)).collect::<Result<_>>()?;
        let proper = u.int_in_range(0..=3)? != 0;
        if !proper {
            for _ in 0..u.int_in_range(1..=3)? {
                pod::spoil(u, &mut object)?;
            }
        }
        request["object"] = object;
        Ok(Self { request, settings, facts, proper })
    }
}

fn object(u: &mut Unstructured<'_>, kind: &str, pointer: &str) -> Result<Value> {
    let mut object = pod::template(u)?;
    let declared_outside = !pointer.is_empty() && u.ratio(1, 3)?;
    let outside = if declared_outside { object["metadata"]["annotations"].take() } else { Value::Null };
    for key in pointer.split('/').skip(1).collect::<Vec<_>>().into_iter().rev() {
        object = json!({ key: object, "unheardOf": [1, null] });
    }
    object["apiVersion"] = json!("v1");
    object["kind"] = json!(kind);
    object["metadata"]["name"] = json!("web");
    if declared_outside {
        object["metadata"]["annotations"] = outside;
        if u.arbitrary()? {
            let own = pod::annotations(u)?;
            object.pointer_mut(pointer).unwrap()["metadata"]["annotations"] = own;
        }
    }
    match u.int_in_range(0..=15)? {
        0 => {
            let (version, kind) = *u.choose(&[("apps/v1", "ReplicaSet"), ("argoproj.io/v1", "Rollout")])?;
            object["metadata"]["ownerReferences"] =
                json!([{ "apiVersion": version, "kind": kind, "name": "web", "controller": true }]);
        }
        1 => object["metadata"]["namespace"] = json!("shop"),
        _ => {}
    }
    Ok(object)
}

/// Settings that are valid.
fn settings(u: &mut Unstructured<'_>) -> Result<Value> {
    let mut settings = json!({
        "mode": *u.choose(&["mutate", "mutate", "validate"])?,
        "inject": *u.choose(&["templates", "pods"])?,
        "kubernetesVersion": "1.36",
        "allow": { "onLoss": ["ignore", "unready", "restart"] },
    });
    for _ in 0..u.int_in_range(0..=4)? {
        let (pointer, value) = match u.int_in_range(0..=19)? {
            0 => ("/enforceOnPods", json!("all")),
            1 => ("/wait/position", json!("last")),
            2 => ("/wait/imagePullSecrets", json!(["pull", "mirror"])),
            3 => ("/wait/timeout", json!(*u.choose(&["0", "90s", "1h"])?)),
            4 => ("/wait/maxTimeout", json!(*u.choose(&["0", "2h"])?)),
            5 => ("/wait/caConfigMap", json!({ "name": "ca", "key": "ca.crt" })),
            6 => ("/wait/resources", json!(*u.choose(&["none", "auto"])?)),
            7 => ("/wait/resources", json!({ "requests": { "cpu": "10m" }, "limits": { "memory": "32Mi" } })),
            8 => ("/wait/fallback", json!("none")),
            9 => ("/wait/interval", json!("5s")),
            10 => ("/wait/runAsUser", json!(65_532)),
            11 => ("/readiness/required", json!(*u.choose(&["strict", "never"])?)),
            12 => ("/readiness/derive", json!("never")),
            13 => ("/allow/targets", json!(["service", "tcp"])),
            14 => ("/allow/maxDependencies", json!(u.int_in_range(0..=4)?)),
            15 => ("/lookups/mode", json!(*u.choose(&["off", "required"])?)),
            16 => ("/findings/unknown-dependency", json!(*u.choose(&["ignore", "reject"])?)),
            17 => ("/findings/dependency-cycle", json!("warn")),
            18 => ("/annotationPrefix", json!("deps.example.com")),
            _ => ("/wait/containerName", json!("await")),
        };
        put(&mut settings, pointer, value);
    }
    Ok(settings)
}

/// Sets a value at a pointer, and makes the mappings on the way.
fn put(value: &mut Value, pointer: &str, new: Value) {
    let mut at = value;
    for key in pointer.split('/').skip(1) {
        at = &mut at[key];
    }
    *at = new;
}
