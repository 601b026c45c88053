//! Why a document cannot be read, in plain words, with a hint where one helps.

use granit_parser::{ErrorKind, ScanError};
use std::ops::Range;

/// A place and a reason.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// The byte of the file.
    pub(crate) offset: usize,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(offset: usize, message: String) -> Self {
        Self { offset, message }
    }
}

/// Puts the parser's complaint about `text[range]` in plain words.
pub(crate) fn syntax(text: &str, range: &Range<usize>, error: &ScanError) -> Fault {
    let chunk = text.get(range.clone()).unwrap_or_default();
    let offset = match error.marker().byte_offset() {
        Some(offset) => offset,
        None => chunk.char_indices().nth(error.marker().index()).map_or(chunk.len(), |(at, _)| at),
    };
    let message = words(chunk, offset, error.kind());
    Fault::new(range.start.saturating_add(offset.min(chunk.len())), message)
}

fn words(chunk: &str, offset: usize, kind: &ErrorKind) -> String {
    let before = chunk.get(..offset).unwrap_or(chunk);
    let line = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let line = chunk.get(line..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let indent = line.len().saturating_sub(line.trim_start().len());
    let tab = line.get(..indent).is_some_and(|indent| indent.contains('\t'));
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => with_hint("a tab is used for indentation", "indent with spaces"),
        _ if tab => with_hint("a tab is used for indentation", "indent with spaces"),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            with_hint("a quoted string is not closed", "look for the quote that opens it, above")
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            let close = if *open == '[' { ']' } else { '}' };
            with_hint(&format!("`{open}` is not closed"), &format!("expected `,` or `{close}`"))
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            format!("`{open}` is closed by `{close}`")
        }
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => {
            "expected `,` or `]` in a list".to_owned()
        }
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::ExpectedFlowMappingSeparator => {
            "expected `,` or `}` in a map".to_owned()
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::InvalidIndentation => {
            let expected = if matches!(kind, ErrorKind::ExpectedBlockSequenceEntry) {
                "expected a `-` here, or the end of the list"
            } else {
                "expected a key here, or the end of the map"
            };
            with_hint(expected, "keys of one map, and dashes of one list, stand in the same column")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            with_hint("text follows a quoted string", "quote the whole value, or escape the quote inside")
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => with_hint(
            "a `:` makes a key here, where none can stand",
            "quote the value if it has `: ` in it, or check the indentation",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => with_hint(
            "expected `:` after a key",
            "a line of a map reads `key: value`; check the indentation of lines that go on",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed => {
            with_hint("a list cannot begin here", "put the `-` on its own line, or quote the value")
        }
        ErrorKind::UnexpectedCharacter { character } => {
            with_hint(&format!("a value cannot begin with `{}`", character.escape_default()), "quote the value")
        }
        ErrorKind::UnknownAnchor => {
            let name: String = chunk
                .get(offset..)
                .unwrap_or_default()
                .trim_start_matches('*')
                .chars()
                .take_while(|char| !char.is_whitespace() && !",[]{}".contains(*char))
                .collect();
            with_hint(&format!("unknown anchor `{name}`"), "quote the value if `*` is meant as text")
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            with_hint("unknown escape in double quotes", "write `\\\\` for a backslash, or use single quotes")
        }
        ErrorKind::InvalidBlockScalarHeader => with_hint(
            "expected the end of the line after `|` or `>`",
            "quote the value if it begins with one of these characters",
        ),
        ErrorKind::ExpectedNodeContent | ErrorKind::MisplacedFlowCollectionEnd => {
            with_hint("expected a value here", "quote the value if it begins with a bracket or a comma")
        }
        ErrorKind::ExpectedDocumentStart => {
            with_hint("expected the end of the document, or `---`", "check the indentation of this line")
        }
        ErrorKind::RecursionLimitExceeded => "maps and lists are nested too deep".to_owned(),
        other => other.to_string(),
    }
}

fn with_hint(message: &str, hint: &str) -> String {
    format!("{message}\nhint: {hint}")
}
