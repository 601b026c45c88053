//! `waitwarden lint`: one file from a cold start, and ten thousand.

use crate::figure::{Error, Figure, median};
use crate::{manifest, program};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// Deployments in one folder, a file each.
const FILES: usize = 10_000;
/// Starts that are timed.
const RUNS: usize = 31;

/// Measures the command line.
pub(crate) fn measure(command: &Path) -> Result<Vec<Figure>, Error> {
    let folder = tempfile::tempdir()?;
    let (one, many) = (folder.path().join("one.yaml"), folder.path().join("many"));
    fs::write(&one, manifest::deployment(0))?;
    fs::create_dir(&many)?;
    for number in 0..FILES {
        fs::write(many.join(format!("app-{number:05}.yaml")), manifest::deployment(number))?;
    }
    let lint = |path: &Path| program::run(command, &[OsStr::new("lint"), path.as_os_str()]);
    let cold = (0..RUNS).map(|_| lint(&one)).collect::<Result<Vec<_>, _>>()?;
    let all = lint(&many)?;
    let figure = |what: &str, value, budget, unit| Figure { what: what.to_owned(), value, budget, unit };
    Ok(vec![
        figure("lint of one file, cold", median(cold.iter().map(|run| run.seconds * 1e3).collect()), 15.0, "ms"),
        figure("its memory", median(cold.iter().map(|run| run.mebibytes).collect()), 32.0, "MiB"),
        figure("lint of 10 000 Deployments in one folder", all.seconds, 2.0, "s"),
        figure("its memory", all.mebibytes, 32.0, "MiB"),
    ])
}
