//! The known word that somebody most likely meant.

/// The nearest of the words, if one is near enough to be a slip of the finger.
pub(crate) fn nearest<'w>(wrong: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    // Hostile words are not worth a quadratic comparison.
    if wrong.len() > 64 {
        return None;
    }
    words
        .into_iter()
        .map(|word| (distance(wrong, word), word))
        .min()
        .filter(|(distance, word)| *distance <= 2.max(word.len() / 3))
        .map(|(_, word)| word)
}

/// Levenshtein's distance, in bytes.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, a) in left.bytes().enumerate() {
        let mut diagonal = at;
        let mut before = at + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(right.bytes()) {
            let cost = diagonal + usize::from(a != b);
            diagonal = *cell;
            before = cost.min(before + 1).min(*cell + 1);
            *cell = before;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_what_has_to_be_typed() {
        for (left, right, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("abcd", "abcd", 0),
            ("abcd", "bacd", 2),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn a_slip_of_the_finger_is_near_enough() {
        assert_eq!(nearest("timeuot", ["condition", "timeout"]), Some("timeout"));
        assert_eq!(nearest("ab", ["abcd", "abcde"]), Some("abcd"));
        assert_eq!(nearest("a", ["abcd"]), None);
        // A third of a longer word may be wrong.
        assert_eq!(nearest("statefuls", ["statefulsets"]), Some("statefulsets"));
        assert_eq!(nearest("stateful", ["statefulset"]), Some("statefulset"));
        assert_eq!(nearest("stateful", ["statefulsets"]), Some("statefulsets"));
        assert_eq!(nearest("statefu", ["statefulsets"]), None);
        let long = "x".repeat(64);
        assert_eq!(nearest(&long, [long.as_str()]), Some(long.as_str()));
        let longer = "x".repeat(65);
        assert_eq!(nearest(&longer, [longer.as_str()]), None);
        assert_eq!(nearest("x", []), None);
    }
}
