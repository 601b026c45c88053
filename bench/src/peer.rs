//! The same work by `kwctl`, where it is on the PATH: one request, the module from a file.

use crate::figure::{Error, Figure, median};
use crate::program;
use crate::requests::typical;
use serde_json::Value;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Runs that are timed.
const RUNS: usize = 7;

/// Measures `kwctl run` of the annotated module; nothing where there is no kwctl.
pub fn measure(module: &Path) -> Result<Vec<Figure>, Error> {
    let Some(kwctl) = on_the_path("kwctl") else {
        return Ok(Vec::new());
    };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("request.json");
    let request = typical()?.into_iter().nth(1).ok_or("no request")?;
    // kwctl takes the request without its envelope.
    let envelope: Value = serde_json::from_slice(&request.payload)?;
    fs::write(&file, envelope.get("request").ok_or("no request")?.to_string())?;
    let arguments = [OsStr::new("run"), OsStr::new("--request-path"), file.as_os_str(), module.as_os_str()];
    let runs = (0..RUNS).map(|_| program::run(&kwctl, &arguments)).collect::<Result<Vec<_>, _>>()?;
    Ok(vec![
        Figure::new("kwctl run of one Pod", median(runs.iter().map(|run| run.seconds * 1e3).collect()), "ms"),
        Figure::new("its memory", median(runs.iter().map(|run| run.mebibytes).collect()), "MiB"),
    ])
}

/// A program, where the shell would find it.
fn on_the_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|file| file.is_file())
}
