//! What should be there: read by `apply`, which adds it, and by `compare`, which misses it.

use crate::annotation::Declaration;
use crate::dependency::Dependency;
use crate::finding::{Finding, Severity};
use crate::marker::Marker;
use crate::path::at;
use crate::settings::Settings;
use serde_json::Value;

mod container;
pub(crate) mod readiness;
mod resources;
pub(crate) mod restart;
pub(crate) mod watch;

/// The command that makes a container ours.
pub const COMMAND: &str = "/waitwarden-wait";
/// The name of the sidecar.
pub const WATCH: &str = "watch-dependencies";
/// The volume with the token, the CA and the namespace.
pub const API_VOLUME: &str = "waitwarden-api-access";
/// The volume with further CAs.
pub const CA_VOLUME: &str = "waitwarden-ca";
/// The volume that the sidecar and its probe share.
pub const WATCH_VOLUME: &str = "waitwarden-watch";
/// Where Kubernetes' clients look for the token.
pub const API_MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// Where further CAs are mounted.
pub const CA_MOUNT: &str = "/etc/waitwarden/ca";
/// Where the sidecar and its probe share a file.
pub const WATCH_MOUNT: &str = "/run/waitwarden";

/// What should be there, in the Pod or template at `base`.
#[derive(Clone, Debug)]
pub struct Plan {
    /// JSON pointer of the Pod or template in the object.
    pub base: String,
    /// JSON pointer of the list of dependencies.
    pub pointer: String,
    /// The wait container; none where nothing is waited for.
    pub wait: Option<Container>,
    /// Where it goes.
    pub place: Place,
    /// The sidecar; none where nothing is followed after the start.
    pub watch: Option<Container>,
    /// Containers whose crash starts the whole Pod again.
    pub rules: Vec<String>,
    /// Readiness probes that the policy answers for.
    pub probes: Vec<PlannedProbe>,
    /// Names for `imagePullSecrets`.
    pub pull_secrets: Vec<String>,
    /// The annotation prefix.
    pub prefix: String,
    /// What an earlier run noted.
    pub marker: Marker,
}

/// A container of ours and what belongs to it.
#[derive(Clone, Debug)]
pub struct Container {
    /// Which of them.
    pub role: Role,
    /// What it waits for or follows.
    pub dependencies: Vec<Dependency>,
    /// As it stands in `initContainers`.
    pub value: Value,
    /// Its volumes.
    pub volumes: Vec<Value>,
}

impl Container {
    fn set(&mut self, key: &str, value: Value) {
        if let Some(map) = self.value.as_object_mut() {
            map.insert(key.to_owned(), value);
        }
    }
}

/// What a container of ours does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It ends when every dependency is ready.
    Wait,
    /// It follows dependencies while the application runs.
    Watch,
}

impl Role {
    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Wait => "wait container",
            Self::Watch => "watch container",
        }
    }

    /// What it does, of several and of one.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Wait => "wait for",
            Self::Watch => "follow",
        }
    }

    /// What it does.
    pub(crate) const fn verbs(self) -> &'static str {
        match self {
            Self::Wait => "waits for",
            Self::Watch => "follows",
        }
    }
}

/// Where the wait container goes among the init containers.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// At the end of the list rather than first.
    pub last: bool,
    /// Regular init containers that stay before it.
    pub after: Vec<String>,
}

/// A readiness probe that the policy answers for.
#[derive(Clone, Debug)]
pub struct PlannedProbe {
    /// The container.
    pub container: String,
    /// As it was declared or derived.
    pub probe: crate::probe::Probe,
    /// As it stands in the container.
    pub rendered: Value,
}

/// What a container does that is ours, of any release.
pub fn role(container: &Value) -> Option<Role> {
    let [command] = container.get("command")?.as_array()?.as_slice() else {
        return None;
    };
    let watches = at(container, "/args/0").is_some_and(|first| first == "watch");
    (command == COMMAND).then_some(if watches { Role::Watch } else { Role::Wait })
}

/// A list of the Pod's spec; none and null are empty.
pub(crate) fn list<'v>(template: &'v Value, key: &str) -> &'v [Value] {
    template.get("spec").and_then(|spec| spec.get(key)).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The name of a container or volume.
pub(crate) fn name(value: &Value) -> &str {
    value.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// Is it a native sidecar?
pub(crate) fn is_sidecar(container: &Value) -> bool {
    container.get("restartPolicy").is_some_and(|policy| policy == "Always")
}

/// Has it restart rules?
pub(crate) fn has_rules(container: &Value) -> bool {
    container
        .get("restartPolicyRules")
        .is_some_and(|rules| rules.as_array().is_none_or(|rules| !rules.is_empty()) && !rules.is_null())
}

/// Does the Pod run for ever (and not to completion)?
pub(crate) fn is_long_running(template: &Value) -> bool {
    at(template, "/spec/restartPolicy").is_none_or(|policy| policy.is_null() || policy == "Always")
}

/// Plans for one Pod or template. What stands in the way goes to `findings`; `enforce` is how bad a missing
/// readiness probe is.
pub(crate) fn plan(
    template: &Value,
    base: &str,
    declaration: &Declaration,
    settings: &Settings,
    enforce: Severity,
    findings: &mut Vec<Finding>,
) -> Plan {
    let marker = Marker::read(template, &settings.prefix);
    check_shape(template, base, settings, findings);
    let wait = (!declaration.dependencies.is_empty())
        .then(|| container::plan(template, base, declaration, settings, findings));
    let watch = watch::plan(template, declaration, settings);
    let rules = restart::plan(template, base, declaration, settings, &marker, enforce, findings);
    if declaration.rewait.is_none()
        && watch.as_ref().is_some_and(|watch| watch.value.get("restartPolicyRules").is_some())
    {
        restart::costs(&declaration.pointer, findings);
    }
    let probes = readiness::plan(template, base, declaration, settings, &marker, enforce, findings);
    let pull_secrets = if wait.is_some() { settings.wait.image_pull_secrets.clone() } else { Vec::new() };
    let place = Place { last: settings.wait.last, after: settings.wait.after.clone() };
    let pointer = declaration.pointer.clone();
    Plan { pointer, wait, place, watch, rules, probes, pull_secrets, ..Plan::nothing(base, settings, marker) }
}

impl Plan {
    /// Nothing should be there.
    pub(crate) fn nothing(base: &str, settings: &Settings, marker: Marker) -> Self {
        Self {
            base: base.to_owned(),
            pointer: String::new(),
            wait: None,
            place: Place::default(),
            watch: None,
            rules: Vec::new(),
            probes: Vec::new(),
            pull_secrets: Vec::new(),
            prefix: settings.prefix.clone(),
            marker,
        }
    }
}

/// Refuses what nothing can be added to, and names that a user took.
fn check_shape(template: &Value, base: &str, settings: &Settings, findings: &mut Vec<Finding>) {
    let error = |rule, pointer: String, message: String| Finding::new(rule, Severity::Error, pointer, message);
    if !template.get("spec").is_some_and(Value::is_object) {
        findings.push(
            error("malformed", base.to_owned(), "there is no Pod spec here".to_owned())
                .help("a declaration belongs to a Pod; expected `spec` with `containers`"),
        );
        return;
    }
    for key in ["initContainers", "containers", "volumes", "imagePullSecrets"] {
        let value = template.get("spec").and_then(|spec| spec.get(key)).unwrap_or(&Value::Null);
        if !(value.is_null() || value.as_array().is_some_and(|list| list.iter().all(Value::is_object))) {
            findings.push(
                error("malformed", format!("{base}/spec/{key}"), format!("`{key}` is not a list of mappings"))
                    .help("Kubernetes refuses this too"),
            );
        }
    }
    let annotations = at(template, "/metadata/annotations").unwrap_or(&Value::Null);
    if !(annotations.is_null() || annotations.is_object())
        || template.get("metadata").is_some_and(|metadata| !(metadata.is_null() || metadata.is_object()))
    {
        findings.push(
            error("malformed", format!("{base}/metadata"), "the metadata is not a mapping".to_owned())
                .help("Kubernetes refuses this too"),
        );
    }
    let wait = settings.wait.container_name.as_str();
    for key in ["initContainers", "containers"] {
        for (at, container) in list(template, key).iter().enumerate() {
            let reserved = name(container);
            if (reserved == wait || reserved == WATCH) && role(container).is_none() {
                findings.push(
                    error(
                        "reserved-name",
                        format!("{base}/spec/{key}/{at}/name"),
                        format!("the container `{reserved}` is yours, and the name is the policy's"),
                    )
                    .help(format!(
                        "give it another name, or remove it: the declaration replaces it{}; the policy's own has \
                         `command: [\"{COMMAND}\"]`",
                        if reserved == wait { " (setting `wait.containerName`)" } else { "" }
                    )),
                );
            }
        }
    }
    for (at, volume) in list(template, "volumes").iter().enumerate() {
        let kind = match name(volume) {
            API_VOLUME => "projected",
            CA_VOLUME => "configMap",
            WATCH_VOLUME => "emptyDir",
            _ => continue,
        };
        if volume.get(kind).is_none() {
            findings.push(
                error(
                    "reserved-name",
                    format!("{base}/spec/volumes/{at}/name"),
                    format!("the volume `{}` is yours, and the name is the policy's", name(volume)),
                )
                .help("give it another name"),
            );
        }
    }
}
