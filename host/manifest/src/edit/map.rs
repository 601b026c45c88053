//! Changes in a map: keys that go, keys that come, and values that change.

use super::flow::Change;
use super::{Edit, Slot};
use crate::tree::{Node, Pair};
use crate::{emit, layout};
use serde_json::{Map, Value};
use std::collections::HashMap;

impl Edit<'_> {
    /// Changes a map pair by pair. False where no pair would be left of it, so that it is better written anew.
    pub(super) fn change_map(
        &mut self,
        node: &Node,
        flow: bool,
        pairs: &[Pair],
        current: &Map<String, Value>,
        wanted: &Map<String, Value>,
    ) -> Option<bool> {
        let kept = |pair: &Pair| pair.merge || wanted.contains_key(&pair.name);
        let Some(first) = pairs.iter().position(kept) else {
            return Some(false);
        };
        // Of equal keys the last one counts.
        let last: HashMap<&str, usize> = pairs
            .iter()
            .enumerate()
            .filter(|(_, pair)| !pair.merge)
            .map(|(index, pair)| (pair.name.as_str(), index))
            .collect();
        let added = added(pairs, &last, current, wanted);
        let column = layout::column(self.text, node.span.start);
        if flow {
            let changed = pairs.iter().enumerate().map(|(index, pair)| {
                let (key, value) = (self.node(pair.key)?, self.node(pair.value)?);
                Some((
                    key.outer..value.span.end.max(key.span.end),
                    kept(pair),
                    last.get(pair.name.as_str()) == Some(&index),
                ))
            });
            let changed: Vec<_> = changed.collect::<Option<_>>()?;
            let inside = self.flow_inside(node, changed.first()?.0.start);
            let new = |(name, value): &(&String, &Value)| self.flow_pair(name, value, node, inside);
            let change = Change {
                elements: changed.iter().map(|(range, kept, _)| (range.clone(), *kept)).collect(),
                added: added.iter().map(|new_pairs| new_pairs.iter().map(new).collect()).collect(),
            };
            if !self.change_flow(node, &change, '{') {
                return Some(false);
            }
            for (pair, (_, kept, counts)) in pairs.iter().zip(&changed) {
                if *kept && *counts {
                    self.change(pair.value, current.get(&pair.name)?, wanted.get(&pair.name)?, Slot::Flow)?;
                }
            }
            return Some(true);
        }
        let start = self.node(pairs.first()?.key)?.outer;
        let behind_dash = !layout::is_first(self.text, start);
        if behind_dash && first > 0 {
            self.remove_behind_dash(pairs.get(first.saturating_sub(1))?, start)?;
        }
        let next_line = format!("{}{}", self.layout.eol, emit::pad(column));
        if let Some(new) = added.first().filter(|new| !new.is_empty()) {
            let at = self.node(pairs.get(first)?.key)?.outer;
            let new = new.iter().map(|(name, value)| emit::pair(name, value, column, self.layout) + &next_line);
            self.insert(at, new.collect());
        }
        for (index, pair) in pairs.iter().enumerate() {
            let (key, value) = (self.node(pair.key)?, self.node(pair.value)?);
            let end = value.span.end.max(key.span.end);
            if !kept(pair) {
                if !(behind_dash && index < first) {
                    let lines = layout::line_start(self.text, key.outer)..layout::next_line(self.text, end);
                    self.splice(lines, String::new());
                }
                continue;
            }
            if last.get(pair.name.as_str()) == Some(&index) {
                let after = self.after_colon(key.span.end)?;
                let slot = Slot::Key { column, after };
                self.change(pair.value, current.get(&pair.name)?, wanted.get(&pair.name)?, slot)?;
            }
            for (name, value) in added.get(index.saturating_add(1)).into_iter().flatten() {
                let text = format!("{next_line}{}", emit::pair(name, value, column, self.layout));
                self.insert(layout::line_end(self.text, end), text);
            }
        }
        Some(true)
    }

    /// Removes the pairs from `start` to `last`, where the first of them stands behind a dash: what is below moves up.
    fn remove_behind_dash(&mut self, last: &Pair, start: usize) -> Option<()> {
        let end = self.node(last.value)?.span.end.max(self.node(last.key)?.span.end);
        let next = layout::next_line(self.text, end);
        let rest = self.text.get(next..)?;
        let blanks = rest.len().saturating_sub(rest.trim_start().len());
        self.splice(start..next.saturating_add(blanks), String::new());
        Some(())
    }

    fn after_colon(&self, key_end: usize) -> Option<usize> {
        let rest = self.text.get(key_end..)?;
        let blanks = rest.len().saturating_sub(rest.trim_start().len());
        let colon = key_end.saturating_add(blanks);
        (self.text.as_bytes().get(colon) == Some(&b':')).then_some(colon.saturating_add(1))
    }
}

/// New pairs, by the pair they come after: those at 0 before the first one, those at 1 after it, and so on.
type Added<'value> = Vec<Vec<(&'value String, &'value Value)>>;

/// A new key comes after the key that precedes it in `wanted`.
fn added<'value>(
    pairs: &[Pair],
    last: &HashMap<&str, usize>,
    current: &Map<String, Value>,
    wanted: &'value Map<String, Value>,
) -> Added<'value> {
    let mut added: Added<'value> = vec![Vec::new(); pairs.len().saturating_add(1)];
    // Only what stands after `<<` overrides it.
    let merges = pairs.iter().any(|pair| pair.merge);
    let mut after = if merges { pairs.len() } else { 0 };
    for (name, value) in wanted {
        if let Some(index) = last.get(name.as_str()) {
            if !merges {
                after = index.saturating_add(1);
            }
        } else if current.get(name) != Some(value)
            && let Some(new) = added.get_mut(after)
        {
            new.push((name, value));
        }
    }
    if merges {
        // The last pair may be one that goes.
        let kept = pairs.iter().rposition(|pair| pair.merge || wanted.contains_key(&pair.name));
        if let (Some(kept), Some(new)) = (kept, added.pop()) {
            added.push(Vec::new());
            if let Some(slot) = added.get_mut(kept.saturating_add(1)) {
                *slot = new;
            }
        }
    }
    added
}
