//! The Pod: what of its JSON decides what a kubelet does.

use crate::Seconds;
use crate::program::Program;
use serde_json::{Map, Value};
use std::fmt;

/// Why a Pod cannot be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Where, as a path such as `spec.containers[0].restartPolicy`.
    pub at: String,
    /// What was expected there.
    pub message: String,
}

impl Error {
    pub(crate) fn new(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.at, self.message)
    }
}

impl std::error::Error for Error {}

/// `restartPolicy`, of a Pod or a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    Always,
    Never,
    OnFailure,
}

impl Policy {
    fn restarts(self, code: i32) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::OnFailure => code != 0,
        }
    }
}

/// What a rule of `restartPolicyRules` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Restart,
    RestartAllContainers,
}

/// An entry of `restartPolicyRules`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    action: Action,
    inside: bool,
    codes: Vec<i32>,
}

/// Where a container stands, and so how long it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It has to end with 0 before the next one starts.
    Init,
    /// An init container with `restartPolicy: Always`, which runs as long as the Pod (KEP-753).
    Sidecar,
    Regular,
}

/// `readinessProbe`: when it is asked and how often it has to say the same. What it asks is the program's affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Probe {
    pub(crate) delay: Seconds,
    pub(crate) period: Seconds,
    pub(crate) successes: u32,
    pub(crate) failures: u32,
}

/// A container.
#[derive(Debug, Clone)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) policy: Option<Policy>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) readiness: Option<Probe>,
    /// `None` where the scenario says what runs in it.
    pub(crate) program: Option<Program>,
}

/// A Pod: init containers first, then regular ones, as in the manifest.
#[derive(Debug, Clone)]
pub(crate) struct Pod {
    pub(crate) policy: Policy,
    pub(crate) grace: Seconds,
    pub(crate) containers: Vec<Container>,
}

impl Pod {
    pub(crate) fn read(pod: &Value) -> Result<Self, Error> {
        let spec = pod.get("spec").and_then(Value::as_object);
        let spec = spec.ok_or_else(|| Error::new("spec", "expected a Pod, which has an object here"))?;
        let mut containers = list(spec, "spec", "initContainers", true)?;
        containers.extend(list(spec, "spec", "containers", false)?);
        if !containers.iter().any(|container| container.kind == Kind::Regular) {
            return Err(Error::new("spec.containers", "expected a Pod, which has at least one container"));
        }
        let policy = policy(spec, "spec")?.unwrap_or(Policy::Always);
        let grace = seconds(spec, "spec", "terminationGracePeriodSeconds", 30)?;
        Ok(Self { policy, grace, containers })
    }
}

impl Container {
    /// The first rule for an exit code. Rules count only beside a `restartPolicy` of the container.
    /// (`pkg/api/v1/pod/util.go`: `ContainerShouldRestart`, `FindMatchingContainerRestartRule`; KEP-5307.)
    pub(crate) fn rule(&self, code: i32) -> Option<Action> {
        self.policy?;
        self.rules.iter().find(|rule| rule.codes.contains(&code) == rule.inside).map(|rule| rule.action)
    }

    /// Whether the container itself is started again: a matching rule with `Restart`, else its own policy, else the Pod's.
    /// (`pkg/api/v1/pod/util.go`: `ContainerShouldRestart`; KEP-5307.)
    pub(crate) fn restarts(&self, pod: Policy, code: i32) -> bool {
        self.rule(code) == Some(Action::Restart) || self.policy.unwrap_or(pod).restarts(code)
    }
}

/// The same Pod with a plain init container in place of what follows the start: without the sidecar of ours and without
/// rules that restart all containers. What is left waits once.
pub fn plain(pod: &Value) -> Value {
    let mut pod = pod.clone();
    let lists = ["initContainers", "containers"];
    for list in lists {
        let Some(containers) = pod.pointer_mut(&format!("/spec/{list}")).and_then(Value::as_array_mut) else {
            continue;
        };
        containers.retain(|container| !is_watch(container));
        for container in containers.iter_mut().filter_map(Value::as_object_mut) {
            let rules = container.get("restartPolicyRules").and_then(Value::as_array).into_iter().flatten();
            if !rules.into_iter().any(|rule| rule.get("action").and_then(Value::as_str) == Some("RestartAllContainers"))
            {
                continue;
            }
            container.remove("restartPolicyRules");
            // That of an init container makes a sidecar.
            if list == "containers" {
                container.remove("restartPolicy");
            }
        }
    }
    pod
}

fn is_watch(container: &Value) -> bool {
    container.pointer("/command/0").and_then(Value::as_str) == Some("/waitwarden-wait")
        && container.pointer("/args/0").and_then(Value::as_str) == Some("watch")
}

fn list(spec: &Map<String, Value>, at: &str, name: &str, init: bool) -> Result<Vec<Container>, Error> {
    let at = format!("{at}.{name}");
    match spec.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(containers)) => {
            let read = |(index, value)| container(value, &format!("{at}[{index}]"), init);
            containers.iter().enumerate().map(read).collect()
        }
        Some(_) => Err(Error::new(at, "expected a list")),
    }
}

fn container(value: &Value, at: &str, init: bool) -> Result<Container, Error> {
    let map = value.as_object().ok_or_else(|| Error::new(at, "expected an object"))?;
    let name = map.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| Error::new(format!("{at}.name"), "expected a name"))?.to_owned();
    for field in ["startupProbe", "livenessProbe"] {
        if map.get(field).is_some_and(|probe| !probe.is_null()) {
            return Err(Error::new(format!("{at}.{field}"), "is not simulated; leave it out"));
        }
    }
    let policy = policy(map, at)?;
    let kind = match (init, policy) {
        (true, Some(Policy::Always)) => Kind::Sidecar,
        (true, _) => Kind::Init,
        (false, _) => Kind::Regular,
    };
    let readiness = map.get("readinessProbe").filter(|probe| !probe.is_null());
    let readiness = readiness.map(|value| probe(value, &format!("{at}.readinessProbe"))).transpose()?;
    if kind == Kind::Init && readiness.is_some() {
        let message = "not allowed on an init container without `restartPolicy: Always`";
        return Err(Error::new(format!("{at}.readinessProbe"), message));
    }
    let rules = rules(map, at)?;
    if policy.is_none() && !rules.is_empty() {
        return Err(Error::new(
            format!("{at}.restartPolicy"),
            "expected a value, because there are restartPolicyRules",
        ));
    }
    Ok(Container { name, kind, policy, rules, readiness, program: Program::read(map, at)? })
}

fn policy(map: &Map<String, Value>, at: &str) -> Result<Option<Policy>, Error> {
    match map.get("restartPolicy").filter(|value| !value.is_null()).map(Value::as_str) {
        None => Ok(None),
        Some(Some("Always")) => Ok(Some(Policy::Always)),
        Some(Some("Never")) => Ok(Some(Policy::Never)),
        Some(Some("OnFailure")) => Ok(Some(Policy::OnFailure)),
        Some(_) => Err(Error::new(format!("{at}.restartPolicy"), "expected Always, OnFailure or Never")),
    }
}

/// (`pkg/apis/core/validation/validation.go`: `validateContainerRestartPolicy`.)
fn rules(map: &Map<String, Value>, at: &str) -> Result<Vec<Rule>, Error> {
    let at = format!("{at}.restartPolicyRules");
    let values = match map.get("restartPolicyRules") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(values)) => values,
        Some(_) => return Err(Error::new(at, "expected a list")),
    };
    let rule = |(index, value): (usize, &Value)| {
        let at = format!("{at}[{index}]");
        let action = match value.get("action").and_then(Value::as_str) {
            Some("Restart") => Action::Restart,
            Some("RestartAllContainers") => Action::RestartAllContainers,
            _ => return Err(Error::new(format!("{at}.action"), "expected Restart or RestartAllContainers")),
        };
        let inside = match value.pointer("/exitCodes/operator").and_then(Value::as_str) {
            Some("In") => true,
            Some("NotIn") => false,
            _ => return Err(Error::new(format!("{at}.exitCodes.operator"), "expected In or NotIn")),
        };
        let codes = value.pointer("/exitCodes/values").and_then(Value::as_array);
        let code = |value: &Value| value.as_i64().and_then(|code| i32::try_from(code).ok());
        let codes: Option<Vec<i32>> = codes.and_then(|codes| codes.iter().map(code).collect());
        let codes = codes.ok_or_else(|| Error::new(format!("{at}.exitCodes.values"), "expected a list of numbers"))?;
        Ok(Rule { action, inside, codes })
    };
    values.iter().enumerate().map(rule).collect()
}

/// (`pkg/apis/core/v1/defaults.go`: `SetDefaults_Probe`, where 0 is "not said".)
fn probe(value: &Value, at: &str) -> Result<Probe, Error> {
    let map = value.as_object().ok_or_else(|| Error::new(at, "expected an object"))?;
    let read = |name, default| seconds(map, at, name, default).map(|value| if value == 0 { default } else { value });
    Ok(Probe {
        delay: read("initialDelaySeconds", 0)?,
        period: read("periodSeconds", 10)?,
        successes: read("successThreshold", 1)?,
        failures: read("failureThreshold", 3)?,
    })
}

fn seconds(map: &Map<String, Value>, at: &str, name: &str, default: Seconds) -> Result<Seconds, Error> {
    let value = map.get(name).filter(|value| !value.is_null());
    let read = |value: &Value| value.as_u64().and_then(|number| Seconds::try_from(number).ok());
    let wrong = || Error::new(format!("{at}.{name}"), "expected a whole number from 0");
    value.map_or(Ok(default), |value| read(value).ok_or_else(wrong))
}
