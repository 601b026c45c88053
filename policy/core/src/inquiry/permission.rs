//! May the Pod's service account look at what it waits for?

use super::{Report, rule};
use crate::audit::{Ask, asks};
use crate::cluster::{Facts, Question};
use crate::dependency::{Port, Target};
use crate::path::at;
use serde_json::Value;

pub(super) fn check(facts: &Facts, report: &mut Report<'_>) {
    let inquiry = report.inquiry;
    let account =
        at(inquiry.template, "/spec/serviceAccountName").and_then(Value::as_str).filter(|name| !name.is_empty());
    let account = account.unwrap_or("default");
    let user = format!("system:serviceaccount:{}:{account}", inquiry.namespace);
    let mut said = Vec::new();
    for declared in &inquiry.declaration.dependencies {
        let target = &declared.dependency.target;
        let namespace = target.namespace().unwrap_or(inquiry.namespace);
        let (mut rules, mut what) = (String::new(), String::new());
        for Ask { group, resource, verbs, name } in asks(target) {
            let may_not = |verb: &&&'static str| {
                let question = Question::Can {
                    user: user.clone(),
                    namespace: namespace.to_owned(),
                    group: group.to_owned(),
                    resource: resource.clone(),
                    name: name.map(str::to_owned),
                    verb,
                };
                facts.answer(question).allowed() == Some(false)
            };
            let mut missing = String::new();
            for verb in verbs.iter().filter(may_not) {
                list(&mut missing, ", ", verb);
            }
            if missing.is_empty() {
                continue;
            }
            let group = if group.is_empty() { "\"\"" } else { group };
            let rule = format!("{{apiGroups: [{group}], resources: [{resource}], verbs: [{missing}]}}");
            // One Role helps every dependency that needs it.
            let wanted = (namespace, rule.clone());
            if !said.contains(&wanted) {
                list(&mut what, ", ", &format!("{missing} {resource}"));
                list(&mut rules, " and ", &rule);
                said.push(wanted);
            }
        }
        if rules.is_empty() {
            continue;
        }
        let falls_back = inquiry.settings.wait.fallback_tcp;
        let fallback = match target {
            Target::Service { port: Some(Port::Number(number)), .. } if falls_back => {
                format!("; until then a connection to port {number} is all that is waited for")
            }
            Target::Service { name, .. } if falls_back => {
                format!("; or write `service/{name}:PORT`, which falls back to a connection")
            }
            _ => String::new(),
        };
        report.about(
            declared,
            rule::MISSING_PERMISSION,
            format!("the service account `{account}` may not {what} in namespace `{namespace}`"),
            &format!("give it a Role there with {rules}{fallback}"),
        );
    }
}

/// Adds to a list in words.
fn list(text: &mut String, between: &str, one: &str) {
    text.push_str(if text.is_empty() { "" } else { between });
    text.push_str(one);
}
