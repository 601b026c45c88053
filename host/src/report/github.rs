//! Workflow commands of GitHub Actions: `::error file=…,line=…::message`. Source: the workflow commands' reference and the
//! runner, which drops columns where a finding has several lines. GitHub shows ten annotations of a kind for each step.

use crate::check::{Checked, Located};
use crate::verdict::Severity;
use std::fmt::Write as _;

/// The commands of a file, a line each.
pub fn commands(checked: &Checked) -> Vec<String> {
    checked.findings.iter().map(|located| command(located, &checked.name)).collect()
}

fn command(located: &Located, file: &str) -> String {
    let (finding, place) = (&located.finding, &located.place);
    let name = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut text = format!("::{name} file={},line={},endLine={}", property(file), place.line, place.end_line);
    if place.line == place.end_line {
        let _ = write!(text, ",col={},endColumn={}", place.column, place.end_column);
    }
    let mut message = finding.message.clone();
    if let Some(object) = &located.object {
        let _ = write!(message, "\nin: {}", object.label());
    }
    if !finding.pointer.is_empty() {
        let _ = write!(message, "\nat: {}", finding.pointer);
    }
    if !finding.help.is_empty() {
        let _ = write!(message, "\nhelp: {}", finding.help);
    }
    let _ = writeln!(text, ",title={}::{}", property(&finding.rule), data(&message));
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Identity;
    use crate::verdict::Finding;
    use waitwarden_manifest::Place;

    #[test]
    fn what_would_end_a_property_or_a_line_is_escaped() {
        let located = Located {
            finding: Finding::new("a:b", Severity::Note, "100%\nof it").help("a, b"),
            place: Place { line: 2, column: 3, end_line: 2, end_column: 9, ..Place::default() },
            object: Some(Identity { kind: "Pod".to_owned(), name: "web".to_owned(), ..Identity::default() }),
            source: None,
            fix: None,
        };
        assert_eq!(
            command(&located, "a,b:c%.yaml"),
            "::notice file=a%2Cb%3Ac%25.yaml,line=2,endLine=2,col=3,endColumn=9,title=a%3Ab::100%25%0Aof it%0Ain: Pod web%0Ahelp: a, b\n"
        );
    }

    #[test]
    fn columns_of_several_lines_are_left_out() {
        let located = Located {
            finding: Finding::new("x", Severity::Error, "y"),
            place: Place { line: 2, column: 3, end_line: 4, end_column: 9, ..Place::default() },
            object: None,
            source: None,
            fix: None,
        };
        assert_eq!(command(&located, "a.yaml"), "::error file=a.yaml,line=2,endLine=4,title=x::y\n");
    }
}
