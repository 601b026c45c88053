//! What happened, second by second, and two ways to print it: one Pod ([`Timeline`]), or two beside each other
//! ([`Beside`]).

use crate::Seconds;
use crate::text::written;
use std::collections::BTreeSet;
use std::fmt;

/// All that happened, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The seconds in which something happened.
    pub moments: Vec<Moment>,
}

/// A second in which something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Seconds,
    /// What, in order.
    pub entries: Vec<Entry>,
    /// The Pod at the end of that second.
    pub pod: State,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// A dependency, the API server or the node; or a container or its kubelet.
    pub who: String,
    /// What it did.
    pub what: String,
    /// Whether it happened outside of the Pod.
    pub outside: bool,
}

/// A Pod, as the API shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The containers that run.
    pub running: Vec<String>,
    /// Its condition Ready.
    pub ready: bool,
    /// Whether Services that select it send it traffic.
    pub in_service: bool,
}

impl Timeline {
    /// Every entry with its time: (time, who, what).
    pub fn entries(&self) -> impl Iterator<Item = (Seconds, &str, &str)> {
        self.moments
            .iter()
            .flat_map(|moment| moment.entries.iter().map(|entry| (moment.at, entry.who.as_str(), entry.what.as_str())))
    }

    /// What happened from a second on.
    #[must_use]
    pub fn since(&self, second: Seconds) -> Self {
        Self { moments: self.moments.iter().filter(|moment| moment.at >= second).cloned().collect() }
    }

    /// The Pod in a second; `None` before anything happened.
    pub fn at(&self, second: Seconds) -> Option<&State> {
        self.moments.iter().rev().find(|moment| moment.at <= second).map(|moment| &moment.pod)
    }
}

/// A table: time, who and what, and what the Pod is then.
impl fmt::Display for Timeline {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["time", "who", "what happens", "running", "Ready", "in Service"]);
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        for moment in &self.moments {
            let last = moment.entries.len().saturating_sub(1);
            for (index, Entry { who, what, .. }) in moment.entries.iter().enumerate() {
                let time = if index == 0 { written(moment.at) } else { String::new() };
                let mut cells = vec![time, who.clone(), what.clone()];
                if index == last {
                    let State { running, ready, in_service } = &moment.pod;
                    let running = if running.is_empty() { "-".to_owned() } else { running.join(", ") };
                    cells.extend([running, yes(*ready), yes(*in_service)]);
                }
                table.push(cells);
            }
        }
        table.fmt(out)
    }
}

/// The timelines of two Pods that went through the same, each with a title.
#[derive(Debug, Clone)]
pub struct Beside<'a> {
    /// The one on the left.
    pub left: (&'a str, &'a Timeline),
    /// The one on the right.
    pub right: (&'a str, &'a Timeline),
    /// The first second that is shown.
    pub from: Seconds,
}

/// A table: time, what happens around the Pods, and what each of them does. A line with `=>` says what the Pod is from
/// then on.
impl fmt::Display for Beside<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides = [self.left.1, self.right.1];
        let mut table = Table::new(&["time", "around the Pod", self.left.0, self.right.0]);
        let times: BTreeSet<Seconds> =
            sides.iter().flat_map(|side| side.moments.iter().map(|moment| moment.at)).collect();
        for time in times.range(self.from..).copied() {
            let moments = sides.map(|side| side.moments.iter().find(|moment| moment.at == time));
            let mut outside: Vec<String> = Vec::new();
            for entry in moments.iter().copied().flatten().flat_map(|moment| &moment.entries) {
                let text = entry.to_string();
                if entry.outside && !outside.contains(&text) {
                    outside.push(text);
                }
            }
            let [left, right] = sides.map(|side| side.cell(time));
            for line in 0..outside.len().max(left.len()).max(right.len()) {
                let time = if line == 0 { written(time) } else { String::new() };
                let cell = |lines: &[String]| lines.get(line).cloned().unwrap_or_default();
                table.push(vec![time, cell(&outside), cell(&left), cell(&right)]);
            }
        }
        table.fmt(out)
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.who, self.what)
    }
}

impl Timeline {
    /// What the Pod did in a second, and what it is from then on, if that changed.
    fn cell(&self, second: Seconds) -> Vec<String> {
        let Some(moment) = self.moments.iter().find(|moment| moment.at == second) else { return Vec::new() };
        let mut lines: Vec<String> =
            moment.entries.iter().filter(|entry| !entry.outside).map(Entry::to_string).collect();
        let before = second.checked_sub(1).and_then(|before| self.at(before));
        let was = before.is_some_and(|state| state.ready);
        let (served, serves) = (before.is_some_and(|state| state.in_service), moment.pod.in_service);
        match (was, moment.pod.ready, served, serves) {
            (false, true, false, true) => lines.push("=> Ready, in its Service".to_owned()),
            (true, false, true, false) => lines.push("=> not Ready, out of its Service".to_owned()),
            (_, _, true, false) => lines.push("=> out of its Service".to_owned()),
            (true, false, ..) => lines.push("=> not Ready".to_owned()),
            (false, true, ..) => lines.push("=> Ready".to_owned()),
            _ => {}
        }
        lines
    }
}

/// Columns, each as wide as its widest cell.
struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|&title| title.to_owned()).collect()] }
    }

    fn push(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column| {
            let cells = self.rows.iter().filter_map(|row: &Vec<String>| row.get(column));
            cells.map(|cell: &String| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                // Times stand to the right.
                let cell = if column == 0 { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
                line.push_str(if column == 0 { "" } else { "  " });
                line.push_str(&cell);
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
