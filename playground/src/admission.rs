//! One policy, asked as the API server asks it.

use crate::guest::Policy;
use crate::settings;
use serde_json::Value;
use std::rc::Rc;
use waitwarden_review::admitted::{Admit, Admitted, Asked, Asking, NOT_EVALUATED};
use waitwarden_review::failure::Error;
use waitwarden_review::host_calls::HostCalls;
use waitwarden_review::own;
use waitwarden_review::request::Request;
use waitwarden_review::rules::Rules;
use waitwarden_review::verdict::{Finding, POLICY_RULE, Severity, Verdict};

/// A policy with its settings, everywhere, and it may change things.
#[derive(Clone)]
pub(crate) struct Admission {
    pub(crate) policy: Rc<Policy>,
    /// The policy of the release, whose settings are known.
    pub(crate) built_in: bool,
    pub(crate) settings: Value,
    pub(crate) rules: Rules,
    pub(crate) host: Rc<dyn HostCalls>,
}

impl Admit for Admission {
    fn ask(&self, asking: Asking<'_>) -> Admitted {
        let mut admitted = Admitted { accepted: true, ..Admitted::default() };
        let mut request = Request::new(asking.operation, asking.object, asking.old, asking.identity, asking.user);
        if let Some(sent) = asking.sent {
            request = request.sent(sent);
        }
        if !self.rules.name(&request) {
            return admitted;
        }
        admitted.asked = Asked::Yes;
        let said = self.verdict(&request).unwrap_or_else(|error| {
            admitted.asked = Asked::Failed;
            let finding = Finding::new(NOT_EVALUATED, Severity::Error, error.to_string());
            Verdict { findings: vec![finding], ..Verdict::default() }
        });
        admitted.add(said, None, asking);
        admitted
    }

    fn review(&self, object: &Value) -> Vec<Finding> {
        if self.built_in { own::review(object, |settings| settings::valid(settings, &self.policy)) } else { Vec::new() }
    }

    fn with_settings(&self, mut change: impl FnMut(&Value) -> Value) -> Self {
        let settings = if self.built_in { change(&self.settings) } else { self.settings.clone() };
        Self { settings, ..self.clone() }
    }
}

impl Admission {
    fn verdict(&self, request: &Request<'_>) -> Result<Verdict, Error> {
        let payload = request.envelope(&self.settings).map_err(|error| Error::Engine(error.to_string()))?;
        let answer = self.policy.call("validate", &payload, Rc::clone(&self.host))?;
        let mut verdict = Verdict::read(&answer).map_err(Error::Answer)?;
        verdict.object = verdict.object.filter(|object| request.object() != Some(object));
        if verdict.object.is_some() && request.object().is_none() {
            let message = "the policy wants to change the object, and nothing is left to change";
            verdict.accepted = false;
            verdict.object = None;
            verdict.findings.push(Finding::new(POLICY_RULE, Severity::Error, message));
        }
        Ok(verdict)
    }
}
