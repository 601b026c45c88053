//! `graph` and `rbac`: what the declarations of all manifests mean together.

use super::{Setup, Stop, Terminal, each_file, finish, set_up};
use crate::args::{Common, Drawing, Graph as Command, Rbac};
use crate::check::{self, Checked, Counts, Want};
use crate::exit::Exit;
use crate::report::text;
use crate::request::Identity;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use waitwarden_graph::{Graph, Object, Timeouts, Workload, rbac, render};

pub(super) async fn graph(command: &Command, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let Understood { workloads, objects, counts } = understand(&command.common, terminal).await?;
    let graph = Graph::build(&workloads, &objects, Timeouts::default());
    for problem in graph.problems() {
        terminal.note(problem);
    }
    // A cycle is refused, and to see it is what the graph is for.
    let exit = finish(&counts, counts.errors, &command.common, terminal);
    if counts.documents > 0 {
        let _ = terminal.print(&match command.format {
            Drawing::Text => render::text(&graph),
            Drawing::Mermaid => render::mermaid(&graph),
            Drawing::Dot => render::dot(&graph),
            Drawing::Json => render::json(&graph),
            Drawing::Svg => render::svg(&graph),
        });
    }
    Ok(exit)
}

pub(super) async fn rbac(command: &Rbac, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let Understood { workloads, counts, .. } = understand(&command.common, terminal).await?;
    let exit = finish(&counts, counts.errors, &command.common, terminal);
    if exit == Exit::Clean {
        let _ = terminal.print(&rbac::yaml(&rbac::roles(&workloads)));
    } else if !terminal.quiet {
        terminal.complain("error", "no Role is written while something is refused or cannot be read");
    }
    Ok(exit)
}

/// All manifests, and what the policy understood of them.
struct Understood {
    workloads: Vec<Workload>,
    objects: Vec<Object>,
    counts: Counts,
}

/// What tells an object from all others: API group, kind, namespace and name.
type Key = (String, String, String, String);

async fn understand(common: &Common, terminal: &mut Terminal) -> Result<Understood, Stop> {
    let Setup { evaluator, context, .. } = set_up(common, false, terminal)?;
    let mut plans: BTreeMap<Key, (Identity, Value)> = BTreeMap::new();
    // What is in the cluster already declares things too.
    for object in context.objects() {
        let judged = evaluator.judge(object);
        if let Some(plan) = judged.plan {
            plans.insert(key(&judged.identity), (judged.identity, plan));
        }
    }
    let check = |input: &_, evaluator: &_| check::check(input, evaluator, Want::Findings);
    let show = |checked: Checked| (text::refusals(&checked), checked.plans);
    let each = |(refused, found): (String, Vec<(Identity, Value)>)| {
        terminal.print_err(&refused);
        for (identity, plan) in found {
            plans.insert(key(&identity), (identity, plan));
        }
        ControlFlow::Continue(())
    };
    let counts = each_file(common, evaluator, check, show, each).await?;
    let (mut workloads, mut objects) = (Vec::new(), Vec::new());
    for object in context.cluster().objects() {
        let namespace = object.namespace.unwrap_or_default().to_owned();
        let key = (object.group.to_owned(), object.kind.to_owned(), namespace.clone(), object.name.to_owned());
        let plan = plans.remove(&key).map(|(_, plan)| plan);
        if plan.is_some() || has_pods(object.value) {
            workloads.push(Workload { object: object.value.clone(), namespace, plan, timeout: None });
        } else {
            objects.push(Object { object: object.value.clone(), namespace });
        }
    }
    // What the API server names itself (`generateName`) is in no cluster yet.
    for (_, (identity, plan)) in plans {
        let (key, name) =
            if identity.name.is_empty() { ("generateName", &identity.generate_name) } else { ("name", &identity.name) };
        let object = json!({ "apiVersion": identity.api_version, "kind": identity.kind, "metadata": { key: name } });
        workloads.push(Workload { object, namespace: identity.namespace, plan: Some(plan), timeout: None });
    }
    Ok(Understood { workloads, objects, counts })
}

/// Does it hold a Pod or make some? A custom resource does where it has the template that all others have.
fn has_pods(object: &Value) -> bool {
    ["", "/template", "/spec/template", "/spec/jobTemplate/spec/template"]
        .iter()
        .any(|pod| object.pointer(&format!("{pod}/spec/containers")).is_some())
}

fn key(identity: &Identity) -> Key {
    (identity.group().to_owned(), identity.kind.clone(), identity.namespace.clone(), identity.name.clone())
}
