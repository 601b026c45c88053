//! Annotations that stand on a workload do not reach its Pods: which of them the template should carry.

use crate::annotation::Entry;
use crate::apply::{annotations, write_marker};
use crate::finding::{Finding, Severity};
use crate::marker::Marker;
use crate::settings::Settings;
use serde_json::Value;

/// An annotation that the template should carry (or lose, where the value is none).
pub(crate) struct Copy {
    /// Its name behind the prefix.
    pub(crate) name: String,
    /// The workload's value.
    pub(crate) value: Option<Value>,
    /// Where the workload has it.
    pub(crate) pointer: String,
}

/// The declaration as the Pods should see it: the template's own keys win, copied ones follow the workload's.
pub(crate) fn merged<'v>(
    declared: &[Entry<'v>],
    pods: &[Entry<'v>],
    marker: &Marker,
    settings: &Settings,
    findings: &mut Vec<Finding>,
) -> (Vec<Entry<'v>>, Vec<Copy>) {
    let mut entries: Vec<Entry<'v>> = Vec::new();
    let mut copies = Vec::new();
    for own in declared {
        let there = pods.iter().find(|entry| entry.name == own.name);
        let copied = Marker::has(&marker.copied, own.name);
        match there {
            Some(there) if there.value == own.value => entries.push(own.clone()),
            Some(there) if !copied => {
                findings.push(
                    Finding::new(
                        "annotation-overridden",
                        Severity::Warning,
                        &own.pointer,
                        format!("the template has a `{}/{}` of its own, which wins", settings.prefix, own.name),
                    )
                    .help("remove one of them"),
                );
                entries.push(there.clone());
            }
            _ => {
                entries.push(own.clone());
                copies.push(Copy {
                    name: own.name.to_owned(),
                    value: Some(own.value.clone()),
                    pointer: own.pointer.clone(),
                });
            }
        }
    }
    for there in pods.iter().filter(|there| !declared.iter().any(|own| own.name == there.name)) {
        if Marker::has(&marker.copied, there.name) {
            copies.push(Copy { name: there.name.to_owned(), value: None, pointer: there.pointer.clone() });
        } else {
            entries.push(there.clone());
        }
    }
    // One that stands nowhere any more is no copy: whoever writes it into the template again means it.
    let mut stands = vec![false; marker.copied.len()];
    for entry in declared.iter().chain(pods) {
        if let Some(stands) = Marker::place(&marker.copied, entry.name).ok().and_then(|at| stands.get_mut(at)) {
            *stands = true;
        }
    }
    // From the end, where they are soon taken out.
    for (name, _) in marker.copied.iter().zip(stands).rev().filter(|(_, stands)| !stands) {
        copies.push(Copy { name: name.clone(), value: None, pointer: String::new() });
    }
    (entries, copies)
}

/// Copies annotations to the template, and notes which.
pub(crate) fn write(template: &mut Value, copies: &[Copy], marker: &mut Marker, prefix: &str) {
    if copies.is_empty() {
        return;
    }
    let Some(annotations) = annotations(template) else {
        return;
    };
    for Copy { name, value, .. } in copies {
        let key = format!("{prefix}/{name}");
        Marker::forget(&mut marker.copied, name);
        if let Some(value) = value {
            annotations.insert(key, value.clone());
            Marker::note(&mut marker.copied, name);
        } else {
            annotations.shift_remove(&key);
        }
    }
    write_marker(template, prefix, marker);
}
