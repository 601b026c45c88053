//! What was measured when it was last committed: the figures that do not depend on the machine.

use crate::figure::{Error, Figure};
use serde_json::{Map, Value};
use std::path::Path;
use std::{fs, io};

/// How much more fuel than committed nobody has to explain.
pub const TOLERANCE: f64 = 0.10;

/// Figures by what they measure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record(Map<String, Value>);

impl Record {
    /// Reads the file; nothing is committed where there is none.
    pub fn read(file: &Path) -> Result<Self, Error> {
        match fs::read(file) {
            Ok(json) => {
                Ok(Self(serde_json::from_slice(&json).map_err(|error| format!("{}: {error}", file.display()))?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(format!("{}: {error}", file.display()).into()),
        }
    }

    /// Those of these figures that are worth committing, to two digits behind the point.
    pub fn of(figures: &[Figure]) -> Self {
        let rounded = |value: f64| Value::from((value * 100.0).round() / 100.0);
        Self(
            figures
                .iter()
                .filter(|figure| figure.everywhere)
                .map(|figure| (figure.what.clone(), rounded(figure.value)))
                .collect(),
        )
    }

    /// The figure with this name.
    pub fn get(&self, what: &str) -> Option<f64> {
        self.0.get(what)?.as_f64()
    }

    /// Writes the file.
    pub fn write(&self, file: &Path) -> Result<(), Error> {
        fs::write(file, format!("{:#}\n", Value::Object(self.0.clone())))
            .map_err(|error| format!("{}: {error}", file.display()).into())
    }

    /// Every figure that has risen by more than [`TOLERANCE`], and every one that nobody committed: a line each.
    pub fn risen(&self, figures: &[Figure]) -> Vec<String> {
        figures
            .iter()
            .filter_map(|Figure { what, value, .. }| match self.get(what) {
                None => Some(format!("{what}: {value}, and nothing is committed")),
                Some(before) if *value > before * (1.0 + TOLERANCE) => Some(format!(
                    "{what}: {value}, and {before} is committed ({:+.1} %)",
                    (value / before - 1.0) * 100.0
                )),
                Some(_) => None,
            })
            .collect()
    }
}
