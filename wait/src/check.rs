//! `check`: what the readiness probe of the sidecar runs. It reads the record of `watch` and asks nobody: no network, no
//! threads, a few milliseconds at most.
//!
//! What it prints, the kubelet repeats in the Pod's events.

use crate::environment::Environment;
use crate::exit::Exit;
use crate::watching::{Moment, Record};
use std::fmt::Write as _;
use std::time::Duration;

/// What to print, and whether a dependency is lost.
pub(crate) fn run(environment: &Environment) -> (String, Exit) {
    let now = Moment::now();
    let file = Record::path(&environment.state);
    let record = match Record::read(&environment.state, now) {
        Ok(Some(record)) => record,
        Ok(None) => return (format!("nothing is known yet: there is no {}\n", file.display()), Exit::Satisfied),
        Err(why) => {
            let text = format!("{} cannot be read ({why}), so nothing is known to be lost\n", file.display());
            return (text, Exit::Satisfied);
        }
    };
    let mut lines = String::new();
    for known in &record.dependencies {
        if let Some(loss) = &known.lost {
            let reason = loss.reason.replace(char::is_control, " ");
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "{}: lost {}: {reason}", known.target, age(now.since(loss.since)));
        }
    }
    let exit = if lines.is_empty() { Exit::Satisfied } else { Exit::Lost };
    (lines, exit)
}

/// For how long, roughly: the kubelet counts equal events, and writes a new one for each other text.
fn age(time: Duration) -> String {
    match time.as_secs() / 60 {
        0 => "less than a minute ago".to_owned(),
        minutes @ 1..60 => format!("{minutes}m ago"),
        minutes => format!("{}h ago", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_rough() {
        for (seconds, text) in [
            (0, "less than a minute ago"),
            (59, "less than a minute ago"),
            (60, "1m ago"),
            (3_599, "59m ago"),
            (3_600, "1h ago"),
            (90_000, "25h ago"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), text);
        }
    }
}
