//! How wide a text will be, without a font: the widths of Helvetica and its like, with a little room for wider ones.

/// Widths in thousandths of the font's size, from the blank (U+0020) on. Source: the metrics of Helvetica (AFM).
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];
/// Of everything else: wide enough for Chinese.
const OTHER: u16 = 1000;
/// Fonts of systems are up to this much wider than Helvetica.
const ROOM: f64 = 1.12;

/// The width of a text in pixels, for a font of so many pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| f64::from(of(c))).sum::<f64>() / 1000.0 * size * ROOM
}

fn of(c: char) -> u16 {
    let at = usize::try_from(u32::from(c)).ok().and_then(|code| code.checked_sub(0x20));
    at.and_then(|at| WIDTHS.get(at)).copied().unwrap_or(OTHER)
}

/// The text, or its beginning and end with `…` between them where it is wider than `most`.
pub(super) fn fit(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    let room = most - width("…", size);
    let (mut head, mut tail, mut used) = (0, 0, 0.0);
    while head + tail < characters.len() {
        let from_head = head <= tail;
        let next = if from_head { characters.get(head) } else { characters.get(characters.len() - 1 - tail) };
        used += next.map_or(0.0, |c| width(&c.to_string(), size));
        if used > room {
            break;
        }
        if from_head { head += 1 } else { tail += 1 }
    }
    let end = characters.len().saturating_sub(tail);
    characters.iter().take(head).chain([&'…']).chain(characters.iter().skip(end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_loses_its_middle() {
        assert_eq!(fit("postgres", 13.0, 100.0), "postgres");
        let long = fit("a-very-long-name-of-a-deployment-that-goes-on", 13.0, 120.0);
        assert_eq!(long, "a-very-l…goes-on");
        assert!(width(&long, 13.0) <= 120.0);
        assert_eq!(fit("ab", 13.0, 0.0), "…");
    }
}
