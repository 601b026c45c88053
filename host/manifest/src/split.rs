//! Where one document ends and the next begins: kubectl cuts a file by lines, before it reads any YAML.

use crate::tree::{DOCUMENT, NODES};
use std::ops::Range;

/// A part of a file that is read on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The whole part with the separator line that opens it. The parts tile the file.
    pub(crate) range: Range<usize>,
    /// Where the text for the parser begins.
    pub(crate) body: usize,
    /// The separator line goes on with something that is no comment, at this byte.
    pub(crate) unclean: Option<usize>,
}

/// Cuts a file at its `---` lines. A separator line belongs to the part it opens.
pub(crate) fn split(text: &str) -> Vec<Part> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut parts = Vec::new();
    let mut part = Part { range: 0..text.len(), body: start, unclean: None };
    let mut offset = start;
    // Directives (`%YAML`) and the `---` that ends them are one part with the document they are for.
    let mut directives = false;
    let mut blank = true;
    for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
        if parts.len() > NODES / DOCUMENT {
            // Nobody reads what is left.
            break;
        }
        let end = offset.saturating_add(line.len());
        match separator(line) {
            Some(Separator::Clean) if offset == start => blank = true,
            Some(Separator::Clean) => {
                if !(directives && blank) {
                    part.range.end = offset;
                    let next = Part { range: offset..text.len(), body: end, unclean: None };
                    parts.push(std::mem::replace(&mut part, next));
                }
                (directives, blank) = (false, true);
            }
            Some(Separator::Unclean(at)) => {
                if offset > start {
                    part.range.end = offset;
                    let next = Part { range: offset..text.len(), body: end, unclean: None };
                    parts.push(std::mem::replace(&mut part, next));
                }
                part.unclean = Some(offset.saturating_add(at));
                (directives, blank) = (false, false);
            }
            None => {
                let line = line.trim_end();
                directives |= blank && line.starts_with('%');
                blank &= line.is_empty() || line.starts_with(['#', '%']);
            }
        }
        offset = end;
    }
    parts.push(part);
    parts
}

enum Separator {
    Clean,
    /// Something that is no comment stands at this byte of the line.
    Unclean(usize),
}

fn separator(line: &str) -> Option<Separator> {
    let rest = line.strip_prefix("---")?;
    let inner = rest.trim_ascii_start();
    // A `#` makes a comment only behind a blank.
    let comment = inner.starts_with('#') && inner.len() < rest.len();
    if inner.is_empty() || comment {
        return Some(Separator::Clean);
    }
    Some(Separator::Unclean(line.len().saturating_sub(inner.len())))
}

/// Whether a text has only comments and blanks, and so no document.
pub(crate) fn is_blank(text: &str) -> bool {
    text.lines().all(|line| {
        let line = line.trim_start_matches('\u{feff}').trim_ascii();
        line.is_empty() || line.starts_with('#') || line == "..." || matches!(separator(line), Some(Separator::Clean))
    })
}

/// The chart's file in Helm's `# Source: ` comment, which stands above the document.
pub(crate) fn source(text: &str) -> Option<String> {
    text.lines()
        .map(|line| line.trim_start_matches('\u{feff}').trim_end())
        .take_while(|line| line.is_empty() || line.starts_with('#') || line.starts_with("---"))
        .find_map(|line| line.strip_prefix("# Source: "))
        .map(|source| source.trim().to_owned())
        .filter(|source| !source.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let parts: Vec<&str> = split(text).iter().map(|part| text.get(part.range.clone()).unwrap()).collect();
        assert_eq!(parts, expected);
    }

    #[test]
    fn a_separator_opens_the_part_after_it() {
        check("a: 1\n---\nb: 2\n", &["a: 1\n", "---\nb: 2\n"]);
        check("---\na: 1\n--- # two\r\nb: 2", &["---\na: 1\n", "--- # two\r\nb: 2"]);
        check("a\n---\n---\n", &["a\n", "---\n", "---\n"]);
        check("", &[""]);
    }

    #[test]
    fn only_a_line_start_separates() {
        check("a: |\n  ---\n  b\n", &["a: |\n  ---\n  b\n"]);
        check("a: b ---\n", &["a: b ---\n"]);
    }

    #[test]
    fn directives_stay_with_their_document() {
        check("%YAML 1.1\n---\na: 1\n---\nb", &["%YAML 1.1\n---\na: 1\n", "---\nb"]);
    }

    #[test]
    fn a_separator_with_content_is_unclean() {
        let parts = split("a: 1\n--- b\n");
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[1].unclean, Some(9));
    }

    #[test]
    fn helm_names_the_source() {
        assert_eq!(source("---\n# Source: c/templates/a.yaml\nkind: A\n").as_deref(), Some("c/templates/a.yaml"));
        assert_eq!(source("kind: A\n# Source: late\n"), None);
    }
}
