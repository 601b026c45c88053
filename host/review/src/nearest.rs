//! The word that somebody probably meant.

/// The known word that is nearest, where one is near: at most a third of it differs.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_ascii_lowercase().replace('_', "-");
    let near = |known: &&str| strsim::osa_distance(&word, known) * 3 <= known.chars().count();
    known.into_iter().filter(near).min_by_key(|known| strsim::osa_distance(&word, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_near() {
        let known = ["settings", "fail-on", "format"];
        assert_eq!(nearest("fail_on", known), Some("fail-on"));
        assert_eq!(nearest("setings", known), Some("settings"));
        assert_eq!(nearest("formt", known), Some("format"));
        assert_eq!(nearest("something", known), None);
    }
}
