//! What the manifest of a policy says of it.

use crate::Problem;
use std::collections::BTreeMap;

/// The annotations of a manifest, from those of a policy's metadata, as kwctl makes them: without those of several lines
/// (so without `io.kubewarden.policy.usage`), trimmed, and with `org.opencontainers.image.source` from
/// `io.kubewarden.policy.source`, by which registries find the repository with the sources.
///
/// Source: kwctl `push.rs`, `build_oci_annotations`; policy-evaluator `constants.rs`.
pub fn manifest_annotations(metadata: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut annotations: BTreeMap<String, String> = metadata
        .iter()
        .filter(|(_, value)| value.lines().count() <= 1)
        .map(|(key, value)| (key.clone(), value.trim().to_owned()))
        .collect();
    if let Some(source) = annotations.get("io.kubewarden.policy.source").cloned() {
        annotations.entry("org.opencontainers.image.source".to_owned()).or_insert(source);
    }
    annotations
}

/// Refuses what the canonical form of JSON would write so that nobody can read it.
pub(crate) fn check(annotations: &BTreeMap<String, String>) -> Result<(), Problem> {
    let odd = |text: &str| text.chars().any(|letter| u32::from(letter) < 0x20);
    match annotations.iter().find(|(key, value)| odd(key) || odd(value)) {
        Some((name, _)) => {
            Err(Problem::Annotation { name: name.chars().filter(|letter| !letter.is_control()).collect() })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn they_are_those_that_kwctl_makes() {
        let source = "https://example.com/mine";
        let metadata = map(&[
            ("io.kubewarden.policy.description", "One line, with its end\n"),
            ("io.kubewarden.policy.source", source),
            ("io.kubewarden.policy.usage", "# Several\n\nlines\n"),
        ]);
        let expected = map(&[
            ("io.kubewarden.policy.description", "One line, with its end"),
            ("io.kubewarden.policy.source", source),
            ("org.opencontainers.image.source", source),
        ]);
        assert_eq!(manifest_annotations(&metadata), expected);
    }

    #[test]
    fn a_source_that_is_named_stays() {
        let metadata = map(&[("io.kubewarden.policy.source", "a"), ("org.opencontainers.image.source", "b")]);
        assert_eq!(manifest_annotations(&metadata), metadata);
    }

    #[test]
    fn control_characters_are_refused_by_name() {
        assert_eq!(check(&map(&[("a", "b c")])), Ok(()));
        assert_eq!(check(&map(&[("a", "b\tc")])), Err(Problem::Annotation { name: "a".to_owned() }));
    }
}
