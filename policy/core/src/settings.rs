//! The policy's settings: read strictly, every mistake at once, each with its path; valid by construction.

use crate::dependency::{ON_LOSS, is_label_name, is_subdomain};
use crate::duration::{self, Duration};
use crate::finding::{Severity, shown};
use serde_json::{Map, Value, json};

mod reader;
mod wait;
use reader::Reader;
pub use wait::{Resources, Wait, weaker_than_restricted};

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
    /// The minor of `kubernetesVersion`.
    pub kubernetes_minor: u16,
    /// `enforceOnPods: all`; else `unowned`.
    pub enforce_on_all_pods: bool,
    /// `wait`
    pub wait: Wait,
    /// `readiness`
    pub readiness: Readiness,
    /// `allow`
    pub allow: Allow,
    /// `lookups`
    pub lookups: Lookups,
    /// `findings`: the severity of a rule, none where it is ignored; other rules have their own.
    pub findings: Vec<(&'static str, Option<Severity>)>,
    /// `exempt.namespaces`
    pub exempt: Vec<String>,
}

/// Looking at the rest of the cluster.
#[derive(Clone, Debug)]
pub struct Lookups {
    /// Whether.
    pub mode: LookupMode,
    /// The user that policy-server is: lists are made only where it may make them.
    pub identity: String,
}

/// Whether the rest of the cluster is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupMode {
    /// Nothing is asked.
    Off,
    /// What cannot be looked up is a note.
    Optional,
    /// What cannot be looked up is an error.
    Required,
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
    /// Words of `on-loss=`.
    pub on_loss: Vec<String>,
    /// How many dependencies.
    pub max_dependencies: u64,
}

/// The first minor of Kubernetes with native sidecars on. Source: KEP-753.
pub const SIDECARS: u16 = 29;
/// The first minor of Kubernetes with `RestartAllContainers` on. Source: KEP-5532.
pub const RESTART_ALL: u16 = 36;

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
pub const LOOKUP_RULES: [&str; 17] = [
    "dependency-cycle",
    "dependency-renamed",
    "dependency-without-readiness-probe",
    "hook-deadlock",
    "host-network-dns",
    "job-expires",
    "job-stale",
    "loss-cascade",
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
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
    }

    fn from(top: &mut Reader<'_>) -> Self {
        let mode = if top.word("mode", &["mutate", "validate"]) == "mutate" { Mode::Mutate } else { Mode::Validate };
        let templates = top.word("inject", &["pods", "templates"]) == "templates";
        let prefix =
            top.string("annotationPrefix", "waitwarden.io", "a DNS name, such as `waitwarden.io`", is_subdomain);
        let version = top.string("kubernetesVersion", "1.33", "a quoted minor version, such as \"1.33\"", |text| {
            minor(text).is_some()
        });
        let kubernetes_minor = minor(&version).unwrap_or_default();
        let enforce_on_all_pods = top.word("enforceOnPods", &["unowned", "all"]) == "all";
        let wait = top.object("wait", Wait::from);
        let readiness = top.object("readiness", Readiness::from);
        let allow = top.object("allow", |allow| Allow::from(allow, kubernetes_minor));
        let lookups = top.object("lookups", Lookups::from);
        let findings = top.object("findings", |findings| {
            LOOKUP_RULES
                .into_iter()
                .filter_map(|rule| {
                    let severity = match findings.optional_word(rule, &["ignore", "warn", "reject"])? {
                        "ignore" => None,
                        "warn" => Some(Severity::Warning),
                        _ => Some(Severity::Error),
                    };
                    Some((rule, severity))
                })
                .collect()
        });
        let exempt = top.object("exempt", |exempt| {
            exempt.strings("namespaces", &["kube-system", "kubewarden"], "the name of a namespace", is_label_name)
        });
        Self {
            mode,
            templates,
            prefix,
            kubernetes_minor,
            enforce_on_all_pods,
            wait,
            readiness,
            allow,
            lookups,
            findings,
            exempt,
        }
    }
}

impl Lookups {
    fn from(lookups: &mut Reader<'_>) -> Self {
        // YAML reads `off` as false.
        let mode = if lookups.get("mode") == Some(&Value::Bool(false)) {
            LookupMode::Off
        } else {
            match lookups.word("mode", &["optional", "off", "required"]) {
                "off" => LookupMode::Off,
                "required" => LookupMode::Required,
                _ => LookupMode::Optional,
            }
        };
        let identity =
            lookups.string("identity", "system:serviceaccount:kubewarden:policy-server", "a user name", |text| {
                !text.is_empty()
            });
        Self { mode, identity }
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
        Self { required, derive, probe }
    }
}

impl Allow {
    fn from(allow: &mut Reader<'_>, minor: u16) -> Self {
        let targets = match allow.get("targets") {
            None => None,
            Some(value) if value == "all" => None,
            Some(_) => Some(allow.strings("targets", &[], "`all` or a list of words of the target table", |word| {
                TARGETS.contains(&word)
            })),
        };
        let hosts = allow.strings("hosts", &["*"], "a host name, `*.SUFFIX`, a CIDR or `*`", crate::allow::is_pattern);
        let namespaces = allow
            .strings("namespaces", &["*"], "the name of a namespace or `*`", |name| name == "*" || is_label_name(name));
        let on_loss =
            allow.strings("onLoss", &["ignore"], "`ignore`, `unready` or `restart`", |word| ON_LOSS.contains(&word));
        for (word, least) in [("unready", SIDECARS), ("restart", RESTART_ALL)] {
            if minor < least && on_loss.iter().any(|allowed| allowed == word) {
                allow.error(
                    "onLoss",
                    &format!("`{word}` needs `kubernetesVersion: \"1.{least}\"` or newer, and it is \"1.{minor}\""),
                );
            }
        }
        let max_dependencies = allow.number("maxDependencies").unwrap_or(32);
        Self { targets, hosts, namespaces, on_loss, max_dependencies }
    }
}

/// The minor of a version such as `1.33`.
fn minor(version: &str) -> Option<u16> {
    let minor = version.strip_prefix("1.")?;
    minor.parse::<u16>().ok().filter(|number| number.to_string() == minor)
}

/// Reads a duration setting; used by the reader.
fn read_duration(value: &Value) -> Result<Duration, String> {
    match value {
        Value::String(text) => duration::parse(text),
        Value::Number(number) if number.as_u64() == Some(0) => Ok(Duration::default()),
        other => Err(format!("{} is no duration; expected a string such as `90s`, `5m` or `1h30m`", shown(other))),
    }
}
