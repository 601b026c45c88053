//! Another program's view of the registry.

use serde_json::Value;
use std::error::Error;
use std::process::{Command, Stdio};

/// Runs skopeo, which must be there and succeed; its stdout.
pub(crate) fn skopeo(arguments: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let output = Command::new("skopeo").args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("skopeo: {error}; install it, `make tools` says how"))?;
    if !output.status.success() {
        return Err(format!("skopeo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(output.stdout)
}

/// The manifest behind `docker://…`, byte for byte.
pub(crate) fn raw(place: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    skopeo(&["inspect", "--raw", "--tls-verify=false", place])
}

/// As a value.
pub(crate) fn inspect(place: &str) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_slice(&raw(place)?)?)
}
