//! A measured figure beside its budget.

use std::fmt::Write as _;

/// What can go wrong while measuring.
pub(crate) type Error = Box<dyn std::error::Error>;

/// A figure.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) what: String,
    /// How much it is, in `unit`.
    pub(crate) value: f64,
    /// How much it may be.
    pub(crate) budget: f64,
    /// Of both.
    pub(crate) unit: &'static str,
}

impl Figure {
    /// A Markdown table.
    pub(crate) fn table(figures: &[Self]) -> String {
        let mut table = "| what | measured | budget | |\n|---|---|---|---|\n".to_owned();
        for Self { what, value, budget, unit } in figures {
            let verdict = if value <= budget { "ok" } else { "over" };
            // Writing to a String cannot fail.
            let _ = writeln!(table, "| {what} | {value:.2} {unit} | {budget} {unit} | {verdict} |");
        }
        table
    }
}

/// The one in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
