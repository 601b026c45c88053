//! What `watch` knows, as the file that `check` and the next process read. Small JSON, written whole and renamed into place:
//!
//! ```json
//! {"version": 1, "written": 813370,
//!  "dependencies": [{"target": "service/postgres:5432", "lost": {"since": 801234, "reason": "not ready yet: 0 of 0 …"}},
//!                   {"target": "tcp://db:5432"}],
//!  "restarts": {"last": {"at": 700000, "distanceMillis": 600000}}}
//! ```
//!
//! Moments are milliseconds since the machine was started. A dependency without `lost` is present. What cannot be read, is of
//! another version, or was written before the machine was started says nothing: never an error, and never that something is
//! lost.

use super::ledger::Ledger;
use super::moment::Moment;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The version of the format.
const VERSION: u64 = 1;
/// Bytes that are read: more than all that can be declared needs.
const MOST: u64 = 1 << 20;
/// Bytes that are kept of a reason.
const MOST_OF_REASON: usize = 1_000;

/// What is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    version: u64,
    written: Moment,
    /// Each dependency.
    pub(crate) dependencies: Vec<Known>,
    /// What is remembered of restarts.
    pub(super) restarts: Ledger,
}

/// What is known of a dependency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// The target in its canonical form, without options.
    pub(crate) target: String,
    /// None: it is present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lost: Option<Loss>,
}

/// A dependency that is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Loss {
    /// Since when.
    pub(crate) since: Moment,
    /// Why, as it was seen last.
    pub(crate) reason: String,
}

impl Loss {
    /// The reason is cut where it is longer than a record can hold.
    pub(super) fn new(since: Moment, reason: &str) -> Self {
        let end = reason.floor_char_boundary(MOST_OF_REASON);
        Self { since, reason: reason.get(..end).unwrap_or_default().to_owned() }
    }
}

/// The version alone, which every version has.
#[derive(Deserialize)]
struct Version {
    version: u64,
}

impl Record {
    /// What is known now.
    pub(super) const fn new(now: Moment, dependencies: Vec<Known>, restarts: Ledger) -> Self {
        Self { version: VERSION, written: now, dependencies, restarts }
    }

    /// The file in the folder that both share.
    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join("state")
    }

    /// Reads the file; none: there is none.
    ///
    /// # Errors
    /// Why it says nothing.
    pub(crate) fn read(folder: &Path, now: Moment) -> Result<Option<Self>, String> {
        let mut text = Vec::new();
        match File::open(Self::path(folder)).and_then(|file| file.take(MOST + 1).read_to_end(&mut text)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
            Ok(_) if text.len() as u64 > MOST => return Err(format!("it has more than {} KiB", MOST >> 10)),
            Ok(_) => {}
        }
        Self::parse(&text, now).map(Some)
    }

    fn parse(text: &[u8], now: Moment) -> Result<Self, String> {
        let Version { version } = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if version != VERSION {
            return Err(format!("it is of version {version}, and this program reads version {VERSION}"));
        }
        let record: Self = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let losses = record.dependencies.iter().filter_map(|known| known.lost.as_ref());
        let moments = losses.map(|loss| loss.since).chain(record.restarts.moments()).chain([record.written]);
        let latest = moments.max();
        if latest > Some(now) {
            return Err("it was written before the machine was started".to_owned());
        }
        Ok(record)
    }

    /// Writes the file: readers see all of it, or the one before.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let new = folder.join("state.new");
        fs::write(&new, serde_json::to_vec(self)?)?;
        fs::rename(new, Self::path(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let lost = Loss::new(Moment::at(500), "connection refused: nobody listens there yet");
        let known = |target: &str, lost| Known { target: target.to_owned(), lost };
        let dependencies = vec![known("tcp://db:5432", Some(lost)), known("dns://db", None)];
        Record::new(Moment::at(900), dependencies, Ledger::new(Moment::at(100)))
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Record::read(folder.path(), Moment::at(0)), Ok(None));
        record().write(folder.path()).unwrap();
        assert_eq!(
            fs::read_to_string(folder.path().join("state")).unwrap(),
            r#"{"version":1,"written":900,"dependencies":[{"target":"tcp://db:5432","lost":{"since":500,"reason":"connection refused: nobody listens there yet"}},{"target":"dns://db"}],"restarts":{"calm":100}}"#
        );
        assert_eq!(Record::read(folder.path(), Moment::at(900)), Ok(Some(record())));
        assert!(!folder.path().join("state.new").exists());
        assert!(record().write(&folder.path().join("gone")).is_err());
    }

    #[test]
    fn what_says_nothing_is_never_a_loss() {
        let good = serde_json::to_string(&record()).unwrap();
        let at = |millis: u64, text: &str| Record::parse(text.as_bytes(), Moment::at(millis));
        assert_eq!(at(900, &good), Ok(record()));
        assert_eq!(at(899, &good), Err("it was written before the machine was started".to_owned()));
        let late = good.replace("\"since\":500", "\"since\":901");
        assert_eq!(at(900, &late), Err("it was written before the machine was started".to_owned()));
        let late = good.replace("\"calm\":100", "\"calm\":901");
        assert_eq!(at(900, &late), Err("it was written before the machine was started".to_owned()));
        let next = r#"{"version":2,"dependencies":"all"}"#;
        assert_eq!(at(900, next), Err("it is of version 2, and this program reads version 1".to_owned()));
        for (end, _) in good.char_indices() {
            assert!(at(900, good.split_at(end).0).is_err(), "{end}");
        }
        for text in ["[]", "null", "7", "\0\0\0\0", "{\"version\":1}", "{\"version\":-1}"] {
            assert!(at(900, text).is_err(), "{text}");
        }
    }

    #[test]
    fn endless_and_odd_files_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(Record::path(folder.path()), vec![b' '; (1 << 20) + 1]).unwrap();
        assert_eq!(Record::read(folder.path(), Moment::at(0)), Err("it has more than 1024 KiB".to_owned()));
        fs::remove_file(Record::path(folder.path())).unwrap();
        fs::create_dir(Record::path(folder.path())).unwrap();
        assert_eq!(Record::read(folder.path(), Moment::at(0)), Err("Is a directory (os error 21)".to_owned()));
    }

    #[test]
    fn reasons_are_bounded() {
        let loss = Loss::new(Moment::at(0), &"ä".repeat(700));
        assert_eq!(loss.reason, "ä".repeat(500));
    }
}
