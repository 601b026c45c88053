//! Manifests that put this very policy into a cluster, looked at as the cluster will use them: are the settings valid, is the
//! policy asked about what it decides, may it do what it is there for, and who depends on it being up.

use crate::verdict::{Finding, Severity};
use serde_json::Value;
use std::sync::LazyLock;
use waitwarden_manifest::Entry;

/// The rule of settings that the policy refuses.
const SETTINGS: &str = "policy-settings";
/// The rule of policies that may change nothing, or change nothing and may.
const MUTATING: &str = "policy-mutating";
/// The rule of requests that the policy is not asked about, or is asked about for nothing.
const RULES: &str = "policy-rules";
/// The rule of kinds that the policy may look up.
const CONTEXT: &str = "policy-context";
/// The rule of Pods that cannot be created while policy-server is away.
const CONDITION: &str = "policy-condition";
/// The rule of selectors that Kubewarden leaves out.
const SELECTOR: &str = "policy-selector";

/// The last part of the repository of this policy, in whichever registry.
const NAME: &str = "waitwarden";

/// What `kwctl annotate` writes into the module.
static METADATA: LazyLock<Value> = LazyLock::new(|| {
    let mut entries = waitwarden_manifest::read(include_str!("../../../policy/metadata.yml")).into_iter();
    entries
        .find_map(|entry| if let Entry::Document(document) = entry { Some(document.value) } else { None })
        .unwrap_or_default()
});

/// A value of it.
fn said(key: &str) -> &'static Value {
    METADATA.get(key).unwrap_or(&Value::Null)
}

/// What is wrong with a manifest that runs this policy; nothing where it is something else. `valid` asks the policy about
/// settings.
pub fn review(object: &Value, valid: impl FnOnce(&Value) -> Result<(), String>) -> Vec<Finding> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let clusterwide = match text("/kind") {
        "ClusterAdmissionPolicy" => true,
        "AdmissionPolicy" => false,
        _ => return Vec::new(),
    };
    if !text("/apiVersion").starts_with("policies.kubewarden.io/") || !is_this(text("/spec/module")) {
        return Vec::new();
    }
    let nothing = Value::Object(serde_json::Map::new());
    let given = object.pointer("/spec/settings").filter(|value| !value.is_null()).unwrap_or(&nothing);
    let mut review = Review { object, settings: given, findings: Vec::new() };
    review.settings(valid(given));
    review.mutating();
    review.rules();
    review.context(clusterwide);
    review.condition();
    review.selector(clusterwide);
    review.findings
}

/// Does this reference name a release of this policy, in whichever registry?
fn is_this(module: &str) -> bool {
    let path = module.split_once("://").map_or(module, |(_, path)| path);
    let path = path.split('@').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    !module.starts_with("file://") && last.split(':').next() == Some(NAME)
}

struct Review<'a> {
    object: &'a Value,
    settings: &'a Value,
    findings: Vec<Finding>,
}

impl Review<'_> {
    /// Says something about a value, or about the nearest one around it that is there.
    fn say(&mut self, rule: &str, severity: Severity, pointer: &str, message: String, help: &str) {
        let mut place = pointer;
        while self.object.pointer(place).is_none() {
            place = place.rsplit_once('/').map_or("", |(before, _)| before);
        }
        self.findings.push(Finding { pointer: place.to_owned(), ..Finding::new(rule, severity, message).help(help) });
    }

    fn setting(&self, pointer: &str, default: &'static str) -> String {
        self.settings.pointer(pointer).and_then(Value::as_str).unwrap_or(default).to_owned()
    }

    fn spec(&self, key: &str) -> &Value {
        self.object.get("spec").and_then(|spec| spec.get(key)).unwrap_or(&Value::Null)
    }

    /// The policy says itself what it thinks of its settings.
    fn settings(&mut self, valid: Result<(), String>) {
        let Err(message) = valid else { return };
        let lines: Vec<&str> = message.lines().filter_map(|line| line.strip_prefix("- ")).collect();
        for line in if lines.is_empty() { vec![message.as_str()] } else { lines } {
            let path = line.split_once(": ").map_or("", |(path, _)| path);
            let pointer = path.replace('[', "/").replace(']', "").replace('.', "/");
            let help = "policy-server does not start with settings that are not valid";
            self.say(SETTINGS, Severity::Error, &format!("/spec/settings/{pointer}"), line.to_owned(), help);
        }
    }

    fn mutating(&mut self) {
        let mutates = self.setting("/mode", "mutate") == "mutate";
        let may = self.spec("mutating") == &Value::Bool(true);
        if mutates && !may {
            let message =
                "the policy changes Pods (`mode: mutate`), and with `mutating: false` each of them is refused";
            let help = "write `mutating: true`, or `mode: validate` in the settings";
            self.say(MUTATING, Severity::Error, "/spec/mutating", message.to_owned(), help);
        } else if may && !mutates {
            let message =
                "with `mode: validate` the policy changes nothing, and `mutating: true` asks it before others do";
            let help = "write `mutating: false`: then it sees what mutating webhooks left behind";
            self.say(MUTATING, Severity::Warning, "/spec/mutating", message.to_owned(), help);
        } else if may && self.spec("backgroundAudit") != &Value::Bool(false) {
            let message = "the audit scanner cannot see changes: what lacks its wait container counts as passed";
            let help = "write `backgroundAudit: false` here, and let a second instance with `mode: validate` report";
            self.say(MUTATING, Severity::Warning, "/spec/backgroundAudit", message.to_owned(), help);
        }
    }

    fn rules(&mut self) {
        let (wanted, asked) = (asked(said("rules")), asked(self.spec("rules")));
        let covers = |known: &Asked, one: &Asked| {
            known.iter().zip(one).all(|(known, one)| known == one || known == "*" || known == "*/*")
        };
        let missing = wanted.iter().filter(|one| !asked.iter().any(|known| covers(known, one)));
        let missing = words(missing);
        if !missing.is_empty() {
            let message = format!("the policy is not asked about {missing}: a declaration there has no effect");
            self.say(
                RULES,
                Severity::Warning,
                "/spec/rules",
                message,
                "take the rules of its metadata: deploy/ has them",
            );
        }
        let more = asked.iter().filter(|one| !wanted.contains(one));
        let more = words(more);
        if !more.is_empty() {
            let message = format!("the policy is asked about {more}, and always says yes");
            let help = "leave it out: each such request waits for policy-server";
            self.say(RULES, Severity::Warning, "/spec/rules", message, help);
        }
    }

    fn context(&mut self, clusterwide: bool) {
        let looks = self.setting("/lookups/mode", "optional") != "off";
        let kinds = |list: &Value| -> Vec<String> {
            let text = |one: &Value, key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let all = list.as_array().into_iter().flatten();
            all.map(|one| format!("{} {}", text(one, "apiVersion"), text(one, "kind"))).collect()
        };
        let (used, granted) = (kinds(said("contextAwareResources")), kinds(self.spec("contextAwareResources")));
        let pointer = "/spec/contextAwareResources";
        if looks && !clusterwide {
            let message = "an AdmissionPolicy may look up nothing: what is declared is not held against the cluster";
            let help = "write `lookups: {mode: off}` in the settings, or use a ClusterAdmissionPolicy";
            self.say(CONTEXT, Severity::Note, pointer, message.to_owned(), help);
            return;
        }
        let missing: Vec<&str> = used.iter().filter(|kind| !granted.contains(kind)).map(String::as_str).collect();
        if looks && !missing.is_empty() {
            let message = format!("{} cannot be looked up", missing.join(", "));
            let help = "name them here, or write `lookups: {mode: off}` in the settings";
            self.say(CONTEXT, Severity::Warning, pointer, message, help);
        }
        let more = granted.iter().filter(|kind| !looks || !used.contains(kind));
        let more: Vec<&str> = more.map(String::as_str).collect();
        if !more.is_empty() {
            let message = format!("{} can be looked up, and the policy never does", more.join(", "));
            self.say(
                CONTEXT,
                Severity::Warning,
                pointer,
                message,
                "leave it out: a right that is not used is one too many",
            );
        }
    }

    /// While policy-server is away, only what declares something should be stopped.
    fn condition(&mut self) {
        if self.spec("failurePolicy") == "Ignore" {
            let message = "while policy-server is away, Pods come in without their wait containers";
            let help = "write `failurePolicy: Fail`: with the match condition of deploy/ it concerns only what declares something";
            self.say(CONDITION, Severity::Warning, "/spec/failurePolicy", message.to_owned(), help);
            return;
        }
        let prefix = format!("{}/", self.setting("/annotationPrefix", "waitwarden.io"));
        let conditions = self.spec("matchConditions").as_array().into_iter().flatten();
        let mut expressions = conditions.filter_map(|one| one.get("expression").and_then(Value::as_str));
        if !expressions.any(|text| text.contains(&prefix)) {
            let message =
                format!("nothing at all can be created while policy-server is away, also what declares no `{prefix}`");
            let help = "take the match condition of deploy/, with this prefix";
            self.say(CONDITION, Severity::Warning, "/spec/matchConditions", message, help);
        }
    }

    fn selector(&mut self, clusterwide: bool) {
        let labels = self.object.pointer("/spec/namespaceSelector/matchLabels").and_then(Value::as_object);
        let inside = self.spec("allowInsideAdmissionControllerNamespace") == &Value::Bool(true);
        if clusterwide && !inside && labels.is_some_and(|labels| !labels.is_empty()) {
            let message = "Kubewarden leaves `matchLabels` of a namespaceSelector out";
            self.say(
                SELECTOR,
                Severity::Error,
                "/spec/namespaceSelector/matchLabels",
                message.to_owned(),
                "write them as `matchExpressions`",
            );
        }
    }
}

/// API group, resource, operation.
type Asked = [String; 3];

/// What rules name, one by one.
fn asked(rules: &Value) -> Vec<Asked> {
    let list = |rule: &Value, key: &str| -> Vec<String> {
        let all = rule.get(key).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut all = Vec::new();
    for rule in rules.as_array().into_iter().flatten() {
        for group in list(rule, "apiGroups") {
            for resource in list(rule, "resources") {
                for operation in list(rule, "operations") {
                    all.push([group.clone(), resource.clone(), operation]);
                }
            }
        }
    }
    all
}

/// `pods (CREATE), jobs (CREATE, UPDATE)`.
#[expect(single_use_lifetimes, reason = "anonymous lifetimes in `impl Trait` are unstable")]
fn words<'a>(asked: impl Iterator<Item = &'a Asked>) -> String {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for [_, resource, operation] in asked {
        match all.iter_mut().find(|(known, _)| known == resource) {
            Some((_, operations)) => operations.push(operation),
            None => all.push((resource, vec![operation])),
        }
    }
    let all: Vec<String> =
        all.into_iter().map(|(resource, operations)| format!("{resource} ({})", operations.join(", "))).collect();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_known_in_every_registry() {
        for (module, expected) in [
            ("registry://ghcr.io/waitwarden/policies/waitwarden:v0.1.0", true),
            ("registry.example.com:5000/waitwarden", true),
            ("registry://localhost:5000/a/waitwarden@sha256:00", true),
            ("ghcr.io/kubewarden/policies/waitwarden-other:v1", false),
            ("registry://ghcr.io/kubewarden/policies/pod-privileged:v0.1.0", false),
            ("file://waitwarden", false),
            ("", false),
        ] {
            assert_eq!(is_this(module), expected, "{module}");
        }
    }
}
