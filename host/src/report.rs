//! How findings are shown. Reports are text, file by file; who writes them, and where to, is somebody else's business.
//!
//! A report is a head, the elements that each file adds, and a tail. None of them holds more than one file, except for what
//! a format can only say at its end.

pub mod text;
pub mod json;
pub mod sarif;
pub mod junit;
pub mod github;
pub mod gitlab;
mod fingerprint;

use crate::check::{Checked, Counts};
use crate::exit::Exit;
use crate::verdict::Severity;
use clap::ValueEnum;
use clap::builder::{PossibleValue, TypedValueParser};
use std::path::PathBuf;
use std::time::Duration;

/// How findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs; versioned, with a schema
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// XML, for test reports
    Junit,
    /// Workflow commands of GitHub Actions, which become annotations
    Github,
    /// A code quality report of GitLab
    Gitlab,
}

/// A format, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The format.
    pub format: Format,
    /// The file; none is standard output.
    pub file: Option<PathBuf>,
}

/// What a report has to know before the first file.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Findings milder than this are no failures.
    pub fail_on: Severity,
    /// The policy is the one that is built in.
    pub built_in: bool,
    /// No summary.
    pub quiet: bool,
}

/// What a file adds to a report.
#[derive(Clone, Debug, Default)]
pub struct Piece {
    /// Elements, in order.
    pub elements: Vec<String>,
    /// What the tail is told.
    pub later: Vec<String>,
}

/// How a run went.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// How much was looked at.
    pub counts: &'a Counts,
    /// How it ends.
    pub exit: Exit,
    /// How long it took; none where that would make output differ from run to run.
    pub elapsed: Option<Duration>,
    /// A rule that something was found of, and that has a page.
    pub rule: Option<&'a str>,
}

impl Format {
    /// What stands before everything.
    pub fn head(self) -> String {
        match self {
            Self::Text | Self::Github => String::new(),
            Self::Json => json::HEAD.to_owned(),
            Self::Sarif => sarif::head(),
            Self::Junit => junit::HEAD.to_owned(),
            Self::Gitlab => "[".to_owned(),
        }
    }

    /// What stands before the first element, between two, and behind the last.
    pub fn joints(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Text | Self::Github | Self::Junit => ("", "", ""),
            Self::Json | Self::Sarif | Self::Gitlab => ("\n", ",\n", "\n"),
        }
    }

    /// What a file adds.
    pub fn piece(self, checked: &Checked, frame: Frame) -> Piece {
        let elements = match self {
            Self::Text => vec![text::findings(checked)],
            Self::Json => return Piece { elements: json::findings(checked), later: json::plans(checked) },
            Self::Sarif => sarif::results(checked),
            Self::Junit => vec![junit::suite(checked, frame.fail_on)],
            Self::Github => github::commands(checked),
            Self::Gitlab => gitlab::issues(checked),
        };
        Piece { elements, later: Vec::new() }
    }

    /// What stands behind everything.
    pub fn tail(self, later: &[String], frame: Frame, outcome: Outcome<'_>) -> String {
        match self {
            Self::Text if frame.quiet => String::new(),
            Self::Text => text::summary(&outcome, frame.built_in),
            Self::Github => String::new(),
            Self::Json => json::tail(&outcome, later),
            Self::Sarif => sarif::tail(outcome.exit),
            Self::Junit => junit::TAIL.to_owned(),
            Self::Gitlab => "]\n".to_owned(),
        }
    }
}

impl Wanted {
    /// Reads `FORMAT` or `FORMAT=FILE`.
    ///
    /// # Errors
    /// A message with the formats that there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("expected a file behind `=`".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = Format::from_str(name, false).map_err(|_| {
            let names: Vec<String> = formats().map(|format| format!("`{}`", format.get_name())).collect();
            format!("there is no format `{name}`; the formats are {}", names.join(", "))
        })?;
        Ok(Self { format, file })
    }

    /// For the command line: completions know the formats.
    pub fn parser() -> impl TypedValueParser<Value = Self> {
        WantedParser
    }
}

fn formats() -> impl Iterator<Item = PossibleValue> {
    Format::value_variants().iter().filter_map(ValueEnum::to_possible_value)
}

#[derive(Clone)]
struct WantedParser;

impl TypedValueParser for WantedParser {
    type Value = Wanted;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Wanted, clap::Error> {
        let parse: fn(&str) -> Result<Wanted, String> = Wanted::parse;
        parse.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(formats()))
    }
}
