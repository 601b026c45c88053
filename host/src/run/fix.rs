//! `fix`: what `diff` shows, written into the files.

use super::{Stop, Terminal, finish, set_up};
use crate::args::Fix;
use crate::check::{self, Checked, Counts, NOT_EDITED, Want};
use crate::evaluate::Evaluator;
use crate::exit::Exit;
use crate::report::text;
use crate::source::{self, Input, Source};
use crate::verdict::{Finding, Severity};
use crate::{patch, pool, write};
use std::path::Path;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is as the policy wants it.
    Right,
    /// It was written, or would be.
    Written,
    /// Something in it is refused, or the change cannot be made.
    Left,
}

/// A file that was dealt with.
struct Fixed {
    name: String,
    outcome: Outcome,
    counts: Counts,
    /// What is still wrong, or why the file is left alone.
    findings: String,
    /// What was asked for and not done, or what would be.
    diff: String,
}

/// How many files became what.
#[derive(Default)]
struct Tally {
    written: usize,
    left: usize,
}

pub(super) async fn run(command: &Fix, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let paths = &command.common.paths;
    if paths.iter().any(|path| path.as_os_str() == source::STDIN) {
        return Err(Stop::usage(
            "`fix` writes files, and standard input is none; `waitwarden render -` prints the result",
        ));
    }
    if paths.is_empty() {
        return Err(Stop::usage("nothing to fix: name files or folders (`.` is this one); see --help"));
    }
    let setup = set_up(&command.common, true, terminal)?;
    let evaluator = setup.evaluator;
    let dry = command.diff || command.check;
    let work = move |input: Input| fix(&input, &evaluator, dry);
    let (mut counts, mut tally) = (Counts::default(), Tally::default());
    let each = |fixed: Fixed| {
        counts.add(fixed.counts);
        terminal.print_err(&fixed.findings);
        match fixed.outcome {
            Outcome::Right => terminal.print(""),
            Outcome::Left => {
                tally.left += 1;
                let _ = terminal.print(&fixed.diff);
                if !terminal.quiet {
                    terminal.complain("left alone", &fixed.name);
                }
                terminal.print("")
            }
            Outcome::Written => {
                tally.written += 1;
                if command.diff {
                    return terminal.print(&fixed.diff);
                }
                let verb = if dry { "Would fix" } else { "Fixed" };
                terminal.print(&format!("{verb} {}\n", fixed.name))
            }
        }
    };
    let done = pool::in_order(source::inputs(paths), work, each);
    done.await
        .map_err(|error| Stop { exit: Exit::NotEvaluated, message: format!("this is a bug of waitwarden: {error}") })?;
    // A diff is for programs.
    if !terminal.quiet && !command.diff {
        let _ = terminal.print(&summary(&counts, &tally, dry));
    }
    let complaints = counts.errors + if command.check { tally.written } else { 0 };
    Ok(finish(&counts, complaints, &command.common, terminal))
}

/// Deals with one file.
fn fix(input: &Input, evaluator: &Evaluator, dry: bool) -> Fixed {
    let checked = check::check(input, evaluator, Want::InPlace);
    let edited = checked.edited();
    if checked.counts.errors > 0 {
        return left(&checked, evaluator);
    }
    let Some(path) = input.path().filter(|_| edited != checked.text) else {
        return Fixed {
            findings: text::findings(&checked),
            outcome: Outcome::Right,
            counts: checked.counts,
            name: checked.name,
            diff: String::new(),
        };
    };
    write(path, checked, &edited, evaluator, dry)
}

/// A file that stays as it is. Where only the text stands in the way, the change is shown.
fn left(checked: &Checked, evaluator: &Evaluator) -> Fixed {
    let text_only = |finding: &Finding| finding.rule == NOT_EDITED || finding.severity < Severity::Error;
    let mut diff = String::new();
    if checked.findings.iter().all(|located| text_only(&located.finding)) {
        let source = Source { name: checked.name.clone(), text: checked.text.clone() };
        let wanted = check::check_text(source, evaluator, Want::Text).edited();
        diff = patch::unified(&checked.name, &checked.text, &wanted);
    }
    Fixed {
        name: checked.name.clone(),
        outcome: Outcome::Left,
        counts: checked.counts,
        findings: text::findings(checked),
        diff,
    }
}

/// Writes a file, after a look at the result: the policy must have nothing left to change in it.
fn write(path: &Path, mut checked: Checked, edited: &str, evaluator: &Evaluator, dry: bool) -> Fixed {
    let source = Source { name: checked.name.clone(), text: edited.to_owned() };
    let after = check::check_text(source, evaluator, Want::InPlace);
    if after.edited() != edited {
        let message = "the policy would change its own result once more, so nobody knows where that ends";
        checked.add_to_file(Finding::new(NOT_EDITED, Severity::Error, message));
    } else if let Some(error) = (!dry).then(|| write::replace(path, &checked.text, edited).err()).flatten() {
        checked.counts.failed += 1;
        let finding = Finding::new(NOT_EDITED, Severity::Error, format!("it cannot be written: {error}"));
        checked.add_to_file(finding.help("nothing was changed"));
    }
    let diff = patch::unified(&checked.name, &checked.text, edited);
    if checked.counts.errors > 0 {
        let findings = text::findings(&checked);
        return Fixed { outcome: Outcome::Left, counts: checked.counts, name: checked.name, findings, diff };
    }
    // What is still to be said has its place in the new text; of one that is not written, in the old one.
    let (findings, counts) = if dry {
        (text::findings(&checked), checked.counts)
    } else {
        let counts = Counts { gains: checked.counts.gains, touched: checked.counts.touched, ..after.counts };
        (text::findings(&after), counts)
    };
    Fixed { outcome: Outcome::Written, counts, name: checked.name, findings, diff }
}

/// The last line.
fn summary(counts: &Counts, tally: &Tally, dry: bool) -> String {
    let files = |number: usize| format!("{number} file{}", if number == 1 { "" } else { "s" });
    let verb = if dry { "Would fix" } else { "Fixed" };
    let right = counts.files.saturating_sub(tally.written + tally.left);
    let mut parts =
        vec![format!("{verb} {} of {}", files(tally.written), counts.files.max(tally.written + tally.left))];
    if right > 0 {
        parts.push(format!("{right} right already"));
    }
    if tally.left > 0 {
        parts.push(format!("{} left alone", tally.left));
    }
    for (number, what) in [(counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note")] {
        if number > 0 {
            parts.push(format!("{number} {what}{}", if number == 1 { "" } else { "s" }));
        }
    }
    if counts.skipped > 0 {
        parts.push(format!("{} other document{} skipped", counts.skipped, if counts.skipped == 1 { "" } else { "s" }));
    }
    format!("{}.\n", parts.join("; "))
}
