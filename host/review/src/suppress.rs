//! Comments that suppress warnings and notes: `# waitwarden: ignore[RULE] REASON`, on the line of the place or right above
//! it. Errors cannot be suppressed: the cluster would refuse all the same.

use crate::check::{Checked, Located};
use crate::explain;
use crate::verdict::{Finding, Severity};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use waitwarden_manifest::{Entry, Place};

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
    /// The line below that it is about; none where something else is on its own.
    below: Option<usize>,
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
    let mut by_line: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, suppression) in suppressions.iter().enumerate() {
        for line in std::iter::once(suppression.place.line).chain(suppression.below) {
            by_line.entry(line).or_default().push(at);
        }
    }
    for located in std::mem::take(&mut checked.findings) {
        let mut near = by_line.get(&located.place.line).into_iter().flatten();
        let reason = near.find_map(|at| suppressions.get_mut(*at)?.takes(&located));
        match reason {
            Some(reason) => checked.suppress(located, reason, false),
            None => checked.findings.push(located),
        }
    }
    let errors = checked.findings.iter().filter(|located| located.finding.severity == Severity::Error);
    let errors: BTreeSet<(usize, String)> =
        errors.map(|located| (located.place.line, located.finding.rule.clone())).collect();
    for suppression in suppressions.iter().filter(|suppression| !suppression.quoted) {
        for (rule, _) in suppression.rules.iter().zip(&suppression.used).filter(|(_, used)| !**used) {
            checked.add(suppression.unused(rule, &errors));
        }
    }
}

impl Suppression {
    /// The reason, where it names the rule of a finding that it reaches.
    fn takes(&mut self, located: &Located) -> Option<String> {
        if located.finding.severity == Severity::Error {
            return None;
        }
        let at = self.rules.iter().position(|rule| *rule == located.finding.rule)?;
        *self.used.get_mut(at)? = true;
        Some(self.reason.clone())
    }

    fn unused(&self, rule: &str, errors: &BTreeSet<(usize, String)>) -> Located {
        let mut lines = std::iter::once(self.place.line).chain(self.below);
        let error = lines.any(|line| errors.contains(&(line, rule.to_owned())));
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
    let mut scalars: Vec<Range<usize>> = waitwarden_manifest::read(text)
        .iter()
        .flat_map(|entry| if let Entry::Document(document) = entry { document.scalars().collect() } else { Vec::new() })
        .collect();
    scalars.sort_by_key(|scalar| scalar.start);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    // The next line that is no comment.
    let mut next: Vec<usize> = Vec::with_capacity(lines.len());
    for (number, line) in lines.iter().enumerate().rev() {
        let below = next.last().copied().unwrap_or(lines.len());
        next.push(if line.trim_start().starts_with('#') { below } else { number });
    }
    next.reverse();
    let mut start = 0;
    for (number, line) in lines.iter().enumerate() {
        let line_start = start;
        start += line.len();
        let Some((span, words)) = comment(line) else { continue };
        let place = place(line, number + 1, line_start, span.clone());
        let at = place.start;
        let before = scalars.partition_point(|scalar| scalar.start <= at);
        let quoted = scalars.get(..before).and_then(<[_]>::last).is_some_and(|scalar| scalar.contains(&at));
        let alone = line.get(..span.start).is_some_and(|before| before.trim().is_empty());
        match parse(words) {
            Ok((rules, reason)) => suppressions.push(Suppression {
                used: vec![false; rules.len()],
                rules,
                reason,
                place,
                below: next.get(number).filter(|_| alone).map(|next| next + 1),
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
