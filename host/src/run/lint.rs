//! `lint`: what is wrong.

use super::{Stop, Terminal, each_file, finish, set_up};
use crate::args::{Format, Lint};
use crate::check::{self, Want};
use crate::exit::Exit;
use crate::report::{json, text};
use std::ops::ControlFlow;

pub(super) async fn run(command: &Lint, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let setup = set_up(&command.common, false, terminal)?;
    let check = |input: &_, evaluator: &_| check::check(input, evaluator, Want::Findings);
    let counts = match command.format {
        Format::Text => {
            let print = |shown: String| terminal.print(&shown);
            let counts =
                each_file(&command.common, setup.evaluator, check, |checked| text::findings(&checked), print).await?;
            if !terminal.quiet {
                let _ = terminal.print(&text::summary(&counts, setup.built_in));
            }
            counts
        }
        Format::Json => {
            let show = |checked| Some((json::findings(&checked).ok()?, json::plans(&checked).ok()?));
            let (mut plans, mut first) = (Vec::new(), true);
            let _ = terminal.print(json::HEAD);
            let print = |shown: Option<(Vec<String>, Vec<String>)>| {
                let Some((findings, mut more)) = shown else { return ControlFlow::Continue(()) };
                plans.append(&mut more);
                let mut text = String::new();
                for finding in findings {
                    text.push_str(if std::mem::take(&mut first) { "\n" } else { ",\n" });
                    text.push_str(&finding);
                }
                terminal.print(&text)
            };
            let counts = each_file(&command.common, setup.evaluator, check, show, print).await?;
            let tail = json::tail(&counts, &plans).unwrap_or_default();
            let _ = terminal.print(if first { "" } else { "\n" });
            let _ = terminal.print(&tail);
            counts
        }
    };
    Ok(finish(&counts, counts.at_least(command.fail_on.into()), &command.common, terminal))
}
