//! The difference between two texts, as a unified diff.

use similar::TextDiff;
use std::fmt::Write as _;

const BOLD: &str = "\u{1b}[1m";
const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const CYAN: &str = "\u{1b}[36m";
const RESET: &str = "\u{1b}[0m";

/// The diff of a file, with colours; empty where nothing differs.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let diff = TextDiff::from_lines(old, new);
    // An absolute path would read `a//…`.
    let name = name.trim_start_matches('/');
    coloured(&diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string(), 2)
}

/// The hunks of a diff alone, with a line around each.
pub fn hunks(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    coloured(&diff.unified_diff().context_radius(1).to_string(), 0)
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
}
