//! The text of one file, and where its lines begin.

use crate::Place;
use std::fmt;
use std::ops::Range;

/// A file's text with an index of its lines, shared by all documents of the file.
pub(crate) struct File {
    text: String,
    /// The byte each line begins at; the first one is 0.
    lines: Vec<usize>,
    /// How many characters begin before each `STRIDE`th byte: a column in a long line is found without counting it all.
    characters: Vec<usize>,
}

const STRIDE: usize = 4096;

impl File {
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut lines = vec![0];
        for (offset, &byte) in bytes.iter().enumerate() {
            let next = offset.saturating_add(1);
            // A lone carriage return ends a line too, for YAML.
            if byte == b'\n' || (byte == b'\r' && bytes.get(next) != Some(&b'\n')) {
                lines.push(next);
            }
        }
        let mut count = 0_usize;
        let mut characters = Vec::with_capacity(bytes.len() / STRIDE);
        for stretch in bytes.chunks(STRIDE) {
            characters.push(count);
            count = count.saturating_add(starts(stretch));
        }
        Self { text: text.to_owned(), lines, characters }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The text at `range`; empty where the range is not one of this file.
    pub(crate) fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|&start| start <= offset).max(1);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let offset = floor(&self.text, offset);
        let before = self.characters_before(offset).saturating_sub(self.characters_before(start));
        // A byte-order mark is nothing an editor shows.
        let mark = usize::from(self.slice(start..offset).starts_with('\u{feff}'));
        (line, before.saturating_sub(mark).saturating_add(1))
    }

    /// How many characters begin before a byte.
    fn characters_before(&self, offset: usize) -> usize {
        let stretch = (offset / STRIDE).min(self.characters.len().saturating_sub(1));
        let known = self.characters.get(stretch).copied().unwrap_or(0);
        let from = stretch.saturating_mul(STRIDE);
        known.saturating_add(starts(self.text.as_bytes().get(from..offset).unwrap_or_default()))
    }

    pub(crate) fn place(&self, range: &Range<usize>) -> Place {
        let start = floor(&self.text, range.start);
        let end = floor(&self.text, range.end.max(start));
        let (line, column) = self.position(start);
        let (end_line, end_column) = self.position(end);
        Place { start, end, line, column, end_line, end_column }
    }
}

impl fmt::Debug for File {
    /// The size only: a document that is printed should not print its whole file.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "File({} bytes, {} lines)", self.text.len(), self.lines.len())
    }
}

/// How many characters begin in a stretch of UTF-8.
fn starts(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

/// The nearest character boundary at or before `offset`.
pub(crate) fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset = offset.saturating_sub(1);
    }
    offset
}
