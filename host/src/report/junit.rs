//! `JUnit` XML, as test reports read it: a suite for each file, a case for each object, a failure for each finding. Findings
//! that do not make the command fail are output of their case.

use crate::check::{Checked, Located, UNREADABLE};
use crate::evaluate::NOT_EVALUATED;
use crate::verdict::Severity;
use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

/// What stands before the suites.
pub const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"waitwarden\">\n";
/// What stands behind them.
pub const TAIL: &str = "</testsuites>\n";

/// One object, or one document that cannot be read.
struct Case<'a> {
    name: String,
    findings: Vec<&'a Located>,
}

/// The suite of a file.
pub fn suite(checked: &Checked, fail_on: Severity) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Nothing fails in memory.
    let _ = write_suite(&mut writer, checked, fail_on);
    let mut text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    text.push('\n');
    text
}

fn write_suite(writer: &mut Writer<Vec<u8>>, checked: &Checked, fail_on: Severity) -> io::Result<()> {
    let cases = cases(checked);
    let count = |wanted: fn(&Located) -> bool| {
        cases.iter().filter(|case| case.findings.iter().any(|located| wanted(located))).count().to_string()
    };
    let (failed, broken) = (
        cases.iter().filter(|case| fails(case, fail_on) && !case.findings.iter().any(|located| is_error(located))),
        count(is_error),
    );
    let mut suite = BytesStart::new("testsuite");
    suite.push_attribute(("name", text(&checked.name).as_str()));
    suite.push_attribute(("tests", cases.len().to_string().as_str()));
    suite.push_attribute(("failures", failed.count().to_string().as_str()));
    suite.push_attribute(("errors", broken.as_str()));
    if cases.is_empty() {
        return writer.write_event(Event::Empty(suite));
    }
    writer.write_event(Event::Start(suite))?;
    for case in &cases {
        write_case(writer, case, &checked.name, fail_on)?;
    }
    writer.write_event(Event::End(BytesEnd::new("testsuite")))
}

fn fails(case: &Case<'_>, fail_on: Severity) -> bool {
    case.findings.iter().any(|located| located.finding.severity >= fail_on)
}

/// `JUnit` tells what failed from what could not be tried.
fn is_error(located: &Located) -> bool {
    located.finding.rule == UNREADABLE || located.finding.rule == NOT_EVALUATED
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &Case<'_>, file: &str, fail_on: Severity) -> io::Result<()> {
    let mut start = BytesStart::new("testcase");
    start.push_attribute(("name", text(&case.name).as_str()));
    start.push_attribute(("classname", text(file).as_str()));
    start.push_attribute(("file", text(file).as_str()));
    if let Some(first) = case.findings.first() {
        start.push_attribute(("line", first.place.line.to_string().as_str()));
    } else {
        return writer.write_event(Event::Empty(start));
    }
    writer.write_event(Event::Start(start))?;
    for located in &case.findings {
        let finding = &located.finding;
        let name = match () {
            () if is_error(located) => "error",
            () if finding.severity >= fail_on => "failure",
            () => "system-out",
        };
        let mut element = BytesStart::new(name);
        if name != "system-out" {
            element.push_attribute(("type", text(&finding.rule).as_str()));
            element.push_attribute(("message", text(&finding.message).as_str()));
        }
        writer.write_event(Event::Start(element))?;
        writer.write_event(Event::Text(BytesText::new(&text(&described(located, file)))))?;
        writer.write_event(Event::End(BytesEnd::new(name)))?;
    }
    writer.write_event(Event::End(BytesEnd::new("testcase")))
}

fn described(located: &Located, file: &str) -> String {
    let (finding, place) = (&located.finding, &located.place);
    let mut text = format!(
        "{file}:{}:{}-{}:{}: {}[{}]: {}",
        place.line, place.column, place.end_line, place.end_column, finding.severity, finding.rule, finding.message
    );
    for (what, value) in [("at", &finding.pointer), ("help", &finding.help)] {
        if !value.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{what}: {value}");
        }
    }
    text
}

/// A case for each object, then one for each document without an object that something is said about.
fn cases(checked: &Checked) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> =
        checked.objects.iter().map(|object| Case { name: object.label(), findings: Vec::new() }).collect();
    let mut known: BTreeMap<String, usize> =
        cases.iter().enumerate().rev().map(|(at, case)| (case.name.clone(), at)).collect();
    for located in &checked.findings {
        let name = match &located.object {
            Some(object) => object.label(),
            None => format!("line {}", located.place.line),
        };
        let at = *known.entry(name.clone()).or_insert(cases.len());
        match cases.get_mut(at) {
            Some(case) => case.findings.push(located),
            None => cases.push(Case { name, findings: vec![located] }),
        }
    }
    cases
}

/// XML has no way to write most control characters.
pub(crate) fn text(text: &str) -> String {
    let fits =
        |char: &char| matches!(char, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|char| if fits(&char) { char } else { '\u{fffd}' }).collect()
}
