//! A request that somebody is about to make, and what comes of it.

use crate::request::{Identity, Operation, User, trace, unplaced};
use crate::verdict::{Finding, Verdict};
use serde_json::Value;

/// The rule of what could not be evaluated.
pub const NOT_EVALUATED: &str = "not-evaluated";

/// Policies, asked as the API server asks them.
pub trait Admit {
    /// Asks all of them.
    fn ask(&self, asking: Asking<'_>) -> Admitted;

    /// What is wrong with a manifest that would put the policy of the release into a cluster.
    fn review(&self, object: &Value) -> Vec<Finding>;

    /// The same, where the policy of the release has other settings.
    #[must_use]
    fn with_settings(&self, change: impl FnMut(&Value) -> Value) -> Self;
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

impl Admitted {
    /// Takes in what a policy said about the object as the ones before it had made it; `current` is none where they
    /// changed nothing. Places become those of what was asked: a policy that came later speaks of what the others made of
    /// it.
    pub fn add(&mut self, mut said: Verdict, current: Option<Value>, asking: Asking<'_>) {
        if let (Some(changed), Some(asked)) = (&current, asking.object) {
            for finding in &mut said.findings {
                let (pointer, exact) = trace(&finding.pointer, changed, asked);
                finding.pointer = pointer;
                finding.span = finding.span.take().filter(|_| exact);
            }
        }
        self.findings.append(&mut said.findings);
        self.plan = self.plan.take().or(said.plan);
        self.accepted &= said.accepted;
        let changed = said.object.map(|object| match asking.object {
            Some(asked) if asking.sent.is_none() => unplaced(object, asked),
            _ => object,
        });
        self.object = changed.or(current).filter(|object| Some(object) != asking.object);
    }
}
