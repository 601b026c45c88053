//! Changes in a list: items that go, items that come, and items that change.

use super::flow::Change;
use super::{Edit, Slot, matching};
use crate::tree::{Node, NodeId};
use crate::{emit, layout};
use serde_json::Value;

impl Edit<'_> {
    /// Changes a list item by item. False where no item would be left of it, so that it is better written anew.
    pub(super) fn change_list(
        &mut self,
        node: &Node,
        flow: bool,
        items: &[NodeId],
        current: &[Value],
        wanted: &[Value],
    ) -> Option<bool> {
        let matches = matching::matches(current, wanted);
        if matches.is_empty() {
            return Some(false);
        }
        let mut becomes = vec![None; items.len()];
        for &(old, new) in &matches {
            *becomes.get_mut(old)? = Some(new);
        }
        let added = added(items.len(), &matches, wanted);
        if flow {
            let ranges = items.iter().zip(&becomes).map(|(&item, new)| {
                let item = self.node(item)?;
                Some((item.outer..item.span.end, new.is_some()))
            });
            let elements: Vec<_> = ranges.collect::<Option<_>>()?;
            let inside = self.flow_inside(node, elements.first()?.0.start);
            let new = |value: &&Value| self.flow_value(value, node, inside);
            let added = added.iter().map(|values| values.iter().map(new).collect()).collect();
            if !self.change_flow(node, &Change { elements, added }, '[') {
                return Some(false);
            }
            for &(old, new) in &matches {
                self.change(*items.get(old)?, current.get(old)?, wanted.get(new)?, Slot::Flow)?;
            }
            return Some(true);
        }
        let column = layout::column(self.text, node.span.start);
        let dashes = self.dashes(node, items)?;
        let first = becomes.iter().position(Option::is_some)?;
        // A list in a list begins behind the dash of the outer one.
        let behind_dash = !layout::is_first(self.text, node.span.start);
        if behind_dash && first > 0 {
            self.splice(node.span.start..*dashes.get(first)?, String::new());
        }
        let pad = emit::pad(column);
        if let Some(new) = added.first().filter(|new| !new.is_empty()) {
            let eol = self.layout.eol;
            let dash = *dashes.get(first)?;
            let new = new.iter().map(|value| emit::item(value, column, self.layout));
            if behind_dash {
                self.insert(dash, new.map(|item| item + eol + &pad).collect());
            } else {
                let at = self.above_comments(dash);
                self.insert(at, new.map(|item| pad.clone() + &item + eol).collect());
            }
        }
        for (index, (&item, &new)) in items.iter().zip(&becomes).enumerate() {
            let dash = *dashes.get(index)?;
            let after = dash.saturating_add(1);
            let end = self.node(item)?.span.end.max(after);
            let Some(new) = new else {
                if !(behind_dash && index < first) {
                    let lines = layout::line_start(self.text, dash)..layout::next_line(self.text, end);
                    self.splice(lines, String::new());
                }
                continue;
            };
            self.change(item, current.get(index)?, wanted.get(new)?, Slot::Item { column, after })?;
            for value in added.get(index.saturating_add(1)).into_iter().flatten() {
                let text = format!("{}{pad}{}", self.layout.eol, emit::item(value, column, self.layout));
                self.insert(layout::line_end(self.text, end), text);
            }
        }
        Some(true)
    }

    /// Where the dash of each item stands.
    fn dashes(&self, node: &Node, items: &[NodeId]) -> Option<Vec<usize>> {
        let mut dashes = Vec::with_capacity(items.len());
        let mut at = node.span.start;
        for &item in items {
            let dash = self.next_token(at)?;
            (self.text.as_bytes().get(dash) == Some(&b'-')).then_some(())?;
            dashes.push(dash);
            at = self.node(item)?.span.end.max(dash.saturating_add(1));
        }
        Some(dashes)
    }

    /// The next byte that is neither blank nor in a comment.
    fn next_token(&self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            let rest = self.text.get(at..)?;
            let inner = rest.trim_start();
            at = at.saturating_add(rest.len().saturating_sub(inner.len()));
            if !inner.starts_with('#') {
                return Some(at);
            }
            at = layout::line_end(self.text, at);
        }
    }

    /// The line where the comments right above a line begin: they are about what stands below them.
    fn above_comments(&self, offset: usize) -> usize {
        let mut start = layout::line_start(self.text, offset);
        while let Some(above) = start.checked_sub(1).filter(|&above| above > self.document.range.start) {
            let line_start = layout::line_start(self.text, above);
            let line = self.text.get(line_start..above).unwrap_or_default();
            if !line.trim_start().starts_with('#') {
                break;
            }
            start = line_start;
        }
        start
    }
}

/// New items, by the item they come after: those at 0 before the first one, those at 1 after it, and so on.
fn added<'value>(old: usize, matches: &[(usize, usize)], wanted: &'value [Value]) -> Vec<Vec<&'value Value>> {
    let mut added = vec![Vec::new(); old.saturating_add(1)];
    let (mut after, mut from) = (0_usize, 0_usize);
    for &(old, new) in matches.iter().chain([&(usize::MAX, wanted.len())]) {
        if let Some(slot) = added.get_mut(after) {
            slot.extend(wanted.get(from..new).unwrap_or_default());
        }
        after = old.saturating_add(1);
        from = new.saturating_add(1);
    }
    added
}
