//! Policies as the API server asks them: which of them a request concerns, in which order, and what is left of it.

mod condition;
mod load;
mod manifest;
mod namespaces;
mod own;
mod selector;

pub use load::{LoadError, Loaded, Surroundings, load};
pub use namespaces::Namespaces;

use crate::engine::{Error, Policy};
use crate::request::{Identity, Operation, Request, User, trace, unplaced};
use crate::rules::Rules;
use crate::verdict::{Finding, POLICY_RULE, Severity, Verdict};
use condition::{Condition, Held};
use selector::{Matched, Selector};
use serde_json::Value;

/// The rule of what could not be evaluated.
pub const NOT_EVALUATED: &str = "not-evaluated";

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

/// A request that somebody is about to make.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// What is about to happen.
    pub operation: Operation,
    /// The object as it should be; none where it is deleted.
    pub object: Option<&'a Value>,
    /// The object as it is in the cluster; none where it is created.
    pub old: Option<&'a Value>,
    /// What it is.
    pub identity: &'a Identity,
    /// Who asks.
    pub user: User<'a>,
    /// The whole request, where somebody wrote one.
    pub sent: Option<&'a Value>,
}

/// Did a policy have a say?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// Their rules and selectors do not name it.
    #[default]
    No,
    /// One answered.
    Yes,
    /// One failed, or nobody knows whether it is to be asked.
    Failed,
}

/// What came of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admitted {
    /// May it pass?
    pub accepted: bool,
    /// The object as the policies want it, where that is not as it was asked.
    pub object: Option<Value>,
    /// All that is said. Pointers are those of the object as it was asked.
    pub findings: Vec<Finding>,
    /// What the policy understood.
    pub plan: Option<Value>,
    /// Did a policy have a say?
    pub asked: Asked,
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

    /// The same, where the policy that is built in has other settings.
    #[must_use]
    pub fn with_settings(&self, mut change: impl FnMut(&Value) -> Value) -> Self {
        let mut all = self.clone();
        for admission in all.policies.iter_mut().filter(|admission| admission.built_in) {
            admission.settings = change(&admission.settings);
        }
        all
    }

    /// Is the only one the policy that is built in?
    pub fn built_in(&self) -> bool {
        self.policies.iter().all(|admission| admission.built_in)
    }

    /// What is wrong with a manifest that would put the policy that is built in into a cluster.
    pub fn review(&self, object: &Value) -> Vec<Finding> {
        let built_in = self.policies.iter().find(|admission| admission.built_in);
        built_in.map(|admission| own::review(object, &admission.policy)).unwrap_or_default()
    }

    /// Asks all of them: the mutating ones each about the result of the one before, the others about the last result.
    pub fn ask(&self, asking: Asking<'_>) -> Admitted {
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
        // Places are those of what was asked; a policy that came later speaks of what the ones before made of it.
        if let (Some(changed), Some(asked)) = (&current, asking.object) {
            for finding in &mut said.findings {
                let (pointer, exact) = trace(&finding.pointer, changed, asked);
                finding.pointer = pointer;
                finding.span = finding.span.take().filter(|_| exact);
            }
        }
        admitted.findings.append(&mut said.findings);
        admitted.plan = admitted.plan.take().or(said.plan);
        admitted.accepted &= said.accepted;
        let changed = said.object.map(|object| match asking.object {
            Some(asked) if asking.sent.is_none() => unplaced(object, asked),
            _ => object,
        });
        admitted.object = changed.or(current).filter(|object| Some(object) != asking.object);
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
