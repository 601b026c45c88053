//! The policy's settings: read strictly, every mistake at once, each with its path; valid by construction.

use crate::dependency::{is_label_name, is_subdomain};
use crate::duration::{self, Duration};
use crate::finding::shown;
use serde_json::{Map, Value, json};

mod reader;
use reader::Reader;

/// Change the Pods or only judge them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Add what is missing.
    Mutate,
    /// Refuse what lacks it.
    Validate,
}

/// Everything that can be set, with the meaning that the settings reference gives it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `mode`
    pub mode: Mode,
    /// `inject: templates`; else `pods`.
    pub templates: bool,
    /// `annotationPrefix`
    pub prefix: String,
    /// `enforceOnPods: all`; else `unowned`.
    pub enforce_on_all_pods: bool,
    /// `wait`
    pub wait: Wait,
    /// `readiness`
    pub readiness: Readiness,
    /// `allow`
    pub allow: Allow,
    /// `exempt.namespaces`
    pub exempt: Vec<String>,
}

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

/// Readiness probes.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// When one is required.
    pub required: Required,
    /// `derive: only-port`
    pub derive: bool,
    /// What a planned probe carries.
    pub probe: Map<String, Value>,
}

/// When a readiness probe is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    /// Of Pods that declare ports.
    Ports,
    /// Always.
    Strict,
    /// Never.
    Never,
}

/// What declarations may ask for.
#[derive(Clone, Debug)]
pub struct Allow {
    /// Words of the target table; none: all.
    pub targets: Option<Vec<String>>,
    /// Names, `*.SUFFIX`, CIDRs, `*`.
    pub hosts: Vec<String>,
    /// Namespaces, or `*`.
    pub namespaces: Vec<String>,
    /// How many dependencies.
    pub max_dependencies: u64,
}

/// The words of `allow.targets`.
pub const TARGETS: [&str; 13] = [
    "custom",
    "daemonset",
    "deployment",
    "dns",
    "grpc",
    "grpcs",
    "http",
    "https",
    "job",
    "pods",
    "service",
    "statefulset",
    "tcp",
];

/// The rules whose severity `findings` sets.
pub const LOOKUP_RULES: [&str; 16] = [
    "dependency-cycle",
    "dependency-renamed",
    "dependency-without-readiness-probe",
    "hook-deadlock",
    "host-network-dns",
    "job-expires",
    "job-stale",
    "mesh-false-positive",
    "missing-permission",
    "publishes-not-ready-addresses",
    "self-dependency",
    "service-selects-nothing",
    "service-without-endpoints",
    "unknown-dependency",
    "unknown-service-port",
    "wait-outlasts-rollout",
];

/// The image of this very release.
const IMAGE: &str = concat!("ghcr.io/waitwarden/wait:", env!("CARGO_PKG_VERSION"));

/// What Pod Security `restricted` asks of a container, and a read-only root.
fn hardened() -> Value {
    json!({
        "allowPrivilegeEscalation": false,
        "capabilities": { "drop": ["ALL"] },
        "readOnlyRootFilesystem": true,
        "runAsNonRoot": true,
        "seccompProfile": { "type": "RuntimeDefault" },
    })
}

impl Settings {
    /// Reads settings; null and nothing are the defaults.
    ///
    /// # Errors
    /// Every mistake, each as `PATH: what is wrong; what was expected`.
    pub fn read(value: &Value) -> Result<Self, Vec<String>> {
        let null = Value::Null;
        let mut top = Reader::new(value, &null);
        let settings = Self::from(&mut top);
        let errors = top.finish();
        if errors.is_empty() {
            Ok(settings)
        } else {
            Err(errors)
        }
    }

    fn from(top: &mut Reader<'_>) -> Self {
        let mode = if top.word("mode", &["mutate", "validate"]) == "mutate" {
            Mode::Mutate
        } else {
            Mode::Validate
        };
        let templates = top.word("inject", &["pods", "templates"]) == "templates";
        let prefix = top.string(
            "annotationPrefix",
            "waitwarden.io",
            "a DNS name, such as `waitwarden.io`",
            is_subdomain,
        );
        top.string(
            "kubernetesVersion",
            "1.33",
            "a quoted minor version, such as \"1.33\"",
            |text| {
                text.strip_prefix("1.")
                    .is_some_and(|minor| minor.parse::<u16>().is_ok_and(|n| n.to_string() == minor))
            },
        );
        let enforce_on_all_pods = top.word("enforceOnPods", &["unowned", "all"]) == "all";
        let wait = top.object("wait", Wait::from);
        let readiness = top.object("readiness", Readiness::from);
        let allow = top.object("allow", Allow::from);
        top.object("lookups", |lookups| {
            if lookups.word("mode", &["optional", "off", "required"]) == "required" {
                lookups.error(
                    "mode",
                    "`required` is not available in this version; write `optional` or `off`",
                );
            }
            lookups.string(
                "identity",
                "system:serviceaccount:kubewarden:policy-server",
                "a user name",
                |text| !text.is_empty(),
            );
        });
        top.object("findings", |findings| {
            for rule in LOOKUP_RULES {
                findings.optional_word(rule, &["ignore", "warn", "reject"]);
            }
        });
        let exempt = top.object("exempt", |exempt| {
            exempt.strings(
                "namespaces",
                &["kube-system", "kubewarden"],
                "the name of a namespace",
                is_label_name,
            )
        });
        Self {
            mode,
            templates,
            prefix,
            enforce_on_all_pods,
            wait,
            readiness,
            allow,
            exempt,
        }
    }
}

impl Wait {
    fn from(wait: &mut Reader<'_>) -> Self {
        let container_name = wait.string(
            "containerName",
            "wait-for-dependencies",
            "a container's name (DNS-1123 label)",
            is_label_name,
        );
        let image = wait.string("image", IMAGE, "an image reference", |text| {
            !text.is_empty() && !text.contains(char::is_whitespace)
        });
        let image_pull_policy = wait
            .optional_word("imagePullPolicy", &["Always", "IfNotPresent", "Never"])
            .map(str::to_owned);
        let image_pull_secrets = wait.strings(
            "imagePullSecrets",
            &[],
            "the name of a Secret",
            is_subdomain,
        );
        let timeout = match wait.get("timeout") {
            None => None,
            Some(value) if value == "auto" => None,
            Some(_) => Some(wait.duration("timeout", Duration::default())),
        };
        let max_timeout = wait.duration("maxTimeout", Duration::minutes(60));
        if timeout.is_some_and(|timeout| timeout.outlasts(max_timeout)) {
            wait.error(
                "timeout",
                &format!("it is longer than `wait.maxTimeout` ({max_timeout})"),
            );
        }
        let interval = wait.duration("interval", Duration::seconds(2));
        if interval.millis < 500 {
            wait.error(
                "interval",
                "it is shorter than 500ms, which would load the API server",
            );
        }
        let fallback_tcp = wait.word("fallback", &["tcp", "none"]) == "tcp";
        let last = wait.word("position", &["first", "last"]) == "last";
        let after = wait.strings(
            "after",
            &[
                "istio-init",
                "istio-validation",
                "linkerd-init",
                "linkerd-network-validator",
            ],
            "a container's name",
            is_label_name,
        );
        let run_as_user = wait.number("runAsUser");
        if run_as_user == Some(0) {
            wait.error(
                "runAsUser",
                "0 is root, which `runAsNonRoot` forbids; expected another number or null",
            );
        }
        let mut ca_config_map = None;
        if wait
            .get("caConfigMap")
            .is_some_and(|value| !value.is_null())
        {
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
                wait.error(
                    "resources",
                    "expected `auto`, `none` or {requests: {cpu: …, memory: …}, limits: {…}}",
                );
                Resources::Auto
            }
        };
        if wait
            .get("sidecarResources")
            .is_some_and(|value| !is_quantities(value))
        {
            wait.error(
                "sidecarResources",
                "expected quantities, such as {cpu: 10m, memory: 32Mi}",
            );
        }
        let mut security_context = hardened();
        match wait.get("securityContext") {
            None | Some(Value::Null) => {}
            Some(patch @ Value::Object(_)) => merge(&mut security_context, patch, 0),
            Some(_) => wait.error(
                "securityContext",
                "expected a mapping, laid over the hardened default",
            ),
        }
        if let Some(weak) = weaker_than_restricted(&security_context) {
            wait.error(
                "securityContext",
                &format!("{weak}, which Pod Security `restricted` refuses"),
            );
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
            security_context,
        }
    }
}

impl Readiness {
    fn from(readiness: &mut Reader<'_>) -> Self {
        let required = match readiness.word("required", &["ports", "strict", "never"]) {
            "strict" => Required::Strict,
            "never" => Required::Never,
            _ => Required::Ports,
        };
        let derive = readiness.word("derive", &["only-port", "never"]) == "only-port";
        let probe = readiness.object("probe", |probe| {
            let mut map = Map::new();
            for (key, default) in [
                ("initialDelaySeconds", None),
                ("periodSeconds", Some(5)),
                ("timeoutSeconds", Some(2)),
                ("failureThreshold", Some(3)),
                ("successThreshold", None),
            ] {
                if let Some(number) = probe.number(key).or(default) {
                    map.insert(key.to_owned(), json!(number));
                }
            }
            map
        });
        Self {
            required,
            derive,
            probe,
        }
    }
}

impl Allow {
    fn from(allow: &mut Reader<'_>) -> Self {
        let targets = match allow.get("targets") {
            None => None,
            Some(value) if value == "all" => None,
            Some(_) => Some(allow.strings(
                "targets",
                &[],
                "`all` or a list of words of the target table",
                |word| TARGETS.contains(&word),
            )),
        };
        let hosts = allow.strings(
            "hosts",
            &["*"],
            "a host name, `*.SUFFIX`, a CIDR or `*`",
            crate::allow::is_pattern,
        );
        let namespaces = allow.strings(
            "namespaces",
            &["*"],
            "the name of a namespace or `*`",
            |name| name == "*" || is_label_name(name),
        );
        let on_loss = allow.strings("onLoss", &["ignore"], "`ignore`", |word| {
            ["ignore", "unready", "restart"].contains(&word)
        });
        if on_loss.iter().any(|word| word != "ignore") {
            allow.error(
                "onLoss",
                "`unready` and `restart` are not available in this version; write [ignore]",
            );
        }
        let max_dependencies = allow.number("maxDependencies").unwrap_or(32);
        Self {
            targets,
            hosts,
            namespaces,
            max_dependencies,
        }
    }
}

/// Is it `{requests, limits}` with quantities?
fn is_resources(value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        map.iter()
            .all(|(key, value)| (key == "requests" || key == "limits") && is_quantities(value))
    })
}

/// Is it a mapping of resource names to quantities?
fn is_quantities(value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        map.values()
            .all(|value| crate::quantity::nanos(value).is_some())
    })
}

/// A JSON merge patch (RFC 7386).
fn merge(target: &mut Value, patch: &Value, depth: usize) {
    let (Some(target), Some(patch)) = (target.as_object_mut(), patch.as_object()) else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.shift_remove(key);
        } else if let (Some(inner), true, true) =
            (target.get_mut(key), value.is_object(), depth < 16)
        {
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
    let drops = context
        .pointer("/capabilities/drop")
        .and_then(Value::as_array);
    let adds = context
        .pointer("/capabilities/add")
        .and_then(Value::as_array);
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
    } else if !context
        .pointer("/seccompProfile/type")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind == "RuntimeDefault" || kind == "Localhost")
    {
        Some("`seccompProfile.type` is neither RuntimeDefault nor Localhost")
    } else {
        None
    }
}

/// Reads a duration setting; used by the reader.
fn read_duration(value: &Value) -> Result<Duration, String> {
    match value {
        Value::String(text) => duration::parse(text),
        Value::Number(number) if number.as_u64() == Some(0) => Ok(Duration::default()),
        other => Err(format!(
            "{} is no duration; expected a string such as `90s`, `5m` or `1h30m`",
            shown(other)
        )),
    }
}
