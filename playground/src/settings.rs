//! Settings as somebody types them, and where what is wrong with them stands.

use crate::answer::Complaint;
use crate::guest::Policy;
use crate::text::Units;
use serde_json::Value;
use std::rc::Rc;
use waitwarden_manifest::{Document, Entry, Place};
use waitwarden_review::host_calls::Offline;
use waitwarden_review::settings::{parse, verdict};

/// Reads a text, and asks the policy whether it is valid.
///
/// # Errors
/// Everything that is wrong, each with its place.
pub(crate) fn read(text: &str, policy: &Policy) -> Result<Value, Vec<Complaint>> {
    let settings = parse(text).map_err(|unread| vec![at(text, unread.place, unread.message)])?;
    valid(&settings, policy).map_err(|message| placed(text, &message))?;
    Ok(settings)
}

/// Does the policy take these settings?
pub(crate) fn valid(settings: &Value, policy: &Policy) -> Result<(), String> {
    let answer = policy
        .call("validate_settings", settings.to_string().as_bytes(), Rc::new(Offline))
        .map_err(|error| error.to_string())?;
    verdict(&answer)
}

/// A complaint about a line and column; without one, about the text as a whole.
fn at(text: &str, place: Option<(usize, usize)>, message: String) -> Complaint {
    let Some((line, column)) = place else { return Complaint { from: 0, to: 0, message } };
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let inside = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    let from = Units::of(text).before(start + inside);
    Complaint { from, to: from, message }
}

/// A policy that names the paths of what is wrong (`- wait.timeout: …`, a line each) has its complaints placed; of another
/// one the text as a whole is wrong.
fn placed(text: &str, message: &str) -> Vec<Complaint> {
    let document = waitwarden_manifest::read(text).into_iter().find_map(|entry| match entry {
        Entry::Document(document) => Some(document),
        Entry::Empty { .. } | Entry::Broken(_) => None,
    });
    let units = Units::of(text);
    let complaints: Vec<Complaint> = message
        .lines()
        .filter_map(|line| {
            let (path, message) = line.strip_prefix("- ")?.split_once(": ")?;
            let place = place(document.as_ref()?, path)?;
            let (from, to) = (units.before(place.start), units.before(place.end));
            Some(Complaint { from, to, message: format!("{path}: {message}") })
        })
        .collect();
    if complaints.is_empty() { vec![at(text, None, message.to_owned())] } else { complaints }
}

/// The place of a path: of the value where it is a text or a number, else of the key.
fn place(document: &Document, path: &str) -> Option<Place> {
    let steps = path.split(['.', '[', ']']).filter(|step| !step.is_empty());
    let pointer = steps.fold(String::new(), |pointer, step| format!("{pointer}/{}", step.replace('~', "~0")));
    if path.contains(char::is_whitespace) {
        return None;
    }
    Some(match document.value.pointer(&pointer) {
        Some(Value::Object(_) | Value::Array(_) | Value::Null) | None => document.key_place(&pointer),
        Some(_) => document.place(&pointer, None),
    })
}
