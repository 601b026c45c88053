//! The difference between two texts, as a unified diff.

use similar::TextDiff;
use std::fmt::Write as _;
use std::ops::Range;

const BOLD: &str = "\u{1b}[1m";
const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const CYAN: &str = "\u{1b}[36m";
const RESET: &str = "\u{1b}[0m";

/// The diff of a file, with colours; empty where nothing differs.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    coloured(&plain(name, old, new), 2)
}

/// The same without colours.
pub fn plain(name: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let diff = TextDiff::from_lines(old, new);
    // An absolute path would read `a//…`.
    let name = name.trim_start_matches('/');
    diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string()
}

/// A hunk for each change of whole lines, with a line around it; the changes are in order.
pub fn of_edits(old: &str, edits: &[(Range<usize>, &str)]) -> String {
    let mut patch = String::new();
    let (mut at, mut line, mut added, mut removed) = (0, 1, 0, 0);
    for (range, new) in edits.iter().cloned() {
        line += old.get(at..range.start).unwrap_or_default().matches('\n').count();
        at = range.start;
        let above = old.get(..range.start).and_then(|before| before.split_inclusive('\n').next_back());
        let below = old.get(range.end..).and_then(|after| after.split_inclusive('\n').next());
        let (out, put) = (lines(old.get(range.clone()).unwrap_or_default()), lines(new));
        let around = above.iter().chain(&below).count();
        let start = line - above.iter().count();
        let _ = writeln!(
            patch,
            "@@ -{start},{} +{},{} @@",
            out.len() + around,
            (start + added).saturating_sub(removed),
            put.len() + around
        );
        let all = above.iter().map(|line| (' ', *line));
        let all = all.chain(out.iter().map(|line| ('-', *line))).chain(put.iter().map(|line| ('+', *line)));
        for (sign, line) in all.chain(below.iter().map(|line| (' ', *line))) {
            let _ = writeln!(patch, "{sign}{}", line.trim_end_matches(['\n', '\r']));
        }
        added += put.len();
        removed += out.len();
    }
    coloured(&patch, 0)
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn coloured(plain: &str, header: usize) -> String {
    let mut text = String::new();
    for (number, line) in plain.split_inclusive('\n').enumerate() {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let colour = match line.chars().next() {
            // The header; a removed line may begin with dashes too.
            _ if number < header => BOLD,
            Some('-') => RED,
            Some('+') => GREEN,
            Some('@') => CYAN,
            _ => "",
        };
        if colour.is_empty() {
            let _ = write!(text, "{line}{end}");
        } else {
            let _ = write!(text, "{colour}{line}{RESET}{end}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_changed_is_nothing() {
        assert_eq!(unified("a.yaml", "a: 1\n", "a: 1\n"), "");
    }

    #[test]
    fn a_change_is_a_hunk() {
        let expected = "\u{1b}[1m--- a/x/a.yaml\u{1b}[0m\n\u{1b}[1m+++ b/x/a.yaml\u{1b}[0m\n\u{1b}[36m@@ -1,2 +1,2 @@\u{1b}[0m\n a: 1\n\u{1b}[31m-b: 2\u{1b}[0m\n\u{1b}[32m+b: 3\u{1b}[0m\n";
        assert_eq!(unified("/x/a.yaml", "a: 1\nb: 2\n", "a: 1\nb: 3\n"), expected);
    }

    #[test]
    fn edits_are_hunks_with_a_line_around_them() {
        let old = "a: 1\nb: 2\nc: 3\nd: 4\n";
        let patch = of_edits(old, &[(5..10, "b: 5\nx: 6\n"), (20..20, "e: 7\n")]);
        let expected = "@@ -1,3 +1,4 @@\n a: 1\n-b: 2\n+b: 5\n+x: 6\n c: 3\n@@ -4,1 +5,2 @@\n d: 4\n+e: 7\n";
        assert_eq!(anstream::adapter::strip_str(&patch).to_string(), expected);
    }
}
