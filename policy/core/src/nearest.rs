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
