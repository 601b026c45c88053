//! `render`: the manifests with the plan in them, all or none, so that it serves as a Helm post-renderer.

use super::{Stop, Terminal, each_file, finish, set_up};
use crate::args::Render;
use crate::check::{self, Checked, Want};
use crate::exit::Exit;
use crate::report::text;
use std::ops::ControlFlow;
use waitwarden_review::render::{join, rendered};

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
