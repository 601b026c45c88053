//! `waitwarden lint`: one file from a cold start, and how the cost grows from ten files to ten thousand.

use crate::figure::{Error, Figure, median};
use crate::{manifest, program};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// Deployments in one folder, a file each, and how often each folder is judged.
const FOLDERS: [(u32, usize); 4] = [(10, 11), (100, 7), (1_000, 5), (10_000, 3)];
/// Cold starts that are timed.
const RUNS: usize = 31;

/// Measures the command line.
pub fn measure(command: &Path) -> Result<Vec<Figure>, Error> {
    let folder = tempfile::tempdir()?;
    let one = folder.path().join("one.yaml");
    fs::write(&one, manifest::deployment(0))?;
    let lint = |path: &Path| program::run(command, &[OsStr::new("lint"), path.as_os_str()]);
    let cold = (0..RUNS).map(|_| lint(&one)).collect::<Result<Vec<_>, _>>()?;
    let mut figures = vec![
        Figure::new("lint of one file, cold", median(cold.iter().map(|run| run.seconds * 1e3).collect()), "ms")
            .within(15.0),
        Figure::new("its memory", median(cold.iter().map(|run| run.mebibytes).collect()), "MiB").within(32.0),
    ];
    let mut each = Vec::new();
    for (count, runs) in FOLDERS {
        let many = folder.path().join(format!("files-{count}"));
        fs::create_dir(&many)?;
        for number in 0..count {
            fs::write(many.join(format!("app-{number:05}.yaml")), manifest::deployment(number))?;
        }
        let runs = (0..runs).map(|_| lint(&many)).collect::<Result<Vec<_>, _>>()?;
        let seconds = median(runs.iter().map(|run| run.seconds).collect());
        let memory = median(runs.iter().map(|run| run.mebibytes).collect());
        let all = Figure::new(format!("lint of {count} Deployments in one folder"), seconds, "s");
        figures.push(if count == 10_000 { all.within(2.0) } else { all });
        figures.push(Figure::new("documents a second", f64::from(count) / seconds, ""));
        figures.push(Figure::new("its memory", memory, "MiB"));
        each.push(seconds / f64::from(count));
    }
    if let [.., thousand, ten_thousand] = each.as_slice() {
        figures.push(Figure::new("a document of 10000 against one of 1000", ten_thousand / thousand, "×").everywhere());
    }
    Ok(figures)
}
