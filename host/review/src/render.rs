//! Manifests as they should be, as one text.

use crate::check::{Checked, Part};

/// A file as it should be.
pub fn rendered(checked: &Checked) -> String {
    let mut text = String::new();
    for part in &checked.parts {
        match part {
            Part::Same(range) => text.push_str(checked.text.get(range.clone()).unwrap_or_default()),
            Part::Changed(changed) => text.push_str(changed),
            Part::Pod(owner, pod) => {
                join(&mut text, &format!("---\n# The Pod of {}\n{}", owner.label(), waitwarden_manifest::print(pod)));
            }
        }
    }
    text
}

/// Puts another document, or file, behind what there is.
pub fn join(text: &mut String, more: &str) {
    if more.is_empty() {
        return;
    }
    if !text.is_empty() {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        if !more.starts_with("---") {
            text.push_str("---\n");
        }
    }
    text.push_str(more);
}
