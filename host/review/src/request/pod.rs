//! The Pod that a workload's controller would create, and the way back: where something on that Pod stands in the workload.

use super::{Identity, User, hash, uid};
use serde_json::{Map, Value, json};

/// A Pod that nobody has written.
#[derive(Clone, Debug)]
pub struct WorkloadPod {
    /// The Pod.
    pub object: Value,
    /// What it is.
    pub identity: Identity,
    /// Who creates it.
    pub user: User<'static>,
    /// Where its template stands in the workload.
    pub template: &'static str,
}

/// How a kind makes Pods.
struct Controller {
    template: &'static str,
    account: &'static str,
    make: fn(&Identity, &Value) -> (Owner, Naming),
}

struct Owner {
    api_version: &'static str,
    kind: &'static str,
    name: String,
}

struct Naming {
    /// The whole name, or what the API server makes it from.
    name: Result<String, String>,
    labels: Vec<(&'static str, String)>,
}

/// The Pod of a workload, as the cluster has it after the workload's own request; none for other kinds.
///
/// A `PodTemplate` makes no Pods.
pub fn workload_pod(workload: &Value, identity: &Identity) -> Option<WorkloadPod> {
    let controller = controller(identity.group(), &identity.kind)?;
    let template = workload.pointer(controller.template)?.as_object()?;
    // A workload whose name the API server makes up has one by now.
    let named = Identity {
        name: if identity.name.is_empty() { format!("{}xxxxx", identity.generate_name) } else { identity.name.clone() },
        ..identity.clone()
    };
    let (owner, naming) = (controller.make)(&named, workload);

    let mut metadata = Map::new();
    let generate_name = naming.name.as_ref().err().cloned().unwrap_or_default();
    let name = naming.name.unwrap_or_default();
    if name.is_empty() {
        metadata.insert("generateName".to_owned(), json!(generate_name));
    } else {
        metadata.insert("name".to_owned(), json!(name));
    }
    metadata.insert("namespace".to_owned(), json!(identity.namespace));
    let source = template.get("metadata").and_then(Value::as_object);
    let mut labels =
        source.and_then(|metadata| metadata.get("labels")).and_then(Value::as_object).cloned().unwrap_or_default();
    labels.extend(naming.labels.into_iter().map(|(key, value)| (key.to_owned(), json!(value))));
    if !labels.is_empty() {
        metadata.insert("labels".to_owned(), Value::Object(labels));
    }
    for key in ["annotations", "finalizers"] {
        if let Some(value) = source.and_then(|metadata| metadata.get(key)) {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
    metadata.insert(
        "ownerReferences".to_owned(),
        json!([{
            "apiVersion": owner.api_version,
            "kind": owner.kind,
            "name": owner.name,
            "uid": uid(&format!("{} {}/{}", owner.kind, identity.namespace, owner.name)),
            "controller": true,
            "blockOwnerDeletion": true,
        }]),
    );
    let mut spec = template.get("spec").cloned().unwrap_or_else(|| json!({}));
    if owner.kind == "StatefulSet" {
        stateful(&mut spec, workload, &name);
    }
    Some(WorkloadPod {
        object: json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}),
        identity: Identity {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            namespace: identity.namespace.clone(),
            name,
            generate_name,
        },
        user: User::Controller(controller.account),
        template: controller.template,
    })
}

fn controller(group: &str, kind: &str) -> Option<Controller> {
    const TEMPLATE: &str = "/spec/template";
    Some(match (group, kind) {
        ("apps", "Deployment") => Controller {
            template: TEMPLATE,
            account: "replicaset-controller",
            make: |identity, workload| {
                let hash = safe(&workload.pointer(TEMPLATE).map(Value::to_string).unwrap_or_default());
                let set = format!("{}-{hash}", identity.name);
                let naming = Naming { name: Err(format!("{set}-")), labels: vec![("pod-template-hash", hash)] };
                (Owner { api_version: "apps/v1", kind: "ReplicaSet", name: set }, naming)
            },
        },
        ("apps", "ReplicaSet") => Controller {
            template: TEMPLATE,
            account: "replicaset-controller",
            make: |identity, _| plain("apps/v1", "ReplicaSet", &identity.name),
        },
        ("", "ReplicationController") => Controller {
            template: TEMPLATE,
            account: "replication-controller",
            make: |identity, _| plain("v1", "ReplicationController", &identity.name),
        },
        ("apps", "DaemonSet") => Controller {
            template: TEMPLATE,
            account: "daemon-set-controller",
            make: |identity, workload| {
                let (owner, mut naming) = plain("apps/v1", "DaemonSet", &identity.name);
                let hash = safe(&workload.pointer(TEMPLATE).map(Value::to_string).unwrap_or_default());
                naming.labels = vec![("controller-revision-hash", hash), ("pod-template-generation", "1".to_owned())];
                (owner, naming)
            },
        },
        ("apps", "StatefulSet") => Controller {
            template: TEMPLATE,
            account: "statefulset-controller",
            make: |identity, workload| {
                let first = workload.pointer("/spec/ordinals/start").and_then(Value::as_u64).unwrap_or(0);
                let name = format!("{}-{first}", identity.name);
                let labels = vec![
                    ("apps.kubernetes.io/pod-index", first.to_string()),
                    ("statefulset.kubernetes.io/pod-name", name.clone()),
                ];
                let owner = Owner { api_version: "apps/v1", kind: "StatefulSet", name: identity.name.clone() };
                (owner, Naming { name: Ok(name), labels })
            },
        },
        ("batch", "Job") => Controller {
            template: TEMPLATE,
            account: "job-controller",
            make: |identity, workload| job(&identity.name, workload.get("spec")),
        },
        ("batch", "CronJob") => Controller {
            template: "/spec/jobTemplate/spec/template",
            account: "job-controller",
            // The controller appends the minutes since 1970.
            make: |identity, workload| {
                job(&format!("{}-29000000", identity.name), workload.pointer("/spec/jobTemplate/spec"))
            },
        },
        _ => return None,
    })
}

fn plain(api_version: &'static str, kind: &'static str, name: &str) -> (Owner, Naming) {
    (Owner { api_version, kind, name: name.to_owned() }, Naming { name: Err(format!("{name}-")), labels: Vec::new() })
}

fn job(name: &str, spec: Option<&Value>) -> (Owner, Naming) {
    let (owner, mut naming) = plain("batch/v1", "Job", name);
    naming.labels = vec![("batch.kubernetes.io/job-name", name.to_owned()), ("job-name", name.to_owned())];
    if spec.and_then(|spec| spec.get("completionMode")).and_then(Value::as_str) == Some("Indexed") {
        naming.name = Err(format!("{name}-0-"));
        naming.labels.push(("batch.kubernetes.io/job-completion-index", "0".to_owned()));
    }
    (owner, naming)
}

/// What the controller of a `StatefulSet` adds to the spec of a Pod.
fn stateful(spec: &mut Value, set: &Value, pod: &str) {
    let Some(spec) = spec.as_object_mut() else { return };
    spec.insert("hostname".to_owned(), json!(pod));
    if let Some(service) = set.pointer("/spec/serviceName").filter(|name| name.is_string()) {
        spec.insert("subdomain".to_owned(), service.clone());
    }
    let claims = set.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
    let claims: Vec<&str> =
        claims.into_iter().flatten().filter_map(|claim| claim.pointer("/metadata/name")?.as_str()).collect();
    if claims.is_empty() {
        return;
    }
    let volumes = spec.entry("volumes").or_insert_with(|| json!([]));
    let Some(volumes) = volumes.as_array_mut() else { return };
    volumes.retain(|volume| !volume.get("name").and_then(Value::as_str).is_some_and(|name| claims.contains(&name)));
    volumes.extend(
        claims
            .iter()
            .map(|claim| json!({"name": claim, "persistentVolumeClaim": {"claimName": format!("{claim}-{pod}")}})),
    );
}

/// A hash in the letters that Kubernetes uses, ten of them.
fn safe(text: &str) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut rest = hash(text);
    let mut letters = String::new();
    for _ in 0..10 {
        let at = usize::try_from(rest % LETTERS.len() as u64).unwrap_or_default();
        letters.push(char::from(LETTERS.get(at).copied().unwrap_or(b'b')));
        rest /= LETTERS.len() as u64;
    }
    letters
}

impl WorkloadPod {
    /// Where in the workload, as it was written, something on this Pod stands, and whether that is the very thing. What the
    /// controller or the policy added has no place there: then it is the nearest thing around it.
    pub fn origin(&self, pointer: &str, workload: &Value) -> (String, bool) {
        let template = workload.pointer(self.template).unwrap_or(&Value::Null);
        // A declaration on the workload itself, which the policy copied.
        if pointer.starts_with("/metadata/annotations/")
            && template.pointer(pointer).is_none()
            && workload.pointer(pointer).is_some()
        {
            return (pointer.to_owned(), true);
        }
        let (place, exact) = trace(pointer, &self.object, template);
        (format!("{}{place}", self.template), exact)
    }
}

/// Where something in an object, as a policy changed it, stands in the object as it was, and whether that is the very
/// thing, or only the nearest thing around it.
pub fn trace(pointer: &str, changed: &Value, was: &Value) -> (String, bool) {
    let mut place = String::new();
    let (mut there, mut here) = (Some(changed), was);
    for step in pointer.split('/').skip(1) {
        let Some((key, next)) = follow(here, there, step) else { return (place, false) };
        place.push('/');
        place.push_str(&key);
        here = next;
        there = there.and_then(|value| value.pointer(&format!("/{step}")));
    }
    (place, true)
}

/// One step down the written template. Elements with names are found by them: the policy may have put others in front.
fn follow<'v>(here: &'v Value, there: Option<&Value>, step: &str) -> Option<(String, &'v Value)> {
    let Some(list) = here.as_array() else {
        return Some((step.to_owned(), here.pointer(&format!("/{step}"))?));
    };
    let index: usize = step.parse().ok()?;
    let wanted = there.and_then(|list| list.get(index)).and_then(|element| element.get("name")).and_then(Value::as_str);
    let index = match wanted {
        Some(name) => list.iter().position(|element| element.get("name").and_then(Value::as_str) == Some(name))?,
        None => index,
    };
    Some((index.to_string(), list.get(index)?))
}
