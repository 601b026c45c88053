//! `JUnit` XML of suites: a failure for each case that fails.

use super::Outcome;
use crate::report::junit::{HEAD, TAIL, text};
use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use std::io;

/// All outcomes as one report.
pub fn junit(outcomes: &[Outcome]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    for suite in outcomes.chunk_by(|one, other| one.suite == other.suite) {
        // Nothing fails in memory.
        let _ = write_suite(&mut writer, suite);
    }
    let suites = String::from_utf8(writer.into_inner()).unwrap_or_default();
    format!("{HEAD}{suites}\n{TAIL}")
}

fn write_suite(writer: &mut Writer<Vec<u8>>, outcomes: &[Outcome]) -> io::Result<()> {
    let name = outcomes.first().map(|outcome| text(&outcome.suite)).unwrap_or_default();
    let failed = outcomes.iter().filter(|outcome| !outcome.failures.is_empty()).count();
    let mut suite = BytesStart::new("testsuite");
    suite.push_attribute(("name", name.as_str()));
    suite.push_attribute(("tests", outcomes.len().to_string().as_str()));
    suite.push_attribute(("failures", failed.to_string().as_str()));
    writer.write_event(Event::Start(suite))?;
    for outcome in outcomes {
        let mut case = BytesStart::new("testcase");
        case.push_attribute(("name", text(&outcome.name).as_str()));
        case.push_attribute(("classname", name.as_str()));
        case.push_attribute(("file", name.as_str()));
        let Some(first) = outcome.failures.first() else {
            writer.write_event(Event::Empty(case))?;
            continue;
        };
        writer.write_event(Event::Start(case))?;
        let mut failure = BytesStart::new("failure");
        failure.push_attribute(("message", text(first.lines().next().unwrap_or_default()).as_str()));
        writer.write_event(Event::Start(failure))?;
        let whole = format!("{}\n{}", outcome.at, outcome.failures.join("\n"));
        writer.write_event(Event::Text(BytesText::new(&text(&whole))))?;
        writer.write_event(Event::End(BytesEnd::new("failure")))?;
        writer.write_event(Event::End(BytesEnd::new("testcase")))?;
    }
    writer.write_event(Event::End(BytesEnd::new("testsuite")))
}
