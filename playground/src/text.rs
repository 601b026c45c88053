//! Places in a text, as an editor in a browser counts them: in UTF-16 code units.

/// Turns bytes of a text into code units.
#[derive(Debug)]
pub struct Units<'t> {
    text: &'t str,
    /// Bytes and units are the same.
    ascii: bool,
}

impl<'t> Units<'t> {
    /// For a text.
    pub fn of(text: &'t str) -> Self {
        Self { text, ascii: text.is_ascii() }
    }

    /// The units before a byte; those of the whole text for a byte behind its end or inside a character.
    pub fn before(&self, byte: usize) -> usize {
        if self.ascii {
            return byte.min(self.text.len());
        }
        self.text.get(..byte).unwrap_or(self.text).encode_utf16().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_javascript() {
        let units = Units::of("a: é 🚀!");
        let places = [0, 3, 5, 6, 10, 11, 99].map(|byte| units.before(byte));
        assert_eq!(places, [0, 3, 4, 5, 7, 8, 8]);
        let plain = Units::of("abc");
        assert_eq!([0, 2, 3, 4].map(|byte| plain.before(byte)), [0, 2, 3, 3]);
    }
}
