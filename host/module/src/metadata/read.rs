//! Reads metadata from JSON or YAML values. One reader for what is to be written, where every oddity is a mistake, and
//! for what somebody else wrote, where fields that nobody here has heard of are kept.

use super::{ExecutionMode, Metadata, Operation, PolicyType, ProtocolVersion, Resource, Rule, capability, key, rule};
use crate::Mistake;
use semver::Version;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What was made of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What could be read; where something is wrong, as if it were not there.
    pub metadata: Metadata,
    /// Fields that Kubewarden does not read, with their paths.
    pub unknown: Vec<(String, Value)>,
    /// Why Kubewarden would not take it.
    pub mistakes: Vec<Mistake>,
}

/// What may be written for a list of rules.
const RULES: &str = "a list of {apiGroups, apiVersions, resources, operations}";

impl Reading {
    /// Reads metadata.
    pub fn of(value: &Value) -> Self {
        let mut reader = Reader { unknown: Vec::new(), mistakes: Vec::new() };
        let metadata = reader.metadata(value);
        Self { metadata, unknown: reader.unknown, mistakes: reader.mistakes }
    }

    /// The metadata, if nothing is wrong and nothing unknown.
    pub(super) fn strict(self) -> Result<Metadata, Vec<Mistake>> {
        let Self { metadata, unknown, mut mistakes } = self;
        mistakes.extend(unknown.into_iter().map(|(path, _)| {
            let list: &[&str] = match path.split_once('[') {
                Some(("rules", _)) => &RULE_FIELDS,
                Some(("contextAwareResources", _)) => &RESOURCE_FIELDS,
                _ => &FIELDS,
            };
            let message = format!("Kubewarden knows no such field and would drop it; expected {}", list.join(", "));
            Mistake::new(path, message)
        }));
        if mistakes.is_empty() { Ok(metadata) } else { Err(mistakes) }
    }
}

/// The fields of metadata.
const FIELDS: [&str; 10] = [
    "protocolVersion",
    "rules",
    "annotations",
    "mutating",
    "backgroundAudit",
    "executionMode",
    "policyType",
    "contextAwareResources",
    "hostCapabilities",
    "minimumKubewardenVersion",
];
/// The fields of a rule.
const RULE_FIELDS: [&str; 4] = ["apiGroups", "apiVersions", "resources", "operations"];
/// The fields of a kind that is looked up.
const RESOURCE_FIELDS: [&str; 2] = ["apiVersion", "kind"];

/// Notes what is wrong while it reads.
struct Reader {
    unknown: Vec<(String, Value)>,
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn metadata(&mut self, value: &Value) -> Metadata {
        let empty = Map::new();
        let map = self.map(value, "", &FIELDS).unwrap_or(&empty);
        let optional = |key: &str| map.get(key).filter(|value| !value.is_null());
        let mut metadata = Metadata {
            protocol_version: None,
            rules: Vec::new(),
            annotations: None,
            mutating: false,
            background_audit: true,
            execution_mode: ExecutionMode::default(),
            policy_type: PolicyType::default(),
            context_aware_resources: BTreeSet::new(),
            host_capabilities: None,
            minimum_kubewarden_version: None,
        };
        if let Some(value) = optional("protocolVersion") {
            let words = [("v1", ProtocolVersion::V1), ("Unknown", ProtocolVersion::Unknown)];
            metadata.protocol_version = self.word(value, "protocolVersion", &words);
        }
        match map.get("rules") {
            Some(Value::Array(rules)) => {
                metadata.rules =
                    rules.iter().enumerate().map(|(at, value)| self.rule(value, &format!("rules[{at}]"))).collect();
            }
            Some(other) => self.wrong("rules", other, RULES),
            None if value.is_object() => self.missing("rules", RULES),
            None => {}
        }
        metadata.annotations = optional("annotations").map(|value| self.annotations(value));
        match map.get("mutating") {
            Some(value) => metadata.mutating = self.boolean(value, "mutating").unwrap_or_default(),
            None if value.is_object() => self.missing("mutating", "true or false"),
            None => {}
        }
        if let Some(value) = map.get("backgroundAudit") {
            metadata.background_audit = self.boolean(value, "backgroundAudit").unwrap_or(true);
        }
        if let Some(value) = map.get("executionMode") {
            let words = [
                ("kubewarden-wapc", ExecutionMode::KubewardenWapc),
                ("opa", ExecutionMode::Opa),
                ("gatekeeper", ExecutionMode::OpaGatekeeper),
                ("wasi", ExecutionMode::Wasi),
                ("ferricel", ExecutionMode::Ferricel),
            ];
            metadata.execution_mode = self.word(value, "executionMode", &words).unwrap_or_default();
        }
        if let Some(value) = map.get("policyType") {
            let words = [("kubernetes", PolicyType::Kubernetes), ("raw", PolicyType::Raw)];
            metadata.policy_type = self.word(value, "policyType", &words).unwrap_or_default();
        }
        if let Some(value) = map.get("contextAwareResources") {
            let list = self.list(value, "contextAwareResources", "a list of {apiVersion, kind}");
            let resources = list.iter().enumerate();
            metadata.context_aware_resources =
                resources.map(|(at, value)| self.resource(value, &format!("contextAwareResources[{at}]"))).collect();
        }
        metadata.host_capabilities = optional("hostCapabilities").map(|value| self.capabilities(value));
        if let Some(value) = optional("minimumKubewardenVersion") {
            metadata.minimum_kubewarden_version = self.version(value);
        }
        metadata
    }

    fn annotations(&mut self, value: &Value) -> BTreeMap<String, String> {
        let Some(map) = value.as_object() else {
            self.wrong("annotations", value, "a mapping of strings");
            return BTreeMap::new();
        };
        let mut annotations = BTreeMap::new();
        for (key, value) in map {
            match value.as_str() {
                Some(text) => _ = annotations.insert(key.clone(), text.to_owned()),
                None if value.is_number() || value.is_boolean() => {
                    self.mistake(&format!("annotations.{key}"), &format!("it is no string; write \"{value}\""));
                }
                None => self.wrong(&format!("annotations.{key}"), value, "a string"),
            }
        }
        if let Some(version) = annotations.get(key::VERSION)
            && let Err(error) = Version::parse(version)
        {
            let message =
                format!("`{version}` is no semantic version ({error}); expected three numbers, such as 1.0.0");
            self.mistake(&format!("annotations.{}", key::VERSION), &message);
        }
        annotations
    }

    fn rule(&mut self, value: &Value, path: &str) -> Rule {
        let empty = Map::new();
        let map = self.map(value, path, &RULE_FIELDS).unwrap_or(&empty);
        let mut field = |key: &str, example: &str| -> Vec<String> {
            let path = format!("{path}.{key}");
            let expected = format!("a list of strings, such as {example}");
            let Some(list) = map.get(key) else {
                if value.is_object() {
                    self.missing(&path, &expected);
                }
                return Vec::new();
            };
            let strings = self.strings(list, &path, &expected);
            let words: Vec<&str> = strings.iter().map(String::as_str).collect();
            if list.as_array().is_some_and(Vec::is_empty) {
                self.mistake(&path, &format!("it is empty, so the rule applies to nothing; expected {expected}"));
            }
            let wrong =
                if key == "resources" { rule::resources(&words) } else { rule::asterisk(&words).into_iter().collect() };
            for message in wrong {
                self.mistake(&path, &message);
            }
            strings
        };
        let api_groups = field("apiGroups", "[\"\"] or [apps]");
        let api_versions = field("apiVersions", "[v1]");
        let resources = field("resources", "[pods]");
        let operations = field("operations", "[CREATE, UPDATE]");
        let words = [
            ("CREATE", Operation::Create),
            ("UPDATE", Operation::Update),
            ("DELETE", Operation::Delete),
            ("CONNECT", Operation::Connect),
            ("*", Operation::All),
        ];
        let operations = operations
            .into_iter()
            .enumerate()
            .filter_map(|(at, word)| self.word(&Value::String(word), &format!("{path}.operations[{at}]"), &words));
        Rule { operations: operations.collect(), api_groups, api_versions, resources }
    }

    fn resource(&mut self, value: &Value, path: &str) -> Resource {
        let empty = Map::new();
        let map = self.map(value, path, &RESOURCE_FIELDS).unwrap_or(&empty);
        let mut field = |key: &str, expected: &str| match map.get(key) {
            Some(Value::String(text)) if !text.is_empty() => text.clone(),
            Some(other) => {
                self.wrong(&format!("{path}.{key}"), other, expected);
                String::new()
            }
            None => {
                if value.is_object() {
                    self.missing(&format!("{path}.{key}"), expected);
                }
                String::new()
            }
        };
        Resource {
            api_version: field("apiVersion", "a group and version, such as `apps/v1`"),
            kind: field("kind", "a kind, such as `Deployment`"),
        }
    }

    fn capabilities(&mut self, value: &Value) -> BTreeSet<String> {
        let strings = self.strings(value, "hostCapabilities", "a list of strings, such as [kubernetes/get_resource]");
        for (at, pattern) in strings.iter().enumerate() {
            if let Some(message) = capability::mistake(pattern) {
                self.mistake(&format!("hostCapabilities[{at}]"), &message);
            }
        }
        strings.into_iter().collect()
    }

    fn version(&mut self, value: &Value) -> Option<Version> {
        let path = "minimumKubewardenVersion";
        let Some(text) = value.as_str() else {
            self.wrong(path, value, "a quoted semantic version, such as \"1.27.0\"");
            return None;
        };
        let version = Version::parse(text);
        if let Err(error) = &version {
            let message = format!("`{text}` is no semantic version ({error}); expected three numbers, such as 1.27.0");
            self.mistake(path, &message);
        }
        version.ok()
    }

    /// A mapping; what it holds beyond the known fields is noted.
    fn map<'v>(&mut self, value: &'v Value, path: &str, fields: &[&str]) -> Option<&'v Map<String, Value>> {
        let map = value.as_object();
        if map.is_none() {
            self.wrong(path, value, &format!("a mapping of {}", fields.join(", ")));
        }
        let dot = if path.is_empty() { "" } else { "." };
        let fields = map?.iter().filter(|(key, _)| !fields.contains(&key.as_str()));
        self.unknown.extend(fields.map(|(key, value)| (format!("{path}{dot}{key}"), value.clone())));
        map
    }

    fn list<'v>(&mut self, value: &'v Value, path: &str, expected: &str) -> &'v [Value] {
        value.as_array().map_or_else(
            || {
                self.wrong(path, value, expected);
                [].as_slice()
            },
            Vec::as_slice,
        )
    }

    fn strings(&mut self, value: &Value, path: &str, expected: &str) -> Vec<String> {
        let list = self.list(value, path, expected).iter().enumerate();
        list.filter_map(|(at, value)| {
            let text = value.as_str();
            if text.is_none() {
                self.wrong(&format!("{path}[{at}]"), value, "a string");
            }
            text.map(str::to_owned)
        })
        .collect()
    }

    fn boolean(&mut self, value: &Value, path: &str) -> Option<bool> {
        let boolean = value.as_bool();
        if boolean.is_none() {
            self.wrong(path, value, "true or false");
        }
        boolean
    }

    fn word<T: Copy>(&mut self, value: &Value, path: &str, words: &[(&str, T)]) -> Option<T> {
        let known = words.iter().find(|(word, _)| value == word);
        if known.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(path, value, &format!("one of {}", words.join(", ")));
        }
        known.map(|(_, meaning)| *meaning)
    }

    fn missing(&mut self, path: &str, expected: &str) {
        self.mistake(path, &format!("it is missing; expected {expected}"));
    }

    fn wrong(&mut self, path: &str, value: &Value, expected: &str) {
        let what = match value {
            Value::Null => "nothing stands there".to_owned(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => format!("{value} is not possible"),
            Value::Array(_) => "a list is not possible".to_owned(),
            Value::Object(_) => "a mapping is not possible".to_owned(),
        };
        self.mistake(path, &format!("{what}; expected {expected}"));
    }

    fn mistake(&mut self, path: &str, message: &str) {
        self.mistakes.push(Mistake::new(path, message));
    }
}
