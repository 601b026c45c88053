//! `render`: the manifests with the plan in them, all or none, so that it serves as a Helm post-renderer.

use super::{Stop, Terminal, each_file, finish, set_up};
use crate::args::Render;
use crate::check::{self, Checked, Part, Want};
use crate::exit::Exit;
use crate::report::text;
use std::ops::ControlFlow;

pub(super) async fn run(command: &Render, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let setup = set_up(&command.common, true, terminal)?;
    let want = if command.pods { Want::TextAndPods } else { Want::Text };
    let check = move |input: &_, evaluator: &_| check::check(input, evaluator, want);
    let show = |checked: Checked| {
        let refused = text::refusals(&checked);
        (rendered(&checked), refused)
    };
    let mut whole = String::new();
    let print = |(text, refused): (String, String)| {
        terminal.print_err(&refused);
        join(&mut whole, &text);
        ControlFlow::Continue(())
    };
    let counts = each_file(&command.common, setup.evaluator, check, show, print).await?;
    let exit = finish(&counts, counts.errors, &command.common, terminal);
    if exit == Exit::Clean {
        let _ = terminal.print(&whole);
    } else if !terminal.quiet {
        terminal.complain("error", "nothing is rendered");
    }
    Ok(exit)
}

/// A file as it should be.
fn rendered(checked: &Checked) -> String {
    let mut text = String::new();
    for part in &checked.parts {
        match part {
            Part::Same(range) => text.push_str(checked.text.get(range.clone()).unwrap_or_default()),
            Part::Changed(changed) => text.push_str(changed),
            Part::Pod(owner, pod) => {
                join(&mut text, &format!("---\n# The Pod of {}\n{}", owner.label(), waitwarden_manifest::print(pod)));
            }
        }
    }
    text
}

/// Puts another document, or file, behind what there is.
fn join(text: &mut String, more: &str) {
    if more.is_empty() {
        return;
    }
    if !text.is_empty() {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        if !more.starts_with("---") {
            text.push_str("---\n");
        }
    }
    text.push_str(more);
}
