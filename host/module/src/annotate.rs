//! Reads and writes the section `io.kubewarden.metadata`.
//!
//! policy-server reads the first section of that name and loads no waPC policy without one (policy-server,
//! `evaluation/precompiled_policy.rs`; policy-evaluator, `policy_metadata.rs`, `from_contents`).

use crate::metadata::{ExecutionMode, Metadata};
use crate::wasm::{self, CUSTOM, Section};
use crate::{Error, SECTION};
use serde_json::Value;

/// What the host calls in a waPC policy.
const GUEST_CALL: &str = "__guest_call";

/// The module with these metadata in it. They take the place of metadata that are already there, and are appended where
/// there are none; every other byte is as it was. So annotating twice is annotating once, while `kwctl annotate` (which
/// also writes the module anew) adds a second section, which nobody reads.
///
/// The protocol version is that of waPC policies, `v1`; kwctl asks the module for it, and there is no other.
///
/// # Errors
/// The module is broken, or the metadata are those of a waPC policy and it is none.
pub fn annotate(module: &[u8], metadata: &Metadata) -> Result<Vec<u8>, Error> {
    let sections = wasm::sections(module)?;
    if metadata.execution_mode == ExecutionMode::KubewardenWapc && !wasm::exports(module, &sections, GUEST_CALL)? {
        return Err(Error::NotWapc { export: GUEST_CALL });
    }
    let mut new = wasm::custom(SECTION, metadata.json().as_bytes())?;
    let mut annotated = Vec::with_capacity(module.len().saturating_add(new.len()));
    let mut kept = 0;
    for Section { range, .. } in sections.into_iter().filter(is_metadata) {
        annotated.extend_from_slice(module.get(kept..range.start).unwrap_or_default());
        // The first takes them; further ones go.
        annotated.append(&mut new);
        kept = range.end;
    }
    annotated.extend_from_slice(module.get(kept..).unwrap_or_default());
    annotated.append(&mut new);
    Ok(annotated)
}

/// The metadata of a module as they stand there; none where it has none. Of several sections the first counts.
///
/// # Errors
/// The module is broken, or its metadata are no JSON.
pub fn metadata(module: &[u8]) -> Result<Option<Value>, Error> {
    let sections = wasm::sections(module)?;
    sections.iter().find(|section| is_metadata(section)).map(parsed).transpose()
}

/// Is this the section that Kubewarden reads?
pub(crate) fn is_metadata(section: &Section<'_>) -> bool {
    section.id == CUSTOM && section.name == SECTION
}

/// The JSON of a section.
pub(crate) fn parsed(section: &Section<'_>) -> Result<Value, Error> {
    let start = section.range.end.saturating_sub(section.content.len());
    let not_json = |at: usize, message: String| Error::NotJson { offset: start.saturating_add(at), message };
    let text = std::str::from_utf8(section.content)
        .map_err(|error| not_json(error.valid_up_to(), "it is not UTF-8".to_owned()))?;
    serde_json::from_str(text).map_err(|error| {
        // The reader counts lines and, in them, bytes from 1.
        let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        not_json(line.saturating_add(error.column().saturating_sub(1)), error.to_string())
    })
}
