//! `graph` and `rbac`: what the declarations of all manifests mean together.

use super::{Setup, Stop, Terminal, each_file, finish, set_up};
use crate::args::{Common, Drawing, Graph as Command, Rbac};
use crate::check::{self, Checked, Counts, Want};
use crate::exit::Exit;
use crate::report::text;
use crate::request::Identity;
use serde_json::Value;
use std::ops::ControlFlow;
use waitwarden_graph::{Graph, Object, Timeouts, Workload, rbac, render};
use waitwarden_review::understood::Plans;

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

async fn understand(common: &Common, terminal: &mut Terminal) -> Result<Understood, Stop> {
    let Setup { evaluator, context, .. } = set_up(common, false, terminal)?;
    let mut plans = Plans::default();
    // What is in the cluster already declares things too.
    for object in context.objects() {
        let judged = evaluator.judge(object);
        if let Some(plan) = judged.plan {
            plans.insert(judged.identity, plan);
        }
    }
    let check = |input: &_, evaluator: &_| check::check(input, evaluator, Want::Findings);
    let show = |checked: Checked| (text::refusals(&checked), checked.plans);
    let each = |(refused, found): (String, Vec<(Identity, Value)>)| {
        terminal.print_err(&refused);
        for (identity, plan) in found {
            plans.insert(identity, plan);
        }
        ControlFlow::Continue(())
    };
    let counts = each_file(common, evaluator, check, show, each).await?;
    let (workloads, objects) = plans.among(context.cluster());
    Ok(Understood { workloads, objects, counts })
}
