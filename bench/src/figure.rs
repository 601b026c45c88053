//! A measured figure beside its budget.

use crate::record::Record;
use std::fmt::Write as _;
use std::time::Instant;

/// What can go wrong while measuring.
pub type Error = Box<dyn std::error::Error>;

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// How much it is, in `unit`.
    pub value: f64,
    /// How much it may be.
    pub budget: Option<f64>,
    /// Of both; empty for counts.
    pub unit: &'static str,
    /// Does it not depend on the machine? Then it can be compared with what was committed.
    pub everywhere: bool,
}

impl Figure {
    /// A figure without a budget, of this machine.
    pub fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { what: what.into(), value, budget: None, unit, everywhere: false }
    }

    /// How much it may be.
    #[must_use]
    pub fn within(mut self, budget: f64) -> Self {
        self.budget = Some(budget);
        self
    }

    /// It is much the same on every machine.
    #[must_use]
    pub fn everywhere(mut self) -> Self {
        self.everywhere = true;
        self
    }

    /// A Markdown table, with what was committed beside what does not depend on the machine.
    pub fn table(figures: &[Self], committed: &Record) -> String {
        let mut table = "| what | measured | budget | committed |\n|---|---:|---:|---:|\n".to_owned();
        for figure in figures {
            let Self { what, value, budget, unit, .. } = figure;
            let budget = budget.map_or_else(String::new, |budget| {
                let over = if *value <= budget { "" } else { ", **over**" };
                format!("{} {unit}{over}", number(budget))
            });
            let committed = committed.get(what).map_or_else(String::new, |before| {
                format!("{} ({:+.1} %)", number(before), (value / before - 1.0) * 100.0)
            });
            // Writing to a String cannot fail.
            let _ = writeln!(table, "| {what} | {} {unit} | {budget} | {committed} |", number(*value));
        }
        table
    }
}

/// As many digits as say something.
fn number(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// The one in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What some work gives, and how long it takes.
pub(crate) fn seconds<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let given = work();
    (given, start.elapsed().as_secs_f64())
}
