//! `test`: fixture suites.

use super::{Stop, Terminal};
use crate::args::Test;
use crate::engine::Engine;
use crate::exit::Exit;
use crate::output::Output;
use crate::report::{Format, Wanted};
use crate::suite::{self, Bench, Found, Outcome};
use regex::Regex;
use std::fmt::Write as _;
use std::path::PathBuf;

pub(super) fn run(command: &Test, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let chosen = match command.run.as_deref().map(Regex::new) {
        None => None,
        Some(Ok(regex)) => Some(regex),
        Some(Err(error)) => return Err(Stop::usage(format!("--run: this is no regular expression: {error}"))),
    };
    if let Some(other) = command.format.iter().find(|wanted| !matches!(wanted.format, Format::Text | Format::Junit)) {
        return Err(Stop::usage(format!(
            "--format: there is no {:?} of suites; there are text and junit",
            other.format
        )));
    }
    let here = [PathBuf::from(".")];
    let Found { suites, errors } =
        suite::find(if command.paths.is_empty() { here.as_slice() } else { command.paths.as_slice() });
    for error in &errors {
        terminal.complain("error", error);
    }
    if !errors.is_empty() {
        return Ok(Exit::Usage);
    }
    let engine = Engine::new().map_err(|error| Stop::usage(error.to_string()))?;
    let bench = Bench::new(&engine, command.bless, command.namespace.clone());
    let mut outcomes: Vec<Outcome> = Vec::new();
    for suite in &suites {
        for case in suite.cases.iter().filter(|case| chosen.as_ref().is_none_or(|regex| regex.is_match(&case.name))) {
            outcomes.push(bench.run(suite, case));
        }
    }
    if outcomes.is_empty() {
        let why = match &command.run {
            Some(regex) if !suites.is_empty() => format!("no case is called like `{regex}` (--run)"),
            _ => "there is no suite: a YAML file with `kind: Suite`".to_owned(),
        };
        terminal.complain("error", &why);
        return Ok(Exit::NotEvaluated);
    }
    let unused = suite::unused(&suites);
    for path in &unused {
        let path = path.strip_prefix(".").unwrap_or(path);
        terminal.complain("error", &format!("{}: no case uses this file; test it or remove it", path.display()));
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.failures.is_empty()).count();
    for Wanted { format, file } in &command.format {
        let shown = match format {
            Format::Junit => suite::junit(&outcomes),
            _ => text(&outcomes, suites.len(), failed, terminal.quiet),
        };
        let Some(file) = file else {
            let _ = terminal.print(&shown);
            continue;
        };
        let written = Output::create(file).and_then(|mut output| output.write(&shown).and_then(|()| output.finish()));
        if let Err(error) = written {
            terminal.complain("error", &format!("--format: {} cannot be written: {error}", file.display()));
            return Ok(Exit::NotEvaluated);
        }
    }
    Ok(if failed > 0 || !unused.is_empty() { Exit::Findings } else { Exit::Clean })
}

fn text(outcomes: &[Outcome], suites: usize, failed: usize, quiet: bool) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        if outcome.failures.is_empty() {
            if !quiet {
                let word = if outcome.blessed { "blessed" } else { "ok" };
                let _ = writeln!(text, "{word:<8}{}", outcome.name);
            }
            continue;
        }
        let _ = writeln!(text, "FAILED  {}\n        {}", outcome.name, outcome.at);
        for line in outcome.failures.iter().flat_map(|failure| failure.lines()) {
            let _ = writeln!(text, "        {line}");
        }
    }
    if !quiet {
        let plural = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        let _ = writeln!(
            text,
            "Ran {} in {}: {} passed, {failed} failed.",
            plural(outcomes.len(), "case"),
            plural(suites, "suite"),
            outcomes.len() - failed
        );
    }
    text
}
