//! Where a part of a decoded string stands in the text it is written as.

use crate::tree::Style;
use std::ops::Range;

/// The bytes of `raw` that `span` of the decoded `string` is written as; none where the two cannot be matched.
pub(crate) fn place(raw: &str, style: Style, string: &str, span: Range<usize>) -> Option<Range<usize>> {
    if span.start > span.end || span.end > string.len() {
        return None;
    }
    let pieces = match style {
        Style::Plain => flow(raw, 0, |_| None),
        Style::Single => flow(raw.get(1..raw.len().checked_sub(1)?)?, 1, quote),
        Style::Double => flow(raw.get(1..raw.len().checked_sub(1)?)?, 1, escape),
        Style::Literal | Style::Folded => block(raw, string)?,
    };
    let decoded: usize = pieces.iter().map(|piece| piece.decoded).sum();
    (decoded == string.len()).then(|| locate(&pieces, &span))
}

/// A piece of the raw text and how many bytes of the string it gives. Where the numbers are equal it stands for itself.
struct Piece {
    decoded: usize,
    raw: Range<usize>,
}

fn locate(pieces: &[Piece], span: &Range<usize>) -> Range<usize> {
    let mut found: Option<Range<usize>> = None;
    let mut at = 0_usize;
    for piece in pieces {
        let end = at.saturating_add(piece.decoded);
        let verbatim = piece.raw.len() == piece.decoded;
        let inside = span.start < end && span.end > at;
        let before = span.is_empty() && found.is_none() && span.start >= at && span.start < end;
        if inside || before {
            let skip = if verbatim { span.start.saturating_sub(at) } else { 0 };
            let start = piece.raw.start.saturating_add(skip);
            let stop = if verbatim && span.end < end {
                piece.raw.start.saturating_add(span.end.saturating_sub(at))
            } else {
                piece.raw.end
            };
            let stop = if span.is_empty() { start } else { stop };
            found = Some(found.map_or(start, |found| found.start)..stop);
        }
        at = end;
    }
    let end = pieces.last().map_or(0, |piece| piece.raw.end);
    found.unwrap_or(end..end)
}

/// A quoted or plain scalar: escapes by `escape`, and line folding.
fn flow(raw: &str, base: usize, escape: impl Fn(&str) -> Option<(usize, usize)>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0_usize;
    while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
        let blanks = rest.len().saturating_sub(rest.trim_start_matches([' ', '\t']).len());
        let breaks = rest.get(blanks..).is_some_and(|rest| rest.starts_with(['\n', '\r']));
        let (decoded, length) = if let Some(found) = escape(rest) {
            found
        } else if breaks {
            let inner = rest.trim_start_matches([' ', '\t', '\n', '\r']);
            let length = rest.len().saturating_sub(inner.len());
            let gap = rest.get(..length).unwrap_or_default().replace("\r\n", "\n").replace('\r', "\n");
            // One line break is a space; more are one less.
            let lines = gap.matches('\n').count();
            (lines.saturating_sub(1).max(1), length)
        } else {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            (length, length)
        };
        let start = base.saturating_add(at);
        pieces.push(Piece { decoded, raw: start..start.saturating_add(length) });
        at = at.saturating_add(length.max(1));
    }
    pieces
}

/// `''` in single quotes.
fn quote(rest: &str) -> Option<(usize, usize)> {
    rest.starts_with("''").then_some((1, 2))
}

/// An escape in double quotes: the bytes it gives, and its length.
fn escape(rest: &str) -> Option<(usize, usize)> {
    let after = rest.strip_prefix('\\')?;
    let hex = |from: usize, digits: usize| {
        let digits = after.get(from..from.saturating_add(digits))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let width = |code: u32| char::from_u32(code).map_or(3, char::len_utf8);
    Some(match after.chars().next()? {
        'x' => (width(hex(1, 2)?), 4),
        'u' => {
            let code = hex(1, 4)?;
            if (0xd800..0xdc00).contains(&code) { (4, 12) } else { (width(code), 6) }
        }
        'U' => (width(hex(1, 8)?), 10),
        '_' | 'N' => (2, 2),
        'L' | 'P' => (3, 2),
        '\n' | '\r' => {
            // The line goes on, without the next one's indentation.
            let next = after.strip_prefix("\r\n").or_else(|| after.get(1..))?;
            let next = next.trim_start_matches([' ', '\t']);
            (0, rest.len().saturating_sub(next.len()))
        }
        other => (1, other.len_utf8().saturating_add(1)),
    })
}

/// A block scalar, line by line. Each line of it is indented text of the string.
fn block(raw: &str, string: &str) -> Option<Vec<Piece>> {
    let mut lines = raw.split_inclusive('\n');
    let mut at = lines.next()?.len();
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = string;
    let mut indent = None;
    for line in lines {
        let content = line.trim_end_matches(['\n', '\r']);
        let blank = content.trim_start_matches(' ').is_empty();
        if indent.is_none() && !blank {
            let inner = content.trim_start_matches(' ');
            // The first line may begin with spaces of its own, behind an indentation indicator.
            let own = rest.len().saturating_sub(rest.trim_start_matches(' ').len());
            indent = Some(content.len().saturating_sub(inner.len()).checked_sub(own)?);
        }
        let text = content.get(indent.unwrap_or(content.len())..).unwrap_or_default();
        let start = at.saturating_add(content.len()).saturating_sub(text.len());
        rest = rest.strip_prefix(text)?;
        pieces.push(Piece { decoded: text.len(), raw: start..start.saturating_add(text.len()) });
        // A break is a break, a space where lines are folded, or nothing before blank lines.
        let broken = rest.strip_prefix(['\n', ' ']);
        let end = at.saturating_add(line.len());
        pieces.push(Piece { decoded: usize::from(broken.is_some()), raw: at.saturating_add(content.len())..end });
        rest = broken.unwrap_or(rest);
        at = end;
    }
    // The last line break is not part of the node.
    if !rest.is_empty() {
        pieces.push(Piece { decoded: rest.len(), raw: at..at });
        rest.bytes().all(|byte| byte == b'\n').then_some(())?;
    }
    Some(pieces)
}
