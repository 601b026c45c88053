//! A part of a target, and where it stands: errors point at it.

use super::ParseError;
use std::ops::Range;

/// A part of the word and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

impl Piece<'_> {
    pub(super) const fn span(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    /// The pieces on both sides of the first separator.
    pub(super) fn split(self, separator: &str) -> Option<(Self, Self)> {
        let (left, right) = crate::search::cut(self.text, separator)?;
        Some((Self { text: left, at: self.at }, Self { text: right, at: self.at + left.len() + separator.len() }))
    }

    /// As [`Self::split`], at the last separator.
    pub(super) fn split_last(self, separator: char) -> Option<(Self, Self)> {
        let (left, right) = self.text.rsplit_once(separator)?;
        Some((Self { text: left, at: self.at }, Self { text: right, at: self.at + left.len() + separator.len_utf8() }))
    }

    pub(super) fn error(self, message: String, help: impl Into<String>) -> ParseError {
        ParseError::new(self.span(), message, help)
    }
}
