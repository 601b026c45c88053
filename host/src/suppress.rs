//! Comments that suppress warnings and notes: `# waitwarden: ignore[RULE] REASON`, on the line of the place or right above
//! it. Errors cannot be suppressed: the cluster would refuse all the same.

use crate::check::{Checked, Located};
use crate::explain;
use crate::verdict::{Finding, Severity};
use std::ops::Range;
use waitwarden_manifest::{Document, Entry, Place};

/// The rule of a suppression that cannot count.
pub const INVALID: &str = "invalid-suppression";
/// The rule of a suppression that suppresses nothing.
pub const UNUSED: &str = "unused-suppression";

const KEY: &str = "waitwarden:";
const WORD: &str = "ignore[";

/// A suppression.
#[derive(Debug)]
struct Suppression {
    rules: Vec<String>,
    reason: String,
    place: Place,
    /// Nothing else is on its line.
    alone: bool,
    /// It stands inside a string, where it may be somebody's text.
    quoted: bool,
    used: Vec<bool>,
}

/// Takes out of the findings of a file what its comments suppress, and says which of them suppress nothing.
pub fn apply(checked: &mut Checked) {
    if !checked.text.contains(KEY) {
        return;
    }
    let (mut suppressions, invalid) = read(&checked.text);
    for located in invalid {
        checked.add(located);
    }
    for located in std::mem::take(&mut checked.findings) {
        let found = suppressions.iter_mut().rev().find_map(|suppression| suppression.takes(&located, &checked.text));
        match found {
            Some(reason) => checked.suppress(located, reason),
            None => checked.findings.push(located),
        }
    }
    for suppression in suppressions.iter().filter(|suppression| !suppression.quoted) {
        for (rule, _) in suppression.rules.iter().zip(&suppression.used).filter(|(_, used)| !**used) {
            let located = suppression.unused(rule, &checked.findings);
            checked.add(located);
        }
    }
}

impl Suppression {
    /// The reason, where it suppresses a finding.
    fn takes(&mut self, located: &Located, text: &str) -> Option<String> {
        if located.finding.severity == Severity::Error || !self.reaches(located, text) {
            return None;
        }
        let at = self.rules.iter().position(|rule| *rule == located.finding.rule)?;
        *self.used.get_mut(at)? = true;
        Some(self.reason.clone())
    }

    /// The line itself, or the nearest one below that is no comment.
    fn reaches(&self, located: &Located, text: &str) -> bool {
        let wanted = located.place.line;
        if !self.alone || wanted <= self.place.line {
            return wanted == self.place.line;
        }
        let between = text.lines().skip(self.place.line).take(wanted - self.place.line - 1);
        between.into_iter().all(|line| line.trim_start().starts_with('#'))
    }

    fn unused(&self, rule: &str, findings: &[Located]) -> Located {
        let error = findings.iter().any(|located| {
            located.finding.rule == rule
                && located.finding.severity == Severity::Error
                && (self.place.line..=self.place.line + 1).contains(&located.place.line)
        });
        let help = match explain::nearest(rule) {
            _ if error => format!("`{rule}` is an error here, and errors cannot be suppressed"),
            Some(near) if near != rule => format!("did you mean `{near}`?"),
            _ => "remove it; it belongs on the line of a warning or note, or right above it".to_owned(),
        };
        let finding =
            Finding::new(UNUSED, Severity::Warning, format!("nothing of `{rule}` is suppressed here")).help(help);
        Located { finding, place: self.place, object: None, source: None, fix: None }
    }
}

/// The suppressions of a text, and what cannot be one.
fn read(text: &str) -> (Vec<Suppression>, Vec<Located>) {
    let (mut suppressions, mut invalid) = (Vec::new(), Vec::new());
    let documents: Vec<Document> = waitwarden_manifest::read(text)
        .into_iter()
        .filter_map(|entry| if let Entry::Document(document) = entry { Some(document) } else { None })
        .collect();
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let line_start = start;
        start += line.len();
        let Some((span, words)) = comment(line) else { continue };
        let place = place(line, number + 1, line_start, span.clone());
        let at = place.start;
        let quoted = documents.iter().any(|document| document.range.contains(&at) && document.is_inside_scalar(at));
        match parse(words) {
            Ok((rules, reason)) => suppressions.push(Suppression {
                used: vec![false; rules.len()],
                rules,
                reason,
                place,
                alone: line.get(..span.start).is_some_and(|before| before.trim().is_empty()),
                quoted,
            }),
            Err(_) if quoted => {}
            Err((message, help)) => {
                let finding = Finding::new(INVALID, Severity::Warning, message).help(help);
                invalid.push(Located { finding, place, object: None, source: None, fix: None });
            }
        }
    }
    (suppressions, invalid)
}

/// The bytes of a suppression in its line, and what stands behind `# waitwarden:`.
fn comment(line: &str) -> Option<(Range<usize>, &str)> {
    let line = line.trim_end();
    let at = line.match_indices('#').find_map(|(at, _)| {
        let blank = line.get(..at)?.chars().next_back().is_none_or(char::is_whitespace);
        let words = line.get(at + 1..)?.trim_start().strip_prefix(KEY)?;
        blank.then_some((at, words.trim()))
    });
    at.map(|(at, words)| (at..line.len(), words))
}

/// Rules and reason, or what is wrong and what to write.
fn parse(words: &str) -> Result<(Vec<String>, String), (String, String)> {
    let form = "write `# waitwarden: ignore[RULE] REASON`".to_owned();
    let Some((rules, reason)) = words.strip_prefix(WORD).and_then(|rest| rest.split_once(']')) else {
        return Err(("this comment is no suppression, and nothing else begins with `waitwarden:`".to_owned(), form));
    };
    let rules: Vec<String> =
        rules.split(',').map(str::trim).filter(|rule| !rule.is_empty()).map(str::to_owned).collect();
    if rules.is_empty() {
        return Err(("a suppression names the rules that it suppresses".to_owned(), form));
    }
    let reason = reason.trim().trim_start_matches([':', '-']).trim();
    if reason.is_empty() {
        let help = format!("say why, behind it: `# waitwarden: ignore[{}] REASON`", rules.join(", "));
        return Err(("a suppression without a reason does not count".to_owned(), help));
    }
    Ok((rules, reason.to_owned()))
}

fn place(line: &str, number: usize, line_start: usize, span: Range<usize>) -> Place {
    let column = |at: usize| line.get(..at).unwrap_or_default().chars().count() + 1;
    Place {
        start: line_start + span.start,
        end: line_start + span.end,
        line: number,
        column: column(span.start),
        end_line: number,
        end_column: column(span.end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_reason_are_read() {
        let rules = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(parse("ignore[a, b] not ours"), Ok((rules(&["a", "b"]), "not ours".to_owned())));
        assert_eq!(parse("ignore[a]: not ours"), Ok((rules(&["a"]), "not ours".to_owned())));
        for wrong in ["ignore", "ignore[]", "ignore[] why", "ignore[a]", "ignore[a] ", "ignore a", "disable[a] x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn comments_begin_behind_blanks() {
        assert_eq!(comment("a: b # waitwarden: ignore[x] y\n"), Some((5..30, "ignore[x] y")));
        assert_eq!(comment("#waitwarden:ignore[x] y"), Some((0..23, "ignore[x] y")));
        assert_eq!(comment("a: b#waitwarden: ignore[x] y"), None);
        assert_eq!(comment("# about waitwarden: a policy"), None);
    }
}
