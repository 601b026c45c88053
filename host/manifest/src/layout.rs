//! The style of a document: what new parts of it should look like.

use crate::document::Document;
use crate::tree::{Content, Node, Style, Tree};

/// Indentation, quotes and line ends of a document.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Columns a map stands deeper than the key it belongs to.
    pub(crate) step: usize,
    /// Columns a list stands deeper than the key it belongs to; often none.
    pub(crate) list: usize,
    /// Columns from a dash to its item.
    pub(crate) dash: usize,
    /// What ends a line.
    pub(crate) eol: &'static str,
    /// The quotes for strings that need some.
    pub(crate) quotes: Style,
    /// Strings of several lines are literal blocks; else they are in quotes.
    pub(crate) blocks: bool,
    /// How JSON is written.
    pub(crate) json: Json,
}

/// The style of JSON, or of what is written like it.
#[derive(Debug, Clone)]
pub(crate) struct Json {
    /// One level of indentation; none where all is on one line.
    pub(crate) unit: Option<String>,
    /// A blank follows a colon, and a comma.
    pub(crate) spaced: bool,
}

impl Default for Layout {
    /// As kubectl prints: two columns, lists under their key.
    fn default() -> Self {
        Self {
            step: 2,
            list: 0,
            dash: 2,
            eol: "\n",
            quotes: Style::Double,
            blocks: true,
            json: Json { unit: None, spaced: true },
        }
    }
}

impl Layout {
    /// The style most often met in the document.
    pub(crate) fn of(document: &Document, text: &str) -> Self {
        let body = text.get(document.range.clone()).unwrap_or_default();
        let first_line = body.split_inclusive('\n').next().unwrap_or_default();
        let mut votes = Votes::default();
        for node in document.tree.iter() {
            votes.count(&document.tree, node, text);
        }
        let list = if votes.indented > votes.level { votes.list } else { None };
        let step = votes.step.or(list).unwrap_or(2).clamp(1, 16);
        Self {
            step,
            list: list.unwrap_or(0),
            dash: votes.dash.unwrap_or(2).clamp(2, 16),
            eol: if first_line.ends_with("\r\n") { "\r\n" } else { "\n" },
            quotes: if votes.single > votes.double { Style::Single } else { Style::Double },
            blocks: true,
            json: Json {
                unit: unit(document, text),
                spaced: !document.json || body.contains("\": ") || !body.contains("\":"),
            },
        }
    }
}

#[derive(Default)]
struct Votes {
    step: Option<usize>,
    list: Option<usize>,
    dash: Option<usize>,
    indented: usize,
    level: usize,
    single: usize,
    double: usize,
}

impl Votes {
    fn count(&mut self, tree: &Tree, node: &Node, text: &str) {
        match &node.content {
            Content::Scalar { style: Style::Single, .. } => self.single = self.single.saturating_add(1),
            Content::Scalar { style: Style::Double, .. } => self.double = self.double.saturating_add(1),
            Content::Map { flow: false, pairs } => {
                let column = column(text, node.span.start);
                for value in pairs.iter().filter_map(|pair| tree.node(pair.value)) {
                    let deeper = || self::column(text, value.span.start).saturating_sub(column);
                    match value.content {
                        Content::Map { flow: false, .. } if self.step.is_none() => self.step = Some(deeper()),
                        Content::List { flow: false, .. } => {
                            let deeper = deeper();
                            if deeper == 0 {
                                self.level = self.level.saturating_add(1);
                            } else {
                                self.indented = self.indented.saturating_add(1);
                                self.list.get_or_insert(deeper);
                            }
                        }
                        _ => {}
                    }
                }
            }
            Content::List { flow: false, items } if self.dash.is_none() => {
                let first = items.first().and_then(|&item| tree.node(item));
                let gap = first.and_then(|item| text.get(node.span.start..item.outer));
                self.dash = gap.filter(|gap| gap.len() > 1 && !gap.contains('\n')).map(str::len);
            }
            _ => {}
        }
    }
}

/// One level of JSON's indentation: what the first nested value is indented with.
fn unit(document: &Document, text: &str) -> Option<String> {
    let root = document.tree.node(document.tree.root)?;
    let first = match &root.content {
        Content::Map { flow: true, pairs } => pairs.first()?.key,
        Content::List { flow: true, items } => *items.first()?,
        _ => return None,
    };
    let outside = indentation(text, root.span.start);
    let start = document.tree.node(first)?.span.start;
    let gap = text.get(root.span.start..start)?;
    let inside = indentation(text, start);
    gap.contains('\n').then(|| inside.strip_prefix(outside).unwrap_or("  ").to_owned())
}

/// Where the line of a byte begins.
pub(crate) fn line_start(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    match before.get(start..) {
        Some(line) if line.starts_with('\u{feff}') => start.saturating_add('\u{feff}'.len_utf8()),
        _ => start,
    }
}

/// Where the line of a byte ends, before its line break.
pub(crate) fn line_end(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
    offset.saturating_add(line.strip_suffix('\r').unwrap_or(line).len())
}

/// Where the line after that of a byte begins.
pub(crate) fn next_line(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |at| offset.saturating_add(at).saturating_add(1))
}

/// Characters of a line before a byte.
pub(crate) fn column(text: &str, offset: usize) -> usize {
    text.get(line_start(text, offset)..offset).map_or(0, |before| before.chars().count())
}

/// The blanks a byte's line begins with.
pub(crate) fn indentation(text: &str, offset: usize) -> &str {
    let line = text.get(line_start(text, offset)..offset).unwrap_or_default();
    let inner = line.trim_start_matches([' ', '\t']);
    line.get(..line.len().saturating_sub(inner.len())).unwrap_or_default()
}

/// Whether only blanks stand before a byte in its line.
pub(crate) fn is_first(text: &str, offset: usize) -> bool {
    let line = text.get(line_start(text, offset)..offset).unwrap_or_default();
    line.trim_start_matches(' ').is_empty()
}
