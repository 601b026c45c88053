//! `explain`: what a rule means.

use super::{Stop, Terminal};
use crate::args::Explain;
use crate::exit::Exit;
use crate::explain::{list, nearest, page};

pub(super) fn run(command: &Explain, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let text = match command.rule.as_deref() {
        None => list(),
        Some(rule) => page(rule).map(crate::explain::Page::styled).ok_or_else(|| {
            Stop::usage(match nearest(rule) {
                Some(near) => format!("there is no rule `{rule}`; did you mean `{near}`?"),
                None => format!("there is no rule `{rule}`; `waitwarden explain` lists them"),
            })
        })?,
    };
    let _ = terminal.print(&text);
    Ok(Exit::Clean)
}
