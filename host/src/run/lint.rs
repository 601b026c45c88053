//! `lint`: what is wrong, in every format that is asked for.

use super::{Stop, Terminal, each_file, finish, set_up};
use crate::args::Lint;
use crate::check::{self, Want};
use crate::exit::Exit;
use crate::output::Output;
use crate::report::{Format, Frame, Outcome, Piece, Wanted, text};
use crate::{explain, fixes, settings, suppress};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

pub(super) async fn run(command: &Lint, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let began = Instant::now();
    let mut reports = Report::open(&command.format)?;
    let setup = set_up(&command.common, false, terminal)?;
    let frame = Frame { fail_on: command.fail_on.into(), built_in: setup.built_in, quiet: command.common.quiet };
    let suppressing = !command.no_suppressions;
    let writer = setup
        .writer
        .map(|writer| (setup.evaluator.with_settings(settings::alone), writer.with_settings(settings::alone)));
    let (exceptions, today) = (command.exceptions.clone(), suppress::today());
    let over = exceptions.over(today).filter(|_| suppressing);
    let check = move |input: &_, evaluator: &_| {
        let mut checked = check::check(input, evaluator, Want::Findings);
        if let Some(writer) = &writer {
            let (alone, writer) = writer;
            fixes::attach(&mut checked, alone, writer);
        }
        if suppressing {
            suppress::apply(&mut checked);
            exceptions.apply(&mut checked, today);
        }
        checked.counts.fixable = checked.findings.iter().filter(|located| located.fix.is_some()).count();
        checked
    };
    let formats: Vec<Format> = reports.iter().map(|report| report.format).collect();
    let show = move |checked: check::Checked| {
        let rule = checked.findings.iter().find_map(|located| explain::page(&located.finding.rule));
        let pieces: Vec<Piece> = formats.iter().map(|format| format.piece(&checked, frame)).collect();
        (rule, pieces)
    };
    for report in &mut reports {
        report.write(&report.format.head(), terminal);
    }
    if let Some(checked) = &over {
        for report in &mut reports {
            report.add(report.format.piece(checked, frame), terminal);
        }
    }
    let mut rule = None;
    let print = |(found, pieces): (Option<explain::Page>, Vec<Piece>)| {
        rule = rule.or(found);
        for (report, piece) in reports.iter_mut().zip(pieces) {
            report.add(piece, terminal);
        }
        // Where nobody reads any more, nothing is left to do, unless somebody waits for a file.
        if reports.iter().all(|report| report.broken(terminal)) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let mut counts = each_file(&command.common, setup.evaluator, check, show, print).await?;
    counts.add(over.map(|checked| checked.counts).unwrap_or_default());
    let exit = finish(&counts, counts.at_least(command.fail_on.into()), &command.common, terminal);
    let elapsed = terminal.watched.then(|| began.elapsed());
    let outcome = Outcome { counts: &counts, exit, elapsed, rule: rule.map(|page| page.rule) };
    let silent = reports.iter().all(|report| report.file.is_some());
    let mut unwritten = false;
    for report in reports {
        unwritten |= report.finish(frame, outcome, terminal).is_err();
    }
    if silent && !command.common.quiet {
        terminal.print_err(&text::summary(&outcome, setup.built_in));
    }
    Ok(if unwritten { Exit::NotEvaluated } else { exit })
}

/// A report that is being written.
struct Report {
    format: Format,
    /// None is standard output.
    file: Option<Output>,
    /// Why the file takes nothing more.
    error: Option<io::Error>,
    empty: bool,
    later: Vec<String>,
}

impl Report {
    /// Opens all of them: a file that cannot be written ends the run before it begins.
    fn open(wanted: &[Wanted]) -> Result<Vec<Self>, Stop> {
        let files: Vec<Option<&Path>> = wanted.iter().map(|wanted| wanted.file.as_deref()).collect();
        for (at, file) in files.iter().enumerate() {
            if files.iter().skip(at + 1).any(|other| other == file) {
                return Err(Stop::usage(match file {
                    Some(file) => format!("two formats cannot be written to the same file, {}", file.display()),
                    None => {
                        "one format goes to standard output: write the others to files, as in `--format sarif=FILE`"
                            .to_owned()
                    }
                }));
            }
        }
        let open = |wanted: &Wanted| {
            let file = wanted.file.as_deref().map(Output::create).transpose().map_err(|error| {
                let path = wanted.file.as_deref().unwrap_or(Path::new("")).display();
                Stop::usage(format!("--format: {path} cannot be written: {error}"))
            })?;
            Ok(Self { format: wanted.format, file, error: None, empty: true, later: Vec::new() })
        };
        wanted.iter().map(open).collect()
    }

    fn write(&mut self, text: &str, terminal: &mut Terminal) {
        match &mut self.file {
            None => {
                let _ = terminal.print(text);
            }
            Some(file) if self.error.is_none() => {
                self.error = match self.format {
                    // Only people see colours, and a file is not seen.
                    Format::Text => file.write(anstream::adapter::strip_str(text).to_string()).err(),
                    _ => file.write(text).err(),
                };
            }
            Some(_) => {}
        }
    }

    fn add(&mut self, piece: Piece, terminal: &mut Terminal) {
        let (first, between, _) = self.format.joints();
        let mut text = String::new();
        for element in piece.elements {
            text.push_str(if std::mem::take(&mut self.empty) { first } else { between });
            text.push_str(&element);
        }
        self.later.extend(piece.later);
        self.write(&text, terminal);
    }

    fn broken(&self, terminal: &Terminal) -> bool {
        if self.file.is_some() { self.error.is_some() } else { terminal.broken.is_some() }
    }

    /// Writes the end, and puts a file in its place.
    fn finish(mut self, frame: Frame, outcome: Outcome<'_>, terminal: &mut Terminal) -> Result<(), ()> {
        let (_, _, last) = self.format.joints();
        let tail = self.format.tail(&self.later, frame, outcome);
        let end = if self.empty { tail } else { format!("{last}{tail}") };
        self.write(&end, terminal);
        let Some(file) = self.file else { return Ok(()) };
        let path = file.path().display().to_string();
        match self.error.map_or_else(|| file.finish(), Err) {
            Ok(()) => Ok(()),
            Err(error) => {
                terminal.complain("error", &format!("{path} cannot be written: {error}"));
                Err(())
            }
        }
    }
}
