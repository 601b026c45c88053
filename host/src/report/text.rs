//! Findings for people: what, where, the line itself, and what to do.

use super::Outcome;
use crate::check::{Checked, Fix, Located};
use crate::patch;
use crate::verdict::Severity;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

const HELP: &str = "\u{1b}[1m\u{1b}[96m";
const RESET: &str = "\u{1b}[0m";

/// What a fix shows of itself; the rest is what `waitwarden diff` is for.
const LONGEST_FIX: usize = 12;

/// A longer line is not shown: it is JSON on one line, or data.
const LONGEST_LINE: usize = 2000;

/// Every finding of a file, with colours; the stream that prints it takes them out where they are not wanted.
pub fn findings(checked: &Checked) -> String {
    down_to(checked, Severity::Note)
}

/// The findings of a file that are errors.
pub fn refusals(checked: &Checked) -> String {
    down_to(checked, Severity::Error)
}

fn down_to(checked: &Checked, mildest: Severity) -> String {
    let renderer = Renderer::styled();
    let mut text = String::new();
    // Where one change ends several findings, it stands behind the last of them.
    let last: BTreeMap<usize, usize> =
        checked.findings.iter().enumerate().filter_map(|(at, located)| Some((located.fix?, at))).collect();
    for (at, located) in checked.findings.iter().enumerate().filter(|(_, one)| one.finding.severity >= mildest) {
        text.push_str(&renderer.render(&[group(located, checked)]));
        text.push('\n');
        if let Some(fix) = located.fix.filter(|fix| last.get(fix) == Some(&at)).and_then(|fix| checked.fixes.get(fix)) {
            text.push_str(&shown(fix, &checked.text));
        }
        text.push('\n');
    }
    text
}

/// A fix, as a patch.
fn shown(fix: &Fix, old: &str) -> String {
    let edits: Vec<(Range<usize>, &str)> =
        fix.edits.iter().map(|edit| (edit.place.start..edit.place.end, edit.text.as_str())).collect();
    let patch = patch::of_edits(old, &edits);
    let lines: Vec<&str> = patch.split_inclusive('\n').collect();
    let (shown, more) = lines.split_at_checked(LONGEST_FIX).unwrap_or((&lines, &[]));
    let mut text = format!("{HELP}help{RESET}: the policy would write\n{}", shown.concat());
    if !more.is_empty() {
        let _ = writeln!(text, "… and {} (`waitwarden diff` shows all)", count(more.len(), "more line"));
    }
    text
}

fn group<'a>(located: &'a Located, checked: &'a Checked) -> Group<'a> {
    let finding = &located.finding;
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(printable(&finding.message)).id(printable(&finding.rule));
    let mut group = match line(located, &checked.text) {
        Some((line, start, end)) => title.element(
            Snippet::source(line)
                .line_start(located.place.line)
                .path(checked.name.as_str())
                .annotation(AnnotationKind::Primary.span(start..end)),
        ),
        None => title
            .element(Origin::path(checked.name.as_str()).line(located.place.line).char_column(located.place.column)),
    };
    if let Some(object) = &located.object {
        let mut place = printable(&object.label());
        if let Some(source) = &located.source {
            let _ = write!(place, ", rendered from {}", printable(source));
        }
        group = group.element(Level::NOTE.with_name("in").message(place));
    }
    if !finding.help.is_empty() {
        group = group.element(Level::HELP.message(printable(&finding.help)));
    }
    group
}

/// The line that a finding is about, and the part of it. Only the first line of what has several: the place of a whole
/// object is its beginning.
fn line<'a>(located: &Located, text: &'a str) -> Option<(&'a str, usize, usize)> {
    let place = &located.place;
    let start = text.get(..place.start)?.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(start..)?;
    let line = rest.split_once('\n').map_or(rest, |(line, _)| line).trim_end_matches('\r');
    if line.len() > LONGEST_LINE || text.is_empty() {
        return None;
    }
    let from = (place.start - start).min(line.len());
    let to = place.end.saturating_sub(start).clamp(from, line.trim_end().len().max(from));
    (line.is_char_boundary(from) && line.is_char_boundary(to)).then_some((line, from, to))
}

/// Manifests are somebody's text: nothing in it may steer a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|char| if char.is_control() && char != '\n' { '\u{fffd}' } else { char }).collect()
}

/// The last lines.
pub fn summary(outcome: &Outcome<'_>, built_in: bool) -> String {
    let counts = outcome.counts;
    let mut text = format!("Checked {} in {}", count(counts.objects, "object"), count(counts.files, "file"));
    if let Some(elapsed) = outcome.elapsed {
        let _ = match elapsed.as_millis() {
            millis @ ..1000 => write!(text, " in {millis} ms"),
            _ => write!(text, " in {:.1} s", elapsed.as_secs_f64()),
        };
    }
    text.push_str(": ");
    let found: Vec<String> = [(counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note")]
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| count(*number, what))
        .collect();
    text.push_str(&if found.is_empty() { "no findings".to_owned() } else { found.join(", ") });
    if built_in && counts.gains > 0 {
        let _ = write!(
            text,
            "; {} {} a wait container",
            count(counts.gains, "workload"),
            if counts.gains == 1 { "gets" } else { "get" }
        );
    }
    if !built_in && counts.touched > 0 {
        let _ = write!(text, "; the policy changes {}", count(counts.touched, "object"));
    }
    if counts.unasked > 0 {
        let _ = write!(text, "; {} outside the policy's rules", count(counts.unasked, "object"));
    }
    if counts.suppressed > 0 {
        let _ = write!(text, "; {} suppressed", count(counts.suppressed, "finding"));
    }
    if counts.skipped > 0 {
        let _ = write!(text, "; {} skipped", count(counts.skipped, "other document"));
    }
    if counts.templates > 0 {
        let _ = write!(text, "; {} not checked", count(counts.templates, "unrendered Helm template"));
    }
    text.push_str(".\n");
    if counts.fixable > 0 {
        let which = match (counts.fixable, counts.at_least(Severity::Note)) {
            (1, 1) => "it".to_owned(),
            (some, all) if some == all => "them".to_owned(),
            (some, _) => format!("{some} of them"),
        };
        let _ = writeln!(text, "`waitwarden fix` ends {which}; `waitwarden diff` shows how.");
    }
    if let Some(rule) = outcome.rule {
        let _ = writeln!(text, "`waitwarden explain {rule}` says more, with a wrong and a right example.");
    }
    text
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Counts;
    use crate::exit::Exit;
    use std::time::Duration;

    fn outcome(counts: &Counts) -> Outcome<'_> {
        Outcome { counts, exit: Exit::Clean, elapsed: None, rule: None }
    }

    #[test]
    fn the_summary_says_what_was_looked_at() {
        let counts = Counts {
            files: 4,
            documents: 9,
            objects: 9,
            skipped: 1,
            errors: 3,
            warnings: 2,
            gains: 4,
            suppressed: 1,
            ..Counts::default()
        };
        let expected = "Checked 9 objects in 4 files: 3 errors, 2 warnings; 4 workloads get a wait container; 1 finding suppressed; 1 other document skipped.\n";
        assert_eq!(summary(&outcome(&counts), true), expected);
        let counts = Counts { files: 1, objects: 1, touched: 1, ..Counts::default() };
        assert_eq!(
            summary(&outcome(&counts), false),
            "Checked 1 object in 1 file: no findings; the policy changes 1 object.\n"
        );
    }

    #[test]
    fn the_summary_says_how_long_it_took_and_what_to_read() {
        let counts = Counts { files: 1, objects: 1, errors: 1, ..Counts::default() };
        let slow = Outcome { elapsed: Some(Duration::from_millis(1250)), rule: Some("malformed"), ..outcome(&counts) };
        assert_eq!(
            summary(&slow, true),
            "Checked 1 object in 1 file in 1.2 s: 1 error.\n`waitwarden explain malformed` says more, with a wrong and a right example.\n"
        );
        let fast = Outcome { elapsed: Some(Duration::from_millis(31)), ..outcome(&counts) };
        assert_eq!(summary(&fast, true), "Checked 1 object in 1 file in 31 ms: 1 error.\n");
    }
}
