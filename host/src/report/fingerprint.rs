//! A name for a finding that stays the same while the lines around it move.

use crate::check::Located;
use crate::request::hash;
use std::collections::BTreeMap;

/// Numbers findings that nothing else tells apart: several mistakes in one declaration.
#[derive(Debug, Default)]
pub(super) struct Fingerprints(BTreeMap<String, usize>);

impl Fingerprints {
    /// Rule, object and pointer, with what `scope` adds, as sixteen hexadecimal digits.
    pub(super) fn of(&mut self, located: &Located, scope: &str) -> String {
        let object = located.object.as_ref();
        let object = object.map(|object| format!("{} {}", object.api_version, object.label())).unwrap_or_default();
        let key = format!("{scope}\n{}\n{object}\n{}", located.finding.rule, located.finding.pointer);
        let count = self.0.entry(key.clone()).or_default();
        *count += 1;
        format!("{:016x}", hash(&format!("{key}\n{count}")))
    }
}
