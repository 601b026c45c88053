//! The termination message: what `kubectl describe pod` shows of a container that ended.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Bytes that the kubelet reads of it (`MaxContainerTerminationMessageLength`).
const MOST: usize = 4096;

/// Writes the message. The kubelet has made the file; where there is none, nobody reads it.
pub(crate) fn write(path: &Path, message: &str) {
    let end = message.floor_char_boundary(MOST);
    if let Some(message) = message.get(..end)
        && let Ok(mut file) = OpenOptions::new().write(true).truncate(true).open(path)
    {
        // The same text is on stderr.
        let _ = file.write_all(message.as_bytes());
    }
}
