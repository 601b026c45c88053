//! One object, judged: itself, and the Pod that its controller would create.

use crate::engine::{Error, Policy};
use crate::request::{self, Identity, Resource, User, WorkloadPod, workload_pod};
use crate::rules::Rules;
use crate::verdict::{Finding, Severity, Verdict};
use serde_json::{Value, json};

/// The rule of what could not be evaluated.
pub const NOT_EVALUATED: &str = "not-evaluated";

/// Asks one policy, with one set of settings.
#[derive(Clone, Debug)]
pub struct Evaluator {
    policy: Policy,
    rules: Rules,
    settings: Value,
    namespace: String,
}

/// Did the policy have a say about an object or its Pod?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// Its rules name neither.
    #[default]
    No,
    /// It answered.
    Yes,
    /// It failed: nobody knows what it would say.
    Failed,
}

/// All that is known of an object.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// What it is.
    pub identity: Identity,
    /// What is said about it and its Pod. Pointers are the object's, as it was written.
    pub findings: Vec<Finding>,
    /// What the policy understood.
    pub plan: Option<Value>,
    /// The object as the policy wants it, where that is not as it was written.
    pub changed: Option<Value>,
    /// The Pod as it would come into the cluster; none where there is no Pod or one is refused.
    pub pod: Option<Value>,
    /// Its Pod gets init containers that nobody wrote.
    pub gains: bool,
    /// The object or its Pod would be changed.
    pub touched: bool,
    /// Did the policy have a say?
    pub asked: Asked,
}

impl Evaluator {
    /// The namespace is for objects that name none.
    pub fn new(policy: Policy, rules: Rules, settings: Value, namespace: String) -> Self {
        Self { policy, rules, settings, namespace }
    }

    /// The same with other settings.
    #[must_use]
    pub fn with_settings(&self, change: impl FnOnce(&Value) -> Value) -> Self {
        Self { settings: change(&self.settings), ..self.clone() }
    }

    /// Judges an object that is about to be created.
    pub fn judge(&self, object: &Value) -> Judged {
        let identity = Identity::of(object, &self.namespace);
        let mut judged = Judged { identity: identity.clone(), ..Judged::default() };
        let verdict = match self.ask(object, &identity, User::Person, &mut judged.asked) {
            Ok(verdict) => verdict,
            Err(error) => {
                judged.fail(String::new(), &error);
                return judged;
            }
        };
        judged.findings = verdict.findings;
        judged.plan = verdict.plan;
        judged.changed = verdict.object.filter(|changed| changed != object);
        judged.touched = judged.changed.is_some();
        if !verdict.accepted {
            return judged;
        }
        let current = judged.changed.as_ref().unwrap_or(object);
        if let Some(pod) = workload_pod(current, &judged.identity) {
            self.judge_pod(&pod, object, &mut judged);
        } else if judged.identity.kind == "Pod" && judged.identity.group().is_empty() {
            judged.gains = init_containers(Some(current)) > init_containers(Some(object));
            judged.pod = Some(current.clone());
        }
        judged
    }

    /// Judges a request as somebody sent it: no Pod is made up behind it. Pointers are those of its object.
    pub fn judge_request(&self, request: &Value) -> Judged {
        let text = |pointer: &str| request.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let object = request.get("object").filter(|object| object.is_object()).or_else(|| request.get("oldObject"));
        let object = object.unwrap_or(&Value::Null);
        let mut judged = Judged { identity: Identity::of(object, text("/namespace")), ..Judged::default() };
        let mut resource = text("/resource/resource").to_owned();
        if !text("/subResource").is_empty() {
            resource = format!("{resource}/{}", text("/subResource"));
        }
        let resource = Resource { group: text("/resource/group"), version: text("/resource/version"), resource };
        if !self.rules.match_resource(&resource, text("/operation")) {
            return judged;
        }
        judged.asked = Asked::Yes;
        let payload = json!({"request": request, "settings": self.settings}).to_string();
        let answer = self.policy.call("validate", payload.as_bytes()).answer;
        match answer.and_then(|answer| Verdict::read(&answer).map_err(Error::Answer)) {
            Err(error) => judged.fail(String::new(), &error),
            Ok(verdict) => {
                judged.findings = verdict.findings;
                judged.plan = verdict.plan;
                judged.changed = verdict.object.filter(|changed| changed != object);
                judged.touched = judged.changed.is_some();
                judged.gains = init_containers(judged.changed.as_ref()) > init_containers(Some(object));
            }
        }
        judged
    }

    fn judge_pod(&self, pod: &WorkloadPod, workload: &Value, judged: &mut Judged) {
        let verdict = match self.ask(&pod.object, &pod.identity, pod.user, &mut judged.asked) {
            Ok(verdict) => verdict,
            Err(error) => {
                judged.fail(pod.template.to_owned(), &error);
                return;
            }
        };
        for mut finding in verdict.findings {
            let (pointer, exact) = pod.origin(&finding.pointer, workload);
            finding.pointer = pointer;
            finding.span = finding.span.filter(|_| exact);
            if !judged.findings.iter().any(|said| same(said, &finding)) {
                judged.findings.push(finding);
            }
        }
        judged.plan = judged.plan.take().or(verdict.plan);
        if verdict.accepted {
            judged.touched |= verdict.object.is_some();
            let admitted = verdict.object.unwrap_or_else(|| pod.object.clone());
            judged.gains = init_containers(Some(&admitted)) > init_containers(workload.pointer(pod.template));
            judged.pod = Some(admitted);
        }
    }

    /// What the policy does not want to be asked about is accepted, as in the cluster.
    fn ask(&self, object: &Value, identity: &Identity, user: User, asked: &mut Asked) -> Result<Verdict, Error> {
        let request = request::create(object, identity, user);
        if !self.rules.name(&request) {
            return Ok(Verdict { accepted: true, ..Verdict::default() });
        }
        *asked = Asked::Yes;
        let payload = request.envelope(&self.settings).map_err(|error| Error::Engine(error.to_string()))?;
        let answer = self.policy.call("validate", &payload).answer?;
        Verdict::read(&answer).map_err(Error::Answer)
    }
}

impl Judged {
    /// Is the object refused, or the Pod behind it?
    pub fn refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    fn fail(&mut self, pointer: String, error: &Error) {
        self.asked = Asked::Failed;
        let finding = Finding::new(NOT_EVALUATED, Severity::Error, error.to_string());
        self.findings.push(Finding { pointer, ..finding });
    }
}

/// Said already? A policy may be milder with the Pod of a workload than with the workload itself; plain text has no place.
fn same(said: &Finding, new: &Finding) -> bool {
    said.rule == new.rule
        && said.message == new.message
        && (new.rule == crate::verdict::POLICY_RULE || (said.pointer == new.pointer && said.span == new.span))
}

fn init_containers(pod: Option<&Value>) -> usize {
    pod.and_then(|pod| pod.pointer("/spec/initContainers")).and_then(Value::as_array).map_or(0, Vec::len)
}
