//! A changed document as changed text: only what differs is spliced, and the result is read again.

use crate::document::Document;
use crate::emit::{self, Block};
use crate::layout::{self, Layout};
use crate::tree::{Content, Node, NodeId, Style};
use crate::{Entry, quote, read, scalar};
use serde_json::Value;
use std::ops::Range;

mod map;
mod list;
mod flow;
mod matching;

/// The text of a document, changed so that it reads as `wanted`. See [`Document::edited`].
pub(crate) fn edited(document: &Document, text: &str, wanted: &Value) -> String {
    let wanted = scalar::canonical(wanted);
    spliced(document, text, &wanted).unwrap_or_else(|| {
        let layout = Layout::of(document, text);
        anew(document, text, &layout, &wanted)
    })
}

/// The same by splices alone; none where that cannot be. See [`Document::spliced`].
pub(crate) fn spliced(document: &Document, text: &str, wanted: &Value) -> Option<String> {
    let wanted = scalar::canonical(wanted);
    if document.value == wanted {
        return text.get(document.range.clone()).map(str::to_owned);
    }
    let mut layout = Layout::of(document, text);
    // A new block of text would take in an odd comment below it; quotes do not.
    for blocks in [true, false] {
        layout.blocks = blocks;
        let mut spliced = Edit::new(document, text, &layout).run(&wanted)?;
        if reads_as(&spliced, &wanted) {
            return Some(spliced);
        }
        // A block of text at the end of a file needs its line break.
        spliced.push_str(layout.eol);
        if reads_as(&spliced, &wanted) {
            return Some(spliced);
        }
    }
    None
}

/// Whether a text is one document with this value.
fn reads_as(text: &str, wanted: &Value) -> bool {
    matches!(read(text).as_slice(), [Entry::Document(document)] if document.value == *wanted)
}

/// The document written as a whole: between the text before and after it, or with its separator line only.
fn anew(document: &Document, text: &str, layout: &Layout, wanted: &Value) -> String {
    let eol = layout.eol;
    let original = text.get(document.range.clone()).unwrap_or_default();
    let separator = match original.split_inclusive('\n').next() {
        Some(line) if line.starts_with("---") => line.to_owned(),
        _ => String::new(),
    };
    let root = document.tree.node(document.tree.root);
    let (start, end) = root.map_or((document.range.start, document.range.end), |root| (root.outer, root.span.end));
    let before = text.get(document.range.start..start).unwrap_or_default();
    let after = text.get(end..document.range.end).unwrap_or_default();
    let outside = layout::indentation(text, start);
    let as_json = emit::json(wanted, outside, &layout.json, eol);
    let pretty = emit::Json { unit: Some("  ".to_owned()), spaced: true };
    let plain_json = format!("{separator}{}{eol}", emit::json(wanted, "", &pretty, eol));
    if document.json {
        let inside = format!("{before}{as_json}{after}");
        return if reads_as(&inside, wanted) { inside } else { plain_json };
    }
    let column = layout::column(text, start);
    let yaml = emit::inner(wanted, column, layout);
    let candidates = [format!("{before}{yaml}{after}"), format!("{separator}{}{eol}", emit::inner(wanted, 0, layout))];
    candidates.into_iter().find(|text| reads_as(text, wanted)).unwrap_or(plain_json)
}

/// The splices that make one value of another.
struct Edit<'text> {
    document: &'text Document,
    text: &'text str,
    layout: &'text Layout,
    splices: Vec<(Range<usize>, String)>,
}

/// Where a node stands in its document.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Root,
    /// In a block map: the column of the key, and the byte after the colon.
    Key {
        column: usize,
        after: usize,
    },
    /// In a block list: the column of the dash, and the byte after it.
    Item {
        column: usize,
        after: usize,
    },
    /// Between brackets.
    Flow,
}

impl<'text> Edit<'text> {
    fn new(document: &'text Document, text: &'text str, layout: &'text Layout) -> Self {
        Self { document, text, layout, splices: Vec::new() }
    }

    fn run(mut self, wanted: &Value) -> Option<String> {
        let slot = if self.document.json { Slot::Flow } else { Slot::Root };
        self.change(self.document.tree.root, &self.document.value, wanted, slot)?;
        self.apply()
    }

    /// The text of the document with all splices. Of those at the same place the first one made comes first.
    fn apply(mut self) -> Option<String> {
        self.splices.sort_by_key(|(range, _)| range.start);
        let mut result = String::new();
        let mut at = self.document.range.start;
        for (range, replacement) in &self.splices {
            result.push_str(self.text.get(at..range.start)?);
            result.push_str(replacement);
            at = range.end;
        }
        result.push_str(self.text.get(at..self.document.range.end)?);
        Some(result)
    }

    fn splice(&mut self, range: Range<usize>, replacement: String) {
        self.splices.push((range, replacement));
    }

    fn insert(&mut self, at: usize, text: String) {
        self.splice(at..at, text);
    }

    fn node(&self, id: NodeId) -> Option<&'text Node> {
        self.document.tree.node(id)
    }

    /// Makes `wanted` of a node. None where that cannot be done by splicing.
    fn change(&mut self, id: NodeId, current: &Value, wanted: &Value, slot: Slot) -> Option<()> {
        if current == wanted {
            return Some(());
        }
        let node = self.node(id)?;
        let done = match (&node.content, current, wanted) {
            (Content::Map { flow, pairs }, Value::Object(current), Value::Object(wanted)) => {
                self.change_map(node, *flow, pairs, current, wanted)?
            }
            (Content::List { flow, items }, Value::Array(current), Value::Array(wanted)) => {
                self.change_list(node, *flow, items, current, wanted)?
            }
            _ => false,
        };
        if done { Some(()) } else { self.replace(node, wanted, slot) }
    }

    /// Writes a value anew where a node stands.
    fn replace(&mut self, node: &Node, wanted: &Value, slot: Slot) -> Option<()> {
        let whole = node.outer..node.span.end;
        // Only behind a key there is room for the comments that stand in the value.
        if !matches!(slot, Slot::Key { .. }) && !self.comments_in(node).is_empty() {
            return None;
        }
        match slot {
            Slot::Flow => {
                let new = self.flow_value(wanted, node, layout::indentation(self.text, node.outer));
                if whole.is_empty() {
                    // `{key: }` has a colon to write behind, `{key}` has none.
                    self.text.get(..whole.start)?.ends_with(':').then_some(())?;
                    self.insert(whole.start, format!(" {new}"));
                } else {
                    self.splice(whole, new);
                }
            }
            Slot::Item { column, after } if whole.is_empty() => {
                let new = emit::item(wanted, column, self.layout);
                let new = new.strip_prefix('-')?;
                self.splice_lines(after..after, new);
            }
            Slot::Root | Slot::Item { .. } => {
                let column = layout::column(self.text, node.outer);
                let new = Self::like(node, wanted).unwrap_or_else(|| emit::inner(wanted, column, self.layout));
                self.splice_lines(whole, &new);
            }
            Slot::Key { column, after } => self.replace_after_key(node, wanted, column, after),
        }
        Some(())
    }

    /// Replaces a value by one of several lines. A comment behind the old one goes behind the first of them.
    fn splice_lines(&mut self, range: Range<usize>, new: &str) {
        let (head, body) = new.split_at_checked(new.find(self.layout.eol).unwrap_or(new.len())).unwrap_or((new, ""));
        let end = layout::line_end(self.text, range.end);
        self.splice(range, head.to_owned());
        if !body.is_empty() {
            self.insert(end, body.to_owned());
        }
    }

    fn replace_after_key(&mut self, node: &Node, wanted: &Value, column: usize, after: usize) {
        let block = match Self::like(node, wanted) {
            Some(head) => Block { head, body: String::new() },
            None => emit::after_key(wanted, column, self.layout),
        };
        let whole = node.outer..node.span.end;
        let below = self.text.get(after..whole.start).is_some_and(|gap| gap.contains('\n'));
        let head = if block.head.is_empty() { String::new() } else { format!(" {}", block.head) };
        let mut body = String::new();
        let between = layout::line_end(self.text, after)..whole.start.max(layout::line_end(self.text, after));
        let above = if below { comments(self.text.get(between).unwrap_or_default()) } else { Vec::new() };
        for comment in above.into_iter().chain(self.comments_in(node)) {
            let first = block.body.trim_start_matches(['\r', '\n']);
            let indent = match first.len() - first.trim_start_matches(' ').len() {
                0 if first.is_empty() => column + 2,
                spaces => spaces,
            };
            body.extend([self.layout.eol, &" ".repeat(indent), comment]);
        }
        body.push_str(&block.body);
        if below {
            // What the key's line has behind it, a comment perhaps, stays there.
            self.insert(after, head);
            self.splice(layout::line_end(self.text, after)..whole.end, String::new());
        } else if !whole.is_empty() && !block.head.is_empty() {
            self.splice(whole.clone(), block.head);
        } else {
            self.splice(after..whole.end.max(after), head);
        }
        if !body.is_empty() {
            self.insert(layout::line_end(self.text, whole.end), body);
        }
    }

    /// The comments between the brackets of an empty map or list; others have their own places.
    fn comments_in(&self, node: &Node) -> Vec<&'text str> {
        let is_empty = match &node.content {
            Content::Map { pairs, .. } => pairs.is_empty(),
            Content::List { items, .. } => items.is_empty(),
            Content::Scalar { .. } | Content::Alias(_) => false,
        };
        let text = self.text.get(node.outer..node.span.end).filter(|_| is_empty);
        comments(text.unwrap_or_default())
    }

    /// A string in the quotes of the one it replaces, if that is on one line.
    fn like(node: &Node, wanted: &Value) -> Option<String> {
        match (&node.content, wanted) {
            (
                Content::Scalar { style: style @ (Style::Single | Style::Double), value: Value::String(_) },
                Value::String(text),
            ) if quote::literal(text).is_none() => Some(quote::inline(text, *style, false)),
            _ => None,
        }
    }
}

/// The comments in a text that holds nothing else but blanks, brackets, anchors and tags.
fn comments(text: &str) -> Vec<&str> {
    let begins =
        |line: &str, at: &usize| line.get(..*at).is_some_and(|before| !before.ends_with(|c| c != ' ' && c != '\t'));
    text.lines()
        .filter_map(|line| {
            let at = line.match_indices('#').map(|(at, _)| at).find(|at| begins(line, at))?;
            Some(line.get(at..)?.trim_end())
        })
        .collect()
}
