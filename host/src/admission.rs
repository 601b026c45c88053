//! Policies as the API server asks them: which of them a request concerns, in which order, and what is left of it.

mod condition;
mod load;
mod manifest;
mod namespaces;
mod selector;

pub use load::{LoadError, Loaded, Surroundings, load};
pub use namespaces::Namespaces;
pub use waitwarden_review::admitted::{Admit, Admitted, Asked, Asking, NOT_EVALUATED};

use crate::engine::{Error, Policy};
use crate::request::Request;
use crate::rules::Rules;
use crate::settings;
use crate::verdict::{Finding, POLICY_RULE, Severity, Verdict};
use condition::{Condition, Held};
use selector::{Matched, Selector};
use serde_json::Value;
use waitwarden_review::own;

/// One policy, with all that the cluster knows of it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of a manifest")]
pub struct Admission {
    /// As people call it.
    name: String,
    /// As the cluster calls its webhook: its place in the order.
    webhook: String,
    policy: Policy,
    settings: Value,
    rules: Rules,
    /// In a mutating webhook, where it may change things, or in a validating one, where it may not.
    mutating: bool,
    /// What it says is only noted.
    monitor: bool,
    /// The module inside the command line.
    built_in: bool,
    /// The only namespace of a policy that lives in one.
    namespace: Option<String>,
    namespaces: Selector,
    objects: Selector,
    conditions: Vec<Condition>,
    /// A condition that fails lets the request pass unasked, instead of refusing it.
    ignore_failures: bool,
}

/// All policies of a run, in the order of the API server.
#[derive(Clone, Debug)]
pub struct Admissions {
    policies: Vec<Admission>,
    known: Namespaces,
}

/// Is a policy to be asked?
enum Wanted {
    Yes,
    No,
    /// Nobody knows, and why.
    Unknown(String),
    /// It is refused before it is asked, and why.
    Refused(String),
}

impl Admissions {
    /// Mutating ones come first, each kind by name.
    pub fn new(mut policies: Vec<Admission>, known: Namespaces) -> Self {
        policies.sort_by(|one, other| (!one.mutating, &one.webhook).cmp(&(!other.mutating, &other.webhook)));
        Self { policies, known }
    }

    /// Is the only one the policy that is built in?
    pub fn built_in(&self) -> bool {
        self.policies.iter().all(|admission| admission.built_in)
    }

    fn ask_one(&self, admission: &Admission, asking: Asking<'_>, admitted: &mut Admitted) {
        let current = admitted.object.take();
        let object = current.as_ref().or(asking.object);
        let mut request = Request::new(asking.operation, object, asking.old, asking.identity, asking.user);
        if let Some(sent) = asking.sent {
            request = request.sent(sent);
        }
        let mut said = match admission.wanted(&request, &self.known) {
            Wanted::No => {
                admitted.object = current;
                return;
            }
            Wanted::Unknown(why) => {
                admitted.asked = Asked::Failed;
                let message = format!("the policy {} is not asked: {why}", admission.name);
                Verdict {
                    accepted: true,
                    findings: vec![Finding::new(NOT_EVALUATED, Severity::Note, message)],
                    ..Verdict::default()
                }
            }
            Wanted::Refused(why) => {
                admitted.asked = admitted.asked.max(Asked::Yes);
                Verdict {
                    findings: vec![Finding::new(POLICY_RULE, Severity::Error, format!("{}: {why}", admission.name))],
                    ..Verdict::default()
                }
            }
            Wanted::Yes => {
                admitted.asked = admitted.asked.max(Asked::Yes);
                admission.verdict(&request).unwrap_or_else(|error| {
                    admitted.asked = Asked::Failed;
                    let finding = Finding::new(NOT_EVALUATED, Severity::Error, error.to_string());
                    Verdict { accepted: admission.monitor, findings: vec![finding], ..Verdict::default() }
                })
            }
        };
        if self.policies.len() > 1 {
            for finding in said.findings.iter_mut().filter(|finding| finding.rule == POLICY_RULE) {
                finding.message = format!("{}: {}", admission.name, finding.message);
            }
        }
        admitted.add(said, current, asking);
    }
}

impl Admit for Admissions {
    fn with_settings(&self, mut change: impl FnMut(&Value) -> Value) -> Self {
        let mut all = self.clone();
        for admission in all.policies.iter_mut().filter(|admission| admission.built_in) {
            admission.settings = change(&admission.settings);
        }
        all
    }

    fn review(&self, object: &Value) -> Vec<Finding> {
        let built_in = self.policies.iter().find(|admission| admission.built_in);
        built_in
            .map(|admission| own::review(object, |settings| settings::validate(&admission.policy, settings)))
            .unwrap_or_default()
    }

    /// The mutating ones come first, each asked about the result of the one before; the others about the last result.
    fn ask(&self, asking: Asking<'_>) -> Admitted {
        let mut admitted = Admitted { accepted: true, ..Admitted::default() };
        let (mutating, validating) =
            self.policies.split_at(self.policies.partition_point(|admission| admission.mutating));
        for admission in mutating {
            self.ask_one(admission, asking, &mut admitted);
            if !admitted.accepted {
                return admitted;
            }
        }
        for admission in validating {
            self.ask_one(admission, asking, &mut admitted);
        }
        admitted
    }
}

impl Admission {
    /// The API server asks a webhook whose rules, selectors and conditions all match.
    fn wanted(&self, request: &Request<'_>, known: &Namespaces) -> Wanted {
        let resource = request.resource();
        let is_namespace = (resource.group, resource.resource.as_str()) == ("", "namespaces");
        if !self.rules.name(request) {
            return Wanted::No;
        }
        if self.namespace.as_ref().is_some_and(|own| is_namespace || own != request.namespace()) {
            return Wanted::No;
        }
        let labels = |object: Option<&Value>| selector::Labels::of(object.unwrap_or(&Value::Null));
        // A Namespace is matched by its own labels; what lives in none always matches.
        let inside = if is_namespace {
            self.namespaces.matches(&labels(request.object().or(request.old_object())).named(request.namespace()))
        } else if request.namespace().is_empty() {
            Matched::Yes
        } else {
            self.namespaces.matches(&known.labels(request.namespace()))
        };
        let unknown = match inside {
            Matched::No => return Wanted::No,
            Matched::Yes => None,
            Matched::Unknown(label) => Some(format!(
                "its namespaceSelector asks for the label `{label}` of the namespace `{}`, which no manifest here shows",
                request.namespace()
            )),
        };
        // One of the two is enough.
        let objects = [request.object(), request.old_object()];
        if !objects.into_iter().flatten().any(|object| self.objects.matches(&labels(Some(object))) == Matched::Yes) {
            return Wanted::No;
        }
        match condition::all(&self.conditions, request) {
            Held::No => Wanted::No,
            Held::Unknown(why) => Wanted::Unknown(why),
            _ if unknown.is_some() => Wanted::Unknown(unknown.unwrap_or_default()),
            Held::Yes => Wanted::Yes,
            Held::Failed(_) if self.ignore_failures => Wanted::No,
            Held::Failed(why) => Wanted::Refused(why),
        }
    }

    fn verdict(&self, request: &Request<'_>) -> Result<Verdict, Error> {
        let payload = request.envelope(&self.settings).map_err(|error| Error::Engine(error.to_string()))?;
        let answer = self.policy.call("validate", &payload).answer?;
        let mut verdict = Verdict::read(&answer).map_err(Error::Answer)?;
        verdict.object = verdict.object.filter(|object| request.object() != Some(object));
        if self.monitor {
            verdict.accepted = true;
            verdict.object = None;
            for finding in &mut verdict.findings {
                if finding.severity == Severity::Error {
                    finding.severity = Severity::Note;
                }
            }
        } else if verdict.object.is_some() && (!self.mutating || request.object().is_none()) {
            let why = if self.mutating { "nothing is left to change" } else { "its manifest says `mutating: false`" };
            let message = format!("the policy {} wants to change the object, and {why}", self.name);
            verdict = Verdict {
                accepted: false,
                object: None,
                findings: verdict
                    .findings
                    .into_iter()
                    .chain([Finding::new(POLICY_RULE, Severity::Error, message)])
                    .collect(),
                ..verdict
            };
        }
        Ok(verdict)
    }
}
