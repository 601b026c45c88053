//! One object, judged: itself, and the Pod that its controller would create.

use crate::admitted::{Admitted, Asking};
use crate::old::Old;
use crate::request::{Identity, Operation, User, UserInfo, WorkloadPod, workload_pod};
use crate::verdict::{Finding, Severity};
use serde_json::Value;

pub use crate::admitted::{Admit, Asked, NOT_EVALUATED};

/// The rule of an object that is not there yet, where it was to be updated.
pub const CREATED: &str = "created";

/// Asks the policies of a run.
#[derive(Clone, Debug)]
pub struct Evaluator<A> {
    admissions: A,
    circumstances: Circumstances,
}

/// What is about to happen to objects, and who does it.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// What is about to happen.
    pub operation: Operation,
    /// The objects as they are in the cluster, for updates.
    pub old: Old,
    /// Who does it; none is somebody with kubectl.
    pub user: Option<UserInfo>,
    /// The namespace of objects that name none.
    pub namespace: String,
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

impl<A: Admit> Evaluator<A> {
    /// Policies, and what happens.
    pub fn new(admissions: A, circumstances: Circumstances) -> Self {
        Self { admissions, circumstances }
    }

    /// The same, where the policy that is built in has other settings.
    #[must_use]
    pub fn with_settings(&self, change: impl FnMut(&Value) -> Value) -> Self {
        Self { admissions: self.admissions.with_settings(change), circumstances: self.circumstances.clone() }
    }

    /// Judges an object that is about to be created, updated or deleted.
    pub fn judge(&self, object: &Value) -> Judged {
        let Circumstances { old, user, namespace, .. } = &self.circumstances;
        let identity = Identity::of(object, namespace);
        let mut judged = Judged { identity: identity.clone(), ..Judged::default() };
        let user = user.as_ref().map_or(User::Person, User::Known);
        let mut asking = Asking {
            operation: self.circumstances.operation,
            object: Some(object),
            old: None,
            identity: &identity,
            user,
            sent: None,
        };
        match asking.operation {
            Operation::Create | Operation::Connect => {}
            Operation::Delete => (asking.object, asking.old) = (None, Some(object)),
            Operation::Update => {
                asking.old = old.find(&identity);
                if asking.old.is_none() {
                    asking.operation = Operation::Create;
                    judged.findings.push(Finding::new(
                        CREATED,
                        Severity::Note,
                        "it is not among the old objects, so it is looked at as one that is created",
                    ));
                }
            }
        }
        let admitted = self.admissions.ask(asking);
        judged.findings.extend(admitted.findings);
        judged.asked = admitted.asked;
        judged.plan = admitted.plan;
        judged.changed = admitted.object;
        judged.touched = judged.changed.is_some();
        judged.findings.extend(self.admissions.review(object));
        if !admitted.accepted || asking.object.is_none() {
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
        let part = |key: &str| request.get(key).filter(|object| object.is_object());
        let (object, old) = (part("object"), part("oldObject"));
        let identity = Identity::of(object.or(old).unwrap_or(&Value::Null), text("/namespace"));
        let operation = match text("/operation") {
            "UPDATE" => Operation::Update,
            "DELETE" => Operation::Delete,
            "CONNECT" => Operation::Connect,
            _ => Operation::Create,
        };
        let user = User::Person;
        let asking = Asking { operation, object, old, identity: &identity, user, sent: Some(request) };
        let Admitted { object: changed, findings, plan, asked, .. } = self.admissions.ask(asking);
        Judged {
            gains: init_containers(changed.as_ref()) > init_containers(object),
            touched: changed.is_some(),
            changed,
            findings,
            plan,
            asked,
            identity: identity.clone(),
            ..Judged::default()
        }
    }

    fn judge_pod(&self, pod: &WorkloadPod, workload: &Value, judged: &mut Judged) {
        let asking = Asking {
            operation: Operation::Create,
            object: Some(&pod.object),
            old: None,
            identity: &pod.identity,
            user: pod.user,
            sent: None,
        };
        let Admitted { accepted, object, findings, plan, asked } = self.admissions.ask(asking);
        judged.asked = judged.asked.max(asked);
        for mut finding in findings {
            let (pointer, exact) = pod.origin(&finding.pointer, workload);
            finding.pointer = pointer;
            finding.span = finding.span.filter(|_| exact);
            if !judged.findings.iter().any(|said| same(said, &finding)) {
                judged.findings.push(finding);
            }
        }
        judged.plan = judged.plan.take().or(plan);
        if accepted {
            judged.touched |= object.is_some();
            let admitted = object.unwrap_or_else(|| pod.object.clone());
            judged.gains = init_containers(Some(&admitted)) > init_containers(workload.pointer(pod.template));
            judged.pod = Some(admitted);
        }
    }
}

impl Judged {
    /// Is the object refused, or the Pod behind it?
    pub fn refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Said already? A policy may be milder with the Pod of a workload than with the workload itself; plain text has no place.
fn same(said: &Finding, new: &Finding) -> bool {
    said.rule == new.rule
        && said.message == new.message
        && (new.rule == crate::verdict::POLICY_RULE
            || new.rule == NOT_EVALUATED
            || (said.pointer == new.pointer && said.span == new.span))
}

fn init_containers(pod: Option<&Value>) -> usize {
    pod.and_then(|pod| pod.pointer("/spec/initContainers")).and_then(Value::as_array).map_or(0, Vec::len)
}
