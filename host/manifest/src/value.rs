//! From a tree to its value, as goyaml and the way to JSON have it: anchors followed, maps merged, the last key wins.

use crate::complaint::Fault;
use crate::tree::{Content, NodeId, Pair, Tree};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::ops::Range;

/// Bytes of text that aliases may copy. goyaml shares strings, so it needs no such bound.
const COPIED: usize = 64 << 20;

/// What is strange about a value, and where.
pub(crate) type Warnings = Vec<(Range<usize>, String)>;

/// The value of a whole tree.
pub(crate) fn build(tree: &Tree) -> Result<(Value, Warnings), Fault> {
    let mut builder = Builder { tree, warnings: Vec::new(), decoded: 0, aliased: 0, copied: 0, aliases: 0 };
    let value = builder.node(tree.root)?;
    Ok((value, builder.warnings))
}

struct Builder<'tree> {
    tree: &'tree Tree,
    warnings: Warnings,
    /// Nodes visited, and how many of these through an alias.
    decoded: u32,
    aliased: u32,
    copied: usize,
    /// How many aliases lead here.
    aliases: usize,
}

impl Builder<'_> {
    fn node(&mut self, id: NodeId) -> Result<Value, Fault> {
        let Some(node) = self.tree.node(id) else {
            return Ok(Value::Null);
        };
        self.count(node.span.start)?;
        match &node.content {
            Content::Scalar { value, .. } => {
                if self.aliases > 0 {
                    self.copied = self.copied.saturating_add(value.as_str().map_or(0, str::len));
                }
                Ok(value.clone())
            }
            Content::Alias(target) => {
                self.aliases = self.aliases.saturating_add(1);
                let value = self.node(*target);
                self.aliases = self.aliases.saturating_sub(1);
                value.map_err(|fault| Fault::new(node.span.start, fault.message))
            }
            Content::List { items, .. } => items.iter().map(|&item| self.node(item)).collect(),
            Content::Map { pairs, .. } => self.map(pairs),
        }
    }

    fn map(&mut self, pairs: &[Pair]) -> Result<Value, Fault> {
        let mut map = Map::new();
        // What came by `<<` may be overridden without a word: that is what merging is for.
        let mut merged = HashSet::new();
        for pair in pairs {
            let key = self.tree.node(pair.key).map(|node| node.span.clone()).unwrap_or_default();
            self.count(key.start)?;
            if pair.merge {
                self.merge(pair, key, &mut map, &mut merged)?;
                continue;
            }
            let value = self.node(pair.value)?;
            let twice = map.insert(pair.name.clone(), value).is_some();
            if twice && !merged.remove(&pair.name) && self.aliases == 0 {
                let message = format!("key `{}` stands twice in this map; the last one counts", pair.name);
                self.warnings.push((key, message));
            }
        }
        Ok(Value::Object(map))
    }

    fn merge(
        &mut self,
        pair: &Pair,
        key: Range<usize>,
        map: &mut Map<String, Value>,
        names: &mut HashSet<String>,
    ) -> Result<(), Fault> {
        let wrong = || {
            let message = "`<<` merges a map, or a list of maps\nhint: quote `<<`, if it is meant as a key";
            Fault::new(key.start, message.to_owned())
        };
        let direct = self.tree.node(pair.value).is_some_and(|node| {
            // goyaml wants the list itself, but takes aliases in it.
            matches!(node.content, Content::List { .. })
        });
        let mut merged = Map::new();
        match self.node(pair.value)? {
            Value::Object(other) => merged = other,
            Value::Array(items) if direct => {
                // The first map that has a key wins.
                for item in items.into_iter().rev() {
                    let Value::Object(item) = item else {
                        return Err(wrong());
                    };
                    merged.extend(item);
                }
            }
            _ => return Err(wrong()),
        }
        for (name, value) in merged {
            let explicit = map.contains_key(&name) && !names.contains(&name);
            if explicit && self.aliases == 0 {
                let message = format!("`<<` replaces `{name}`, which stands before it");
                self.warnings.push((key.clone(), message));
            }
            names.insert(name.clone());
            map.insert(name, value);
        }
        Ok(())
    }

    /// goyaml's guard against a few aliases that stand for very much.
    fn count(&mut self, offset: usize) -> Result<(), Fault> {
        self.decoded = self.decoded.saturating_add(1);
        if self.aliases > 0 {
            self.aliased = self.aliased.saturating_add(1);
        }
        let (decoded, aliased) = (f64::from(self.decoded), f64::from(self.aliased));
        let allowed = match self.decoded {
            0..=400_000 => 0.99,
            4_000_000.. => 0.1,
            _ => 0.99 - 0.89 * (decoded - 400_000.0) / 3_600_000.0,
        };
        let excessive = self.aliased > 100 && self.decoded > 1000 && aliased / decoded > allowed;
        if excessive || self.copied > COPIED {
            let message = "aliases expand to far more than what is written";
            return Err(Fault::new(offset, message.to_owned()));
        }
        Ok(())
    }
}
