//! What can be wrong between a declaration and the rest of the cluster.
//!
//! The rules are run again after each round of answers, from the beginning: what they read and nobody has answered yet is
//! what is asked next. They are cheap, and so nothing has to remember where it was.

use crate::annotation::{Declaration, Declared};
use crate::cluster::{Answer, Facts, Kind, Known, Question};
use crate::finding::{Finding, Severity};
use crate::path::at;
use crate::settings::{LookupMode, Settings};
use neighbours::Neighbours;
use serde_json::Value;

mod cycle;
mod behind;
mod neighbours;
mod object;
mod own;
mod permission;
mod rule;
mod space;

/// Rounds of questions.
const ROUNDS: usize = 8;
/// Questions of one round; what is left over is asked in the next.
const QUESTIONS: usize = 64;
/// Longer reasons are cut.
const LONGEST_REASON: usize = 160;

/// A declaration that was understood and not refused, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Inquiry<'v> {
    /// The kind of the object.
    pub(crate) kind: &'v str,
    /// Its namespace.
    pub(crate) namespace: &'v str,
    /// What it is, in words.
    pub(crate) subject: String,
    /// The object.
    pub(crate) object: &'v Value,
    /// Its Pod or template.
    pub(crate) template: &'v Value,
    /// What it declares.
    pub(crate) declaration: Declaration,
    /// The settings.
    pub(crate) settings: &'v Settings,
}

impl Inquiry<'_> {
    /// Is this the object itself?
    fn is_itself(&self, kind: Kind, namespace: &str, name: &str) -> bool {
        kind.name() == self.kind
            && namespace == self.namespace
            && at(self.object, "/metadata/name").is_some_and(|own| own == name)
    }

    /// Runs the rules, asking as long as something has to be known.
    pub(crate) fn run(&self, answer: &mut dyn FnMut(&Question) -> Answer) -> Vec<Finding> {
        let asks = self.settings.lookups.mode != LookupMode::Off && !self.namespace.is_empty();
        let mut facts = if asks { Facts::default() } else { Facts::off() };
        let mut rounds = 0;
        loop {
            let (mut findings, cut) = self.findings(&facts);
            let open = facts.take_open(QUESTIONS);
            if open.is_empty() || rounds == ROUNDS {
                self.say_what_failed(&facts, &mut findings);
                if cut || !open.is_empty() {
                    findings.push(self.bounded());
                }
                return findings;
            }
            rounds += 1;
            for question in open {
                let known = answer(&question);
                facts.note(question, known, &self.settings.prefix);
            }
        }
    }

    /// What is wrong as far as is known; whether a bound was reached.
    fn findings(&self, facts: &Facts) -> (Vec<Finding>, bool) {
        let mut report = Report { inquiry: self, findings: Vec::new() };
        own::check(&mut report);
        object::check(facts, &mut report);
        let mut neighbours = Neighbours::new(self, facts);
        behind::check(&mut neighbours, &mut report);
        let cut = cycle::check(&mut neighbours, &mut report);
        permission::check(facts, &mut report);
        (report.findings, cut)
    }

    /// A lookup that was denied or failed is never passed over in silence.
    fn say_what_failed(&self, facts: &Facts, findings: &mut Vec<Finding>) {
        let mut failed = Vec::new();
        for (question, known) in facts.known() {
            if let Known::Denied(why) | Known::Failed(why) = known {
                failed.push((question, why));
            }
        }
        let Some((_, why)) = failed.first() else {
            return;
        };
        let mut message = "could not be looked up: ".to_owned();
        for (nth, (question, _)) in failed.iter().take(3).enumerate() {
            message.push_str(if nth == 0 { "" } else { ", " });
            message.push_str(&question.to_string());
        }
        if let Some(more) = failed.len().checked_sub(3).filter(|more| *more > 0) {
            message.push_str(", and ");
            message.push_str(&more.to_string());
            message.push_str(" more");
        }
        let end = (0..=LONGEST_REASON.min(why.len())).rev().find(|at| why.is_char_boundary(*at)).unwrap_or(0);
        message.push_str(" (");
        message.push_str(why.get(..end).unwrap_or_default());
        message.push(')');
        let required = self.settings.lookups.mode == LookupMode::Required;
        let severity = if required { Severity::Error } else { rule::severity(rule::LOOKUP_FAILED) };
        findings.push(Finding::new(rule::LOOKUP_FAILED, severity, &self.declaration.pointer, message).help(
            if required {
                "grant the policy what it asks for, or set `lookups.mode: optional`"
            } else {
                "nothing is said about these; docs/lookups.md names the rights that lookups need"
            },
        ));
    }

    fn bounded(&self) -> Finding {
        Finding::new(
            rule::LOOKUP_FAILED,
            Severity::Note,
            &self.declaration.pointer,
            "there is more to look up than one request may ask for",
        )
        .help("what was not looked up is not judged here; `waitwarden lint` with the manifests sees more")
    }
}

/// What is said, with the severities of the settings.
struct Report<'i> {
    inquiry: &'i Inquiry<'i>,
    findings: Vec<Finding>,
}

impl Report<'_> {
    /// Says something about a dependency.
    fn about(&mut self, declared: &Declared, rule: &'static str, message: String, help: &str) {
        let pointer = self.inquiry.declaration.pointer.clone();
        self.say(pointer, rule, message, help);
        if let Some(finding) = self.findings.last_mut().filter(|finding| finding.rule == rule) {
            finding.span = Some(declared.span.clone());
        }
    }

    /// As [`Self::about`], whatever the settings say.
    fn always(&mut self, declared: &Declared, rule: &'static str, severity: Severity, message: String, help: &str) {
        let pointer = &self.inquiry.declaration.pointer;
        self.findings.push(Finding::new(rule, severity, pointer, message).help(help).span(declared.span.clone()));
    }

    /// Says something about a value of the object.
    fn say(&mut self, pointer: String, rule: &'static str, message: String, help: &str) {
        let set = self.inquiry.settings.findings.iter().find(|(name, _)| *name == rule);
        let severity = set.map_or_else(|| Some(rule::severity(rule)), |(_, severity)| *severity);
        if let Some(severity) = severity {
            self.findings.push(Finding::new(rule, severity, pointer, message).help(help));
        }
    }
}
