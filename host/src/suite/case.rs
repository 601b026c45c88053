//! A case, run.

use super::{Case, Expect, Expected, Outcome, Suite, fixture, golden};
use crate::admission::{self, Admissions, Asked, LoadError, Namespaces, Surroundings};
use crate::context::Context;
use crate::engine::Engine;
use crate::evaluate::{Circumstances, Evaluator, Judged};
use crate::old;
use crate::patch;
use crate::verdict::Finding;
use serde_json::Value;
use std::sync::Arc;

/// Runs cases.
#[derive(Debug)]
pub struct Bench<'e> {
    engine: &'e Engine,
    /// Golden files are written rather than compared.
    bless: bool,
    /// The namespace of objects that name none.
    namespace: String,
}

impl<'e> Bench<'e> {
    /// With `bless`, golden files are written rather than compared. The namespace is for objects that name none.
    pub fn new(engine: &'e Engine, bless: bool, namespace: String) -> Self {
        Self { engine, bless, namespace }
    }

    /// Runs a case.
    pub fn run(&self, suite: &Suite, case: &Case) -> Outcome {
        let mut outcome = Outcome {
            suite: suite.file.display().to_string(),
            name: case.name.clone(),
            at: case.at.clone(),
            failures: Vec::new(),
            blessed: false,
        };
        let settings = case.settings.as_ref().unwrap_or(&suite.settings);
        let around = match self.around(suite, case) {
            Ok(around) => around,
            Err(failure) => {
                outcome.failures.push(failure);
                return outcome;
            }
        };
        let settings = (settings, Some(suite.file.as_path()));
        let loaded = admission::load(self.engine, &suite.policy, settings, false, &around);
        let failed = match (&case.expect, loaded) {
            (Expect::SettingsError(regex), Err(LoadError::Settings(message))) if regex.is_match(&message) => Ok(()),
            (Expect::SettingsError(regex), Err(LoadError::Settings(message))) => {
                Err(format!("the settings are refused in other words than `{regex}`: {message}"))
            }
            (Expect::SettingsError(_), Ok(_)) => Err("the settings are valid".to_owned()),
            (_, Err(error)) => Err(error.to_string()),
            (_, Ok(loaded)) => self.judge(loaded.admissions, case, &mut outcome),
        };
        outcome.failures.extend(failed.err());
        outcome
    }

    /// A suite that says what is in the cluster says all of it.
    fn around(&self, suite: &Suite, case: &Case) -> Result<Surroundings, String> {
        let files = case.context.as_ref().unwrap_or(&suite.context);
        let mut objects = Vec::new();
        for file in files {
            objects.extend(fixture::objects(file)?);
        }
        let mut known = Namespaces::default();
        for object in &objects {
            known.add(object);
        }
        let object: Vec<_> = case.object.iter().cloned().collect();
        let context = Context::read(&[], &self.namespace)?.with(objects).inputs(&object).closed(!files.is_empty());
        Ok(Surroundings { known, context: Arc::new(context), ..Surroundings::default() })
    }

    fn judge(&self, admissions: Admissions, case: &Case, outcome: &mut Outcome) -> Result<(), String> {
        let objects = fixture::objects(case.object.as_deref().unwrap_or(std::path::Path::new("")))?;
        let old: Vec<_> = case.old.iter().cloned().collect();
        let circumstances = Circumstances {
            operation: case.operation,
            old: old::read(&old, &self.namespace)?,
            user: case.user.clone(),
            namespace: self.namespace.clone(),
        };
        let evaluator = Evaluator::new(admissions, circumstances);
        let judged: Vec<Judged> = objects.iter().map(|object| evaluator.judge(object)).collect();
        let found = verdict(&judged);
        let wanted = word(&case.expect);
        let findings: Vec<&Finding> = judged.iter().flat_map(|judged| &judged.findings).collect();
        if found != wanted {
            outcome.failures.push(format!("expected {wanted}, found {found}"));
            outcome.failures.extend(findings.iter().map(|finding| line(finding)));
            return Ok(());
        }
        if let Some(expected) = &case.findings {
            outcome.failures.extend(compare(expected, &findings, case.at_least));
        }
        let results = results(&objects, &judged);
        if let Some(path) = &case.golden {
            match golden::check(path, &results, self.bless) {
                Ok(blessed) => outcome.blessed = blessed,
                Err(failure) => outcome.failures.push(failure),
            }
        }
        if found == "mutate" || found == "allow" {
            outcome.failures.extend(again(&evaluator, &results));
        }
        Ok(())
    }
}

/// What came of all objects together: the worst.
fn verdict(judged: &[Judged]) -> &'static str {
    if judged.iter().any(|judged| judged.asked == Asked::Failed) {
        "error"
    } else if judged.iter().any(Judged::refused) {
        "deny"
    } else if judged.iter().any(|judged| judged.touched) {
        "mutate"
    } else {
        "allow"
    }
}

fn word(expect: &Expect) -> &'static str {
    match expect {
        Expect::Allow => "allow",
        Expect::Deny => "deny",
        Expect::Mutate => "mutate",
        Expect::Error => "error",
        Expect::SettingsError(_) => "a settings error",
    }
}

/// The objects as they come into the cluster, each with the Pod that its controller creates.
fn results(objects: &[Value], judged: &[Judged]) -> Vec<Value> {
    let mut results = Vec::new();
    for (object, judged) in objects.iter().zip(judged) {
        results.push(judged.changed.as_ref().unwrap_or(object).clone());
        results.extend(judged.pod.clone().filter(|_| judged.identity.kind != "Pod"));
    }
    results
}

/// Asked about its own results, a policy changes nothing: the API server may ask it twice.
fn again(evaluator: &Evaluator, results: &[Value]) -> Option<String> {
    let twice: Vec<Value> =
        results.iter().map(|result| evaluator.judge(result).changed.unwrap_or_else(|| result.clone())).collect();
    let diff = patch::unified("the result", &golden::print(results), &golden::print(&twice));
    (twice != results).then(|| format!("asked about its own result, the policy changes it again:\n{diff}"))
}

/// Each finding belongs to one that was expected, and each of those has as many as it should.
fn compare(expected: &[Expected], found: &[&Finding], at_least: bool) -> Vec<String> {
    let mut failures = Vec::new();
    let mut rest: Vec<&Finding> = found.to_vec();
    for one in expected {
        let mut left = one.count;
        rest.retain(|finding| {
            let taken = left > 0 && one.matches(finding);
            left -= usize::from(taken);
            !taken
        });
        if left > 0 {
            failures.push(format!("expected {one}, found {} of {}", one.count - left, one.count));
        }
    }
    if !at_least || !failures.is_empty() {
        failures.extend(rest.iter().map(|finding| format!("not expected: {}", line(finding))));
    }
    failures
}

impl Expected {
    fn matches(&self, finding: &Finding) -> bool {
        self.rule == finding.rule
            && self.severity.is_none_or(|severity| severity == finding.severity)
            && self.pointer.as_ref().is_none_or(|pointer| *pointer == finding.pointer)
            && self.message.as_ref().is_none_or(|message| message.is_match(&finding.message))
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.severity {
            Some(severity) => write!(f, "{severity}[{}]", self.rule)?,
            None => write!(f, "[{}]", self.rule)?,
        }
        if let Some(pointer) = &self.pointer {
            write!(f, " at {pointer}")?;
        }
        match &self.message {
            Some(message) => write!(f, " like `{message}`"),
            None => Ok(()),
        }
    }
}

fn line(finding: &Finding) -> String {
    let Finding { rule, severity, pointer, message, .. } = finding;
    let pointer = if pointer.is_empty() { "the object" } else { pointer };
    format!("{severity}[{rule}] at {pointer}: {message}")
}
