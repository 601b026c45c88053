//! Changes between brackets, in JSON and in YAML's flow style: elements and their commas.

use super::Edit;
use crate::tree::{Content, Node, Style};
use crate::{emit, layout};
use serde_json::Value;
use std::ops::Range;

/// What becomes of the elements of a map or list in flow style.
pub(super) struct Change {
    /// Each element, and whether it stays.
    pub(super) elements: Vec<(Range<usize>, bool)>,
    /// New elements: those at 0 before the first one, those at 1 after it, and so on.
    pub(super) added: Vec<Vec<String>>,
}

impl Edit<'_> {
    /// Removes and adds elements. False for a map without brackets (`[key: value]`) that would need some.
    pub(super) fn change_flow(&mut self, node: &Node, change: &Change, bracket: char) -> bool {
        let stays = change.elements.iter().all(|(_, kept)| *kept) && change.added.iter().all(Vec::is_empty);
        if stays {
            return true;
        }
        let bracketed = self.text.get(node.span.clone()).is_some_and(|text| text.starts_with(bracket));
        let Some(first) = change.elements.iter().find(|(_, kept)| *kept).map(|(range, _)| range.start) else {
            return false;
        };
        if !bracketed {
            return false;
        }
        let comma = self.comma(node, change.elements.first().map_or(first, |(range, _)| range.start));
        for new in change.added.first().into_iter().flatten() {
            self.insert(first, format!("{new}{comma}"));
        }
        // Where the elements that go begin, and the end of the last one that stays.
        let mut gone: Option<usize> = None;
        let mut stayed: Option<usize> = None;
        for (index, (range, kept)) in change.elements.iter().enumerate() {
            if !kept {
                gone.get_or_insert(range.start);
                continue;
            }
            match (gone.take(), stayed) {
                (Some(_), Some(end)) => self.splice(end..range.start, comma.clone()),
                (Some(start), None) => self.splice(start..range.start, String::new()),
                (None, _) => {}
            }
            stayed = Some(range.end);
            for new in change.added.get(index.saturating_add(1)).into_iter().flatten() {
                self.insert(range.end, format!("{comma}{new}"));
            }
        }
        if let (Some(_), Some(end), Some((last, _))) = (gone, stayed, change.elements.last()) {
            self.splice(end..last.end, String::new());
        }
        true
    }

    /// What stands between two elements: on one line, or a line for each.
    fn comma(&self, node: &Node, first: usize) -> String {
        let gap = self.text.get(node.span.start..first).unwrap_or_default();
        if gap.contains('\n') {
            return format!(",{}{}", self.layout.eol, layout::indentation(self.text, first));
        }
        if self.document.json && !self.layout.json.spaced { "," } else { ", " }.to_owned()
    }

    /// The indentation of the line an element begins in.
    pub(super) fn flow_inside(&self, node: &Node, first: usize) -> &str {
        let gap = self.text.get(node.span.start..first).unwrap_or_default();
        let at = if gap.contains('\n') { first } else { node.span.start };
        layout::indentation(self.text, at)
    }

    /// A value as it is written between brackets around `near`.
    pub(super) fn flow_value(&self, value: &Value, near: &Node, outside: &str) -> String {
        if !self.document.json {
            return if self.like_json(near) {
                emit::json(value, "", &self.one_line(), self.layout.eol)
            } else {
                emit::flow(value, self.layout.quotes)
            };
        }
        let style = self.json_style(near);
        emit::json(value, outside, &style, self.layout.eol)
    }

    pub(super) fn flow_pair(&self, name: &str, value: &Value, near: &Node, outside: &str) -> String {
        if self.document.json {
            return emit::json_pair(name, value, outside, &self.json_style(near), self.layout.eol);
        }
        if self.like_json(near) {
            return emit::json_pair(name, value, "", &self.one_line(), self.layout.eol);
        }
        let pair = emit::flow(&Value::from_iter([(name, value.clone())]), self.layout.quotes);
        pair.strip_prefix('{').and_then(|pair| pair.strip_suffix('}')).unwrap_or(&pair).to_owned()
    }

    /// JSON on one line stays on it, in a file that is else on many lines.
    fn json_style(&self, near: &Node) -> emit::Json {
        let one_line = self.text.get(near.span.clone()).is_some_and(|text| !text.contains('\n'));
        let empty_or_scalar = match &near.content {
            Content::Map { pairs, .. } => pairs.is_empty(),
            Content::List { items, .. } => items.is_empty(),
            _ => true,
        };
        if one_line && !empty_or_scalar { self.one_line() } else { self.layout.json.clone() }
    }

    fn one_line(&self) -> emit::Json {
        emit::Json { unit: None, spaced: self.layout.json.spaced }
    }

    /// Whether a flow map in YAML has its keys in double quotes, as JSON has.
    fn like_json(&self, near: &Node) -> bool {
        let Content::Map { pairs, .. } = &near.content else {
            return false;
        };
        let quoted = pairs.first().and_then(|pair| self.node(pair.key)).map(|key| &key.content);
        matches!(quoted, Some(Content::Scalar { style: Style::Double, .. }))
    }
}
