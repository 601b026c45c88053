//! The annotations: which there are, and the list of dependencies in one of them.
//!
//! Comments go first (`#` at the start of a line or behind a blank, to the end of the line), then the rest
//! is items, separated by line ends and commas; empty items are ignored. The grammar of an item is in
//! [`crate::dependency`].

use crate::dependency::{Dependency, ParseError, parse_one};
use crate::duration::{self, Duration};
use crate::finding::{Finding, Severity, escape};
use crate::probe::Probe;
use serde_json::{Map, Value};
use std::ops::Range;

/// The names behind the prefix.
pub const DEPENDS_ON: &str = "depends-on";
/// What the policy notes for itself.
pub const INJECTED: &str = "injected";
const READINESS: &str = "readiness";
const TIMEOUT: &str = "timeout";
const ON_RESTART: &str = "on-restart";
const INJECT: &str = "inject";
const KNOWN: [&str; 6] = [DEPENDS_ON, INJECT, INJECTED, ON_RESTART, READINESS, TIMEOUT];

/// More items are not read: a list of a quarter of a megabyte would keep policy-server longer than it lets a policy run.
pub(crate) const MOST: usize = 1_000;

/// More probes are not read: each is looked for among all containers.
const MOST_PROBES: usize = 100;

/// A dependency and where it stands in the annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// What was understood.
    pub dependency: Dependency,
    /// Bytes of the annotation's value.
    pub span: Range<usize>,
}

/// A probe that was asked for, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The container, where it was named.
    pub container: Option<String>,
    /// The probe; none: no probe is wanted.
    pub probe: Option<Probe>,
    /// Where this stands.
    pub pointer: String,
}

/// Everything that a workload declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// What it waits for.
    pub dependencies: Vec<Declared>,
    /// JSON pointer of the list.
    pub pointer: String,
    /// The whole wait's bound and where it stands.
    pub timeout: Option<(Duration, String)>,
    /// Readiness probes.
    pub readiness: Vec<Asked>,
    /// `on-restart: rewait`, and where it stands.
    pub rewait: Option<String>,
    /// False: leave this Pod alone.
    pub inject: bool,
}

/// One annotation under the prefix: its name behind the prefix, value and pointer.
#[derive(Clone, Debug)]
pub struct Entry<'v> {
    /// The name behind `PREFIX/`.
    pub name: &'v str,
    /// The value, which Kubernetes wants to be a string.
    pub value: &'v Value,
    /// Where it stands.
    pub pointer: String,
}

/// The annotations under the prefix that a user wrote.
pub fn entries<'v>(annotations: Option<&'v Value>, prefix: &str, base: &str) -> Vec<Entry<'v>> {
    let all = annotations.and_then(Value::as_object).into_iter().flat_map(Map::iter);
    all.filter_map(|(key, value)| {
        let name = key.strip_prefix(prefix)?.strip_prefix('/')?;
        let pointer = format!("{base}/metadata/annotations/{}", escape(key));
        (name != INJECTED).then_some(Entry { name, value, pointer })
    })
    .collect()
}

/// Reads a declaration; everything that is wrong with it goes to `findings`.
pub fn read(entries: &[Entry<'_>], prefix: &str, findings: &mut Vec<Finding>) -> Declaration {
    let mut declaration = Declaration {
        dependencies: Vec::new(),
        pointer: String::new(),
        timeout: None,
        readiness: Vec::new(),
        rewait: None,
        inject: true,
    };
    let mut probes = 0;
    for entry in entries {
        let error = |rule, message: String| Finding::new(rule, Severity::Error, entry.pointer.clone(), message);
        let Some(text) = entry.value.as_str() else {
            findings.push(
                error("not-a-string", format!("the value of `{prefix}/{}` is not a string", entry.name))
                    .help("Kubernetes accepts only strings as annotations: put it in quotes"),
            );
            continue;
        };
        match entry.name {
            DEPENDS_ON => {
                let (dependencies, errors) = parse_list(text);
                declaration.dependencies = dependencies;
                declaration.pointer.clone_from(&entry.pointer);
                findings.extend(
                    errors.into_iter().map(|e| error("invalid-dependency", e.message).help(e.help).span(e.span)),
                );
            }
            TIMEOUT => match duration::parse(text.trim()) {
                Ok(timeout) => declaration.timeout = Some((timeout, entry.pointer.clone())),
                Err(message) => {
                    findings.push(
                        error("invalid-timeout", message).help("`0` waits for ever, where the settings allow it"),
                    );
                }
            },
            INJECT => match text {
                "false" => declaration.inject = false,
                "true" => {}
                _ => findings.push(
                    error("invalid-annotation", format!("`{text}` is not a value of `{prefix}/{INJECT}`"))
                        .help("expected \"true\" or \"false\""),
                ),
            },
            ON_RESTART => match text {
                "ignore" => {}
                "rewait" => declaration.rewait = Some(entry.pointer.clone()),
                _ => findings.push(
                    error("invalid-annotation", format!("`{text}` is not a value of `{prefix}/{ON_RESTART}`"))
                        .help("expected `ignore` or `rewait`"),
                ),
            },
            name if name == READINESS || name.starts_with("readiness.") => {
                probes += 1;
                if probes == MOST_PROBES + 1 {
                    findings.push(
                        error("invalid-readiness", format!("these are more than {MOST_PROBES} probes"))
                            .help("none behind this one is read"),
                    );
                }
                if probes > MOST_PROBES {
                    continue;
                }
                let container = name.strip_prefix("readiness.").map(str::to_owned);
                match crate::probe::parse(text) {
                    Ok(probe) => {
                        declaration.readiness.push(Asked { container, probe, pointer: entry.pointer.clone() });
                    }
                    Err(errors) => findings.extend(
                        errors.into_iter().map(|e| error("invalid-readiness", e.message).help(e.help).span(e.span)),
                    ),
                }
            }
            name => {
                let help = match crate::nearest::nearest(name, KNOWN) {
                    Some(near) => format!("did you mean `{prefix}/{near}`?"),
                    None => {
                        format!("the annotations are {}", KNOWN.map(|name| format!("`{prefix}/{name}`")).join(", "))
                    }
                };
                findings
                    .push(error("unknown-annotation", format!("there is no annotation `{prefix}/{name}`")).help(help));
            }
        }
    }
    declaration
}

/// Reads a list of dependencies: what was understood, and everything that was not.
pub fn parse_list(value: &str) -> (Vec<Declared>, Vec<ParseError>) {
    let mut found: Vec<Declared> = Vec::new();
    let mut errors = Vec::new();
    for (nth, (at, item)) in items(value).enumerate() {
        let span = at..at + item.len();
        if nth == MOST || errors.len() >= MOST {
            errors.push(ParseError::new(
                span,
                format!("these are more than {MOST} {}", if nth == MOST { "dependencies" } else { "mistakes" }),
                "nothing behind the place is read; what needs so many is waited for with one job or one page that knows",
            ));
            break;
        }
        match parse_one(item) {
            Ok(dependency) => {
                if found.iter().any(|known| known.dependency.target == dependency.target) {
                    errors.push(ParseError::new(
                        span,
                        format!("`{}` is given twice", dependency.target),
                        "write it once, with all its options",
                    ));
                } else {
                    found.push(Declared { dependency, span });
                }
            }
            Err(of_item) => errors.extend(of_item.into_iter().map(|mut error| {
                error.span = error.span.start + at..error.span.end + at;
                error
            })),
        }
    }
    (found, errors)
}

/// The items of a list that are not empty, each with the byte where it begins.
fn items(value: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut line_at = 0;
    value
        .split('\n')
        .map(move |line| {
            let at = line_at;
            line_at += line.len() + 1;
            (at, without_comment(line))
        })
        .flat_map(|(line_at, line)| {
            let mut at = line_at;
            line.split(',').map(move |item| {
                let start = at + (item.len() - item.trim_start().len());
                at += item.len() + 1;
                (start, item.trim())
            })
        })
        .filter(|(_, item)| !item.is_empty())
}

/// A line up to its comment.
fn without_comment(line: &str) -> &str {
    let mut blank = true;
    for (at, c) in line.char_indices() {
        if c == '#' && blank {
            return line.get(..at).unwrap_or_default();
        }
        blank = c == ' ' || c == '\t';
    }
    line
}
