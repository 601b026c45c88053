//! `wait`: the container that is added, and why its security context can be trusted.

use super::reader::Reader;
use crate::dependency::{is_label_name, is_subdomain};
use crate::duration::Duration;
use crate::fixed::fixed;
use crate::path::at;
use crate::plan::WATCH;
use serde_json::{Map, Value, json};

/// The wait container.
#[derive(Clone, Debug)]
pub struct Wait {
    /// Its name.
    pub container_name: String,
    /// Its image.
    pub image: String,
    /// Its pull policy, unless Kubernetes' own.
    pub image_pull_policy: Option<String>,
    /// Names of Secrets, added to the Pod's.
    pub image_pull_secrets: Vec<String>,
    /// The whole wait's bound; none: 5m for Pods that run to completion, else 11m.
    pub timeout: Option<Duration>,
    /// The longest that a declaration may ask for; zero: no bound.
    pub max_timeout: Duration,
    /// Between two polls.
    pub interval: Duration,
    /// `fallback: tcp`
    pub fallback_tcp: bool,
    /// `position: last`; else `first`.
    pub last: bool,
    /// Regular init containers that stay before it.
    pub after: Vec<String>,
    /// A fixed user id.
    pub run_as_user: Option<u64>,
    /// ConfigMap and key with further CAs.
    pub ca_config_map: Option<(String, String)>,
    /// Its resources.
    pub resources: Resources,
    /// Quantities for the sidecar, by the name of the resource.
    pub sidecar_resources: Map<String, Value>,
    /// How long a dependency is away before a Pod starts again.
    pub loss_grace: Duration,
    /// The hardened security context with the user's patch on it.
    pub security_context: Value,
}

/// What the wait container asks for.
#[derive(Clone, Debug)]
pub enum Resources {
    /// The smallest of the regular containers'.
    Auto,
    /// Just this; null: nothing.
    Fixed(Value),
}

/// The image of this very release.
const IMAGE: &str = concat!("ghcr.io/waitwarden/wait:", env!("CARGO_PKG_VERSION"));

/// What Pod Security `restricted` asks of a container, and a read-only root.
fn hardened() -> Value {
    fixed(
        r#"{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true,"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}"#,
    )
}

impl Wait {
    pub(super) fn from(wait: &mut Reader<'_>) -> Self {
        let container_name =
            wait.string("containerName", "wait-for-dependencies", "a container's name (DNS-1123 label)", is_label_name);
        if container_name == WATCH {
            wait.error("containerName", &format!("`{WATCH}` is the name of the sidecar; expected another one"));
        }
        let image = wait.string("image", IMAGE, "an image reference", |text| {
            !text.is_empty() && !text.contains(char::is_whitespace)
        });
        let image_pull_policy =
            wait.optional_word("imagePullPolicy", &["Always", "IfNotPresent", "Never"]).map(str::to_owned);
        let image_pull_secrets = wait.strings("imagePullSecrets", &[], "the name of a Secret", is_subdomain);
        let timeout = match wait.get("timeout") {
            None => None,
            Some(value) if value == "auto" => None,
            Some(_) => Some(wait.duration("timeout", Duration::minutes(11))),
        };
        let max_timeout = wait.duration("maxTimeout", Duration::minutes(60));
        if timeout.is_some_and(|timeout| timeout.outlasts(max_timeout)) {
            wait.error("timeout", &format!("it is longer than `wait.maxTimeout` ({max_timeout})"));
        }
        let interval = wait.duration("interval", Duration::seconds(2));
        if interval.millis < 500 {
            wait.error("interval", "it is shorter than 500ms, which would load the API server");
        }
        let fallback_tcp = wait.word("fallback", &["tcp", "none"]) == "tcp";
        let last = wait.word("position", &["first", "last"]) == "last";
        let after = wait.strings(
            "after",
            &["istio-init", "istio-validation", "linkerd-init", "linkerd-network-validator"],
            "a container's name",
            is_label_name,
        );
        let run_as_user = wait.number("runAsUser");
        if run_as_user == Some(0) {
            wait.error("runAsUser", "0 is root, which `runAsNonRoot` forbids; expected another number or null");
        }
        let mut ca_config_map = None;
        if wait.get("caConfigMap").is_some_and(|value| !value.is_null()) {
            ca_config_map = wait.object("caConfigMap", |map| {
                let name = map.string("name", "", "the name of a ConfigMap", is_subdomain);
                let key = map.string("key", "", "a key of it", |text| !text.is_empty());
                if name.is_empty() || key.is_empty() {
                    map.error("", "expected both `name` and `key`");
                }
                Some((name, key))
            });
        } else {
            wait.get("caConfigMap");
        }
        let resources = match wait.get("resources") {
            None => Resources::Auto,
            Some(Value::String(word)) if word == "auto" => Resources::Auto,
            Some(Value::String(word)) if word == "none" => Resources::Fixed(Value::Null),
            Some(value) if is_resources(value) => Resources::Fixed(value.clone()),
            Some(_) => {
                wait.error("resources", "expected `auto`, `none` or {requests: {cpu: …, memory: …}, limits: {…}}");
                Resources::Auto
            }
        };
        let sidecar_resources = match wait.get("sidecarResources") {
            None => fixed(r#"{"cpu":"10m","memory":"32Mi"}"#),
            Some(value) if is_quantities(value) => value.clone(),
            Some(_) => {
                wait.error("sidecarResources", "expected quantities, such as {cpu: 10m, memory: 32Mi}");
                Value::Null
            }
        };
        let sidecar_resources = if let Value::Object(map) = sidecar_resources { map } else { Map::new() };
        let loss_grace = wait.duration("lossGrace", Duration::seconds(30));
        if loss_grace.is_forever() {
            wait.error("lossGrace", "it must be longer than zero");
        }
        let mut security_context = hardened();
        match wait.get("securityContext") {
            None | Some(Value::Null) => {}
            Some(patch @ Value::Object(_)) => merge(&mut security_context, patch, 0),
            Some(_) => wait.error("securityContext", "expected a mapping, laid over the hardened default"),
        }
        if let Some(weak) = weaker_than_restricted(&security_context) {
            wait.error("securityContext", &format!("{weak}, which Pod Security `restricted` refuses"));
        }
        if let (Some(user), Some(map)) = (run_as_user, security_context.as_object_mut()) {
            map.insert("runAsUser".to_owned(), json!(user));
        }
        Self {
            container_name,
            image,
            image_pull_policy,
            image_pull_secrets,
            timeout,
            max_timeout,
            interval,
            fallback_tcp,
            last,
            after,
            run_as_user,
            ca_config_map,
            resources,
            sidecar_resources,
            loss_grace,
            security_context,
        }
    }
}

/// Is it `{requests, limits}` with quantities?
fn is_resources(value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        map.iter().all(|(key, value)| (key == "requests" || key == "limits") && is_quantities(value))
    })
}

/// Is it a mapping of resource names to quantities?
fn is_quantities(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.values().all(|value| crate::quantity::nanos(value).is_some()))
}

/// A JSON merge patch (RFC 7386).
fn merge(target: &mut Value, patch: &Value, depth: usize) {
    let (Some(target), Some(patch)) = (target.as_object_mut(), patch.as_object()) else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.shift_remove(key);
        } else if let (Some(inner), true, true) = (target.get_mut(key), value.is_object(), depth < 16) {
            if !inner.is_object() {
                *inner = json!({});
            }
            merge(inner, value, depth + 1);
        } else {
            target.insert(key.clone(), value.clone());
        }
    }
}

/// Why a container's security context fails Pod Security `restricted`, whatever its Pod says.
/// Source: Kubernetes `pod-security-admission/policy`, checks of level restricted.
pub fn weaker_than_restricted(context: &Value) -> Option<&'static str> {
    let drops = at(context, "/capabilities/drop").and_then(Value::as_array);
    let adds = at(context, "/capabilities/add").and_then(Value::as_array);
    if context.get("allowPrivilegeEscalation") != Some(&Value::Bool(false)) {
        Some("`allowPrivilegeEscalation` is not false")
    } else if context.get("privileged") == Some(&Value::Bool(true)) {
        Some("`privileged` is true")
    } else if context.get("runAsNonRoot") != Some(&Value::Bool(true)) {
        Some("`runAsNonRoot` is not true")
    } else if context.get("runAsUser").and_then(Value::as_u64) == Some(0) {
        Some("`runAsUser` is 0")
    } else if !drops.is_some_and(|drops| drops.iter().any(|name| name == "ALL")) {
        Some("`capabilities.drop` lacks ALL")
    } else if adds.is_some_and(|adds| adds.iter().any(|name| name != "NET_BIND_SERVICE")) {
        Some("`capabilities.add` has more than NET_BIND_SERVICE")
    } else if !at(context, "/seccompProfile/type")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind == "RuntimeDefault" || kind == "Localhost")
    {
        Some("`seccompProfile.type` is neither RuntimeDefault nor Localhost")
    } else {
        None
    }
}
