//! One request, one verdict. Which requests are left alone, and why, is all in [`decide`].

use crate::allow;
use crate::annotation::{self, Declaration, Entry};
use crate::apply::apply;
use crate::audit::understood;
use crate::cluster::{Answer, Question};
use crate::compare::compare;
use crate::copy;
use crate::finding::{Finding, Severity};
use crate::inquiry::Inquiry;
use crate::marker::Marker;
use crate::path::{at, at_mut};
use crate::plan::{Plan, list, plan, role};
use crate::request::Request;
use crate::settings::{Mode, Settings};
use crate::verdict::Verdict;
use crate::workload::{controller, handled_owner, is_mirror, is_windows, template};
use serde_json::Value;

/// Decides about an `AdmissionRequest` without looking at anything else. Total: any JSON gets a verdict.
pub fn decide(request: &Value, settings: &Settings) -> Verdict {
    begin(request, settings).0
}

/// As [`decide`], and looks at the rest of the cluster, as far as the settings want it. `answer` is asked in rounds of
/// bounded size; each question is asked once.
pub fn decide_with(request: &Value, settings: &Settings, answer: &mut dyn FnMut(&Question) -> Answer) -> Verdict {
    let (mut verdict, inquiry) = begin(request, settings);
    if let Some(inquiry) = inquiry {
        verdict.findings.extend(inquiry.run(answer));
        if !verdict.accepted() {
            verdict.object = None;
        }
    }
    verdict
}

/// What can be said of the request alone, and what is left to ask.
fn begin<'v>(request: &'v Value, settings: &'v Settings) -> (Verdict, Option<Inquiry<'v>>) {
    let request = Request::read(request);
    let changes = request.operation == "CREATE" || request.operation == "UPDATE";
    if !changes || request.subresource {
        return (Verdict::accept(), None);
    }
    if settings.exempt.iter().any(|name| name == request.namespace) {
        return (exempt(&request, settings), None);
    }
    match template(request.group, request.kind) {
        None => (other(&request, settings), None),
        Some("") => pod(&request, settings),
        Some(base) => workload(&request, base, settings),
    }
}

/// A namespace in which nothing is done: what carries a declaration gets a note, unless its owner got it.
fn exempt(request: &Request<'_>, settings: &Settings) -> Verdict {
    let mut verdict = Verdict::accept();
    if carries(request, settings) && handled_owner(request.object).is_none() {
        let message = format!("nothing is done in the namespace `{}`", request.namespace);
        verdict.findings.push(
            Finding::new("exempt-namespace", Severity::Note, "/metadata", message)
                .help("the setting `exempt.namespaces` names it"),
        );
    }
    verdict
}

/// Is there a declaration, wherever it may stand?
fn carries(request: &Request<'_>, settings: &Settings) -> bool {
    ["", "/spec/template", template(request.group, request.kind).unwrap_or_default()].iter().any(|base| {
        let annotations = at(request.object, &format!("{base}/metadata/annotations"));
        !annotation::entries(annotations, &settings.prefix, base).is_empty()
    })
}

/// A kind that is not handled: one that carries a declaration gets a note.
fn other(request: &Request<'_>, settings: &Settings) -> Verdict {
    let mut verdict = Verdict::accept();
    if carries(request, settings) {
        verdict.findings.push(
            Finding::new("other-kind", Severity::Note, "/kind", format!("a {} is not looked into", request.kind))
                .help("its Pods are handled when they are created, if their template carries the declaration"),
        );
    }
    verdict
}

fn pod<'v>(request: &Request<'v>, settings: &'v Settings) -> (Verdict, Option<Inquiry<'v>>) {
    let object = request.object;
    if request.operation == "UPDATE" || is_mirror(object) {
        return (Verdict::accept(), None);
    }
    let entries = annotation::entries(at(object, "/metadata/annotations"), &settings.prefix, "");
    if entries.is_empty() && !holds_ours(object, settings) {
        return (Verdict::accept(), None);
    }
    let mut verdict = Verdict { subject: request.subject(), ..Verdict::default() };
    if is_windows(object) {
        verdict.findings.push(Finding::new(
            "windows",
            Severity::Warning,
            "/metadata/annotations",
            "on Windows nothing is waited for",
        ));
        return (verdict, None);
    }
    let owner = handled_owner(object);
    // What a handled owner declares was asked about when the owner came in: scheduling must not depend on it.
    let enforce = if owner.is_some() && !settings.enforce_on_all_pods { Severity::Warning } else { Severity::Error };
    let declaration = annotation::read(&entries, &settings.prefix, &mut verdict.findings);
    if let Some(plan) = planned(object, "", &entries, &declaration, settings, enforce, &mut verdict) {
        let subject = owner
            .map_or_else(|| verdict.subject.clone(), |(kind, name)| format!("{kind} {}/{name}", request.namespace));
        verdict.plan = Some(understood(&declaration, object, &subject));
        match settings.mode {
            Mode::Mutate => mutate(&mut verdict, object, |changed| apply(changed, plan)),
            Mode::Validate => verdict.findings.extend(compare(object, &plan)),
        }
    }
    let inquiry = if owner.is_none() { inquiry(request, object, declaration, settings, &verdict) } else { None };
    (verdict, inquiry)
}

fn workload<'v>(request: &Request<'v>, base: &str, settings: &'v Settings) -> (Verdict, Option<Inquiry<'v>>) {
    let object = request.object;
    let template = at(object, base).unwrap_or(&Value::Null);
    let (declared, pods) = (declared(object, "", settings), declared(template, base, settings));
    let marker = Marker::read(template, &settings.prefix);
    if (declared.is_empty() && pods.is_empty() && marker.copied.is_empty() && !holds_ours(template, settings))
        || handled_owner(object).is_some()
    {
        return (Verdict::accept(), None);
    }
    let mut verdict = Verdict { subject: request.subject(), ..Verdict::default() };
    if is_windows(template) {
        verdict.findings.push(Finding::new(
            "windows",
            Severity::Warning,
            format!("{base}/metadata/annotations"),
            "on Windows nothing is waited for",
        ));
        return (verdict, None);
    }
    let old = at(request.old, base).unwrap_or(&Value::Null);
    let update = request.operation == "UPDATE";
    let pairs = |entries: Vec<Entry<'_>>| -> Vec<(String, Value)> {
        entries.iter().map(|entry| (entry.name.to_owned(), entry.value.clone())).collect()
    };
    let same_declaration = update && pairs(self::declared(request.old, "", settings)) == pairs(declared.clone());
    let unchanged = same_declaration && old == template;
    let frozen = update && (request.group, request.kind) == ("batch", "Job");
    // Another controller compares the template with its own (an Argo Rollout does); its Pods are handled when they come.
    let foreign = controller(object).is_some();
    let kept = unchanged || frozen || foreign;

    let (entries, copies) = copy::merged(&declared, &pods, &marker, settings, &mut verdict.findings);
    let declaration = annotation::read(&entries, &settings.prefix, &mut verdict.findings);
    let planned = planned(template, base, &entries, &declaration, settings, Severity::Error, &mut verdict);
    if let Some(plan) = planned {
        verdict.plan = Some(understood(&declaration, template, &verdict.subject));
        match settings.mode {
            _ if unchanged || frozen => {}
            Mode::Mutate if !foreign => mutate(&mut verdict, object, |changed| {
                if let Some(template) = at_mut(changed, base) {
                    let mut plan = plan;
                    copy::write(template, &copies, &mut plan.marker, &settings.prefix);
                    if settings.templates {
                        apply(template, plan);
                    }
                }
            }),
            _ => {
                for copied in copies.iter().filter(|copied| copied.value.is_some()) {
                    verdict.findings.push(
                        Finding::new(
                            "not-copied",
                            Severity::Error,
                            &copied.pointer,
                            format!(
                                "`{}/{}` stands on the workload and does not reach its Pods",
                                settings.prefix, copied.name
                            ),
                        )
                        .help(if foreign {
                            format!("write it at {base}/metadata/annotations: what its controller makes is not changed")
                        } else {
                            format!(
                                "write it at {base}/metadata/annotations, or let the policy copy it (`mode: mutate`)"
                            )
                        }),
                    );
                }
                if settings.templates {
                    verdict.findings.extend(compare(template, &plan));
                }
            }
        }
    }
    if kept {
        for finding in &mut verdict.findings {
            finding.severity = finding.severity.min(Severity::Warning);
        }
    }
    if frozen && !unchanged {
        verdict.findings.push(
            Finding::new(
                "immutable-template",
                Severity::Warning,
                "/metadata/annotations",
                "a Job's template is immutable: a changed declaration has no effect",
            )
            .help("create the Job again"),
        );
    }
    // Controllers update their objects all the time, and what cannot change is not worth a question.
    let inquiry = if kept { None } else { inquiry(request, template, declaration, settings, &verdict) };
    (verdict, inquiry)
}

/// What is left to ask: nothing where there is no declaration, or where it is refused or left alone.
fn inquiry<'v>(
    request: &Request<'v>,
    template: &'v Value,
    declaration: Declaration,
    settings: &'v Settings,
    verdict: &Verdict,
) -> Option<Inquiry<'v>> {
    (verdict.plan.is_some() && verdict.accepted() && !declaration.dependencies.is_empty()).then(|| Inquiry {
        kind: request.kind,
        namespace: request.namespace,
        subject: verdict.subject.clone(),
        object: request.object,
        template,
        declaration,
        settings,
    })
}

fn declared<'v>(object: &'v Value, base: &str, settings: &Settings) -> Vec<Entry<'v>> {
    annotation::entries(at(object, "/metadata/annotations"), &settings.prefix, base)
}

/// Does the Pod or template hold something of ours?
fn holds_ours(template: &Value, settings: &Settings) -> bool {
    list(template, "initContainers").iter().any(|container| role(container).is_some())
        || Marker::read(template, &settings.prefix) != Marker::default()
}

/// Checks and plans; none where the declaration asks to leave the Pod alone, or something is refused.
fn planned(
    template: &Value,
    base: &str,
    entries: &[Entry<'_>],
    declaration: &Declaration,
    settings: &Settings,
    enforce: Severity,
    verdict: &mut Verdict,
) -> Option<Plan> {
    if !declaration.inject {
        let pointer = entries.iter().find(|entry| entry.name == "inject").map(|entry| entry.pointer.clone());
        verdict.findings.push(Finding::new(
            "left-alone",
            Severity::Warning,
            pointer.unwrap_or_default(),
            format!("`{}/inject: \"false\"`: these Pods are left alone", settings.prefix),
        ));
        return None;
    }
    allow::check(declaration, settings, enforce, &mut verdict.findings);
    if entries.is_empty() {
        // Nothing is declared any more: what is ours goes.
        let marker = Marker::read(template, &settings.prefix);
        return Some(Plan::nothing(base, settings, marker));
    }
    let plan = plan(template, base, declaration, settings, enforce, &mut verdict.findings);
    verdict.accepted().then_some(plan)
}

/// Changes a copy of the object; it is part of the verdict only where it differs.
fn mutate(verdict: &mut Verdict, object: &Value, change: impl FnOnce(&mut Value)) {
    let mut changed = object.clone();
    change(&mut changed);
    if changed != *object {
        verdict.object = Some(changed);
    }
}
