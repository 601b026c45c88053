//! `diff`: what the policy would change.

use super::{Stop, Terminal, each_file, finish, set_up};
use crate::args::Diff;
use crate::check::{self, Checked, Want};
use crate::exit::Exit;
use crate::patch;
use crate::report::text;

/// Differences are no failure, as with `waitwarden lint`: the cluster would make them. Refusals are.
pub(super) async fn run(command: &Diff, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let setup = set_up(&command.common, true, terminal)?;
    let check = |input: &_, evaluator: &_| check::check(input, evaluator, Want::Text);
    let show = |checked: Checked| {
        let refused = text::refusals(&checked);
        (patch::unified(&checked.name, &checked.text, &checked.edited()), refused)
    };
    let print = |(diff, refused): (String, String)| {
        terminal.print_err(&refused);
        terminal.print(&diff)
    };
    let counts = each_file(&command.common, setup.evaluator, check, show, print).await?;
    Ok(finish(&counts, counts.errors, &command.common, terminal))
}
