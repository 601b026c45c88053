//! Fixes: where what the policy would write ends a finding, the finding carries it.
//!
//! Nobody says which findings those are. The object is given to a policy that writes its plan into manifests, what comes back
//! is judged as the object was, and a finding that is not said any more is ended by the change. What the rest of the cluster
//! is blamed for cannot be ended so: it is not asked again, since that would take the most time of all.

use crate::check::{Checked, Edit, Fix};
use crate::evaluate::{Admit, Evaluator};
use crate::verdict::Finding;
use serde_json::Value;
use similar::{DiffOp, TextDiff};
use std::collections::BTreeMap;
use std::ops::Range;
use waitwarden_manifest::{Document, Entry, Place};

/// Gives the findings of a file their fixes. Both policies look at an object alone; `writer` writes its plan into manifests.
pub fn attach<A: Admit>(checked: &mut Checked, evaluator: &Evaluator<A>, writer: &Evaluator<A>) {
    if checked.findings.iter().all(|located| located.object.is_none()) {
        return;
    }
    let (mut at, mut line) = (0, 1);
    for entry in waitwarden_manifest::read(&checked.text) {
        let Entry::Document(document) = entry else { continue };
        line += checked.text.get(at..document.range.start).unwrap_or_default().matches('\n').count();
        at = document.range.start;
        if let Some((fix, ended)) = of_document(checked, (&document, line), evaluator, writer) {
            for at in ended {
                if let Some(located) = checked.findings.get_mut(at) {
                    located.fix = Some(checked.fixes.len());
                }
            }
            checked.fixes.push(fix);
        }
    }
}

/// Do they say the same?
fn same(one: &Finding, other: &Finding) -> bool {
    one.rule == other.rule && one.message == other.message
}

/// The change of a document that begins at a line, and the findings that it ends.
fn of_document<A: Admit>(
    checked: &Checked,
    (document, line): (&Document, usize),
    evaluator: &Evaluator<A>,
    writer: &Evaluator<A>,
) -> Option<(Fix, Vec<usize>)> {
    let items = document.items();
    let mut found: BTreeMap<&str, Vec<usize>> =
        items.iter().map(|(pointer, _)| (pointer.as_str(), Vec::new())).collect();
    let begin = checked.findings.partition_point(|located| located.place.start < document.range.start);
    let of_document = checked.findings.iter().enumerate().skip(begin);
    for (at, located) in of_document.take_while(|(_, located)| located.place.start < document.range.end) {
        if located.object.is_some()
            && let Some(of_object) = ancestors(&located.finding.pointer).find(|pointer| found.contains_key(pointer))
            && let Some(of_object) = found.get_mut(of_object)
        {
            of_object.push(at);
        }
    }
    let mut wanted = document.value.clone();
    let mut ended = Vec::new();
    for (pointer, object) in &items {
        let Some(of_object) = found.get(pointer.as_str()).filter(|of_object| !of_object.is_empty()) else { continue };
        let alone = evaluator.judge(object).findings;
        let of_object: Vec<usize> = of_object
            .iter()
            .copied()
            .filter(|at| {
                checked.findings.get(*at).is_some_and(|located| alone.iter().any(|one| same(one, &located.finding)))
            })
            .collect();
        if of_object.is_empty() {
            continue;
        }
        let written = writer.judge(object);
        let Some(changed) = written.changed.as_ref().filter(|_| !written.refused()) else { continue };
        let still = evaluator.judge(changed).findings;
        let before = ended.len();
        ended.extend(of_object.iter().filter(|at| {
            checked.findings.get(**at).is_some_and(|located| !still.iter().any(|other| same(other, &located.finding)))
        }));
        if ended.len() > before
            && let Some(slot) = wanted.pointer_mut(pointer)
        {
            *slot = changed.clone();
        }
    }
    if ended.is_empty() {
        return None;
    }
    let edited = document.edited(&checked.text, &wanted);
    reads_as(&edited, &wanted)
        .then(|| (Fix { edits: edits(&checked.text, document.range.clone(), line, &edited) }, ended))
}

/// A pointer, and what it leads through, up to the document.
fn ancestors(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |pointer| pointer.rsplit_once('/').map(|(above, _)| above))
}

fn reads_as(text: &str, wanted: &Value) -> bool {
    let mut documents =
        waitwarden_manifest::read(text).into_iter().filter(|entry| !matches!(entry, Entry::Empty { .. }));
    matches!((documents.next(), documents.next()), (Some(Entry::Document(read)), None) if read.value == *wanted)
}

/// The lines of a stretch of a text, which begins at a line, that differ from what it should be.
fn edits(text: &str, range: Range<usize>, first_line: usize, new: &str) -> Vec<Edit> {
    let old = text.get(range.clone()).unwrap_or_default();
    let diff = TextDiff::from_lines(old, new);
    // Where each line begins, and behind the last one.
    let starts: Vec<usize> = std::iter::once(range.start)
        .chain(old.split_inclusive('\n').scan(range.start, |at, line| {
            *at += line.len();
            Some(*at)
        }))
        .collect();
    let place = |lines: Range<usize>| {
        let (start, end) = (starts.get(lines.start).copied(), starts.get(lines.end).copied());
        let (start, end) = (start.unwrap_or(range.end), end.unwrap_or(range.end));
        let (line, column) = position(text, start, first_line + lines.start);
        let (end_line, end_column) = position(text, end, first_line + lines.end);
        Place { start, end, line, column, end_line, end_column }
    };
    let added: Vec<&str> = new.split_inclusive('\n').collect();
    diff.ops()
        .iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| Edit {
            place: place(op.old_range()),
            text: added.get(op.new_range()).map(<[&str]>::concat).unwrap_or_default(),
        })
        .collect()
}

/// The beginning of a line; behind a last line without a line break, the end of that one.
fn position(text: &str, at: usize, line: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    match before.rsplit_once('\n') {
        Some((_, "")) => (line, 1),
        Some((_, last)) => (line - 1, last.chars().count() + 1),
        None if before.is_empty() => (line, 1),
        None => (line - 1, before.chars().count() + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From line and column to line and column: a text.
    type Place = (usize, usize, usize, usize, String);

    fn applied(text: &str, new: &str) -> (String, Vec<Place>) {
        let fix = Fix { edits: edits(text, 0..text.len(), 1, new) };
        let places = fix
            .edits
            .iter()
            .map(|edit| {
                let place = edit.place;
                (place.line, place.column, place.end_line, place.end_column, edit.text.clone())
            })
            .collect();
        (fix.applied(text), places)
    }

    #[test]
    fn edits_are_whole_lines() {
        let (new, places) = applied("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 3\nb2: 4\nc: 3\nd: 5\n");
        assert_eq!(new, "a: 1\nb: 3\nb2: 4\nc: 3\nd: 5\n");
        assert_eq!(places, [(2, 1, 3, 1, "b: 3\nb2: 4\n".to_owned()), (4, 1, 4, 1, "d: 5\n".to_owned())]);
    }

    #[test]
    fn a_last_line_may_lack_its_end() {
        let (new, places) = applied("a: 1\nb: 2", "a: 1\nb: 3");
        assert_eq!((new.as_str(), places), ("a: 1\nb: 3", vec![(2, 1, 2, 5, "b: 3".to_owned())]));
        assert_eq!(applied("a", "b").1, [(1, 1, 1, 2, "b".to_owned())]);
    }
}
