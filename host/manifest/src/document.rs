//! A document: its value, the place of each part of it, and the objects in it.

use crate::source::File;
use crate::tree::{Content, Node, NodeId, Tree};
use crate::{admission, decode, edit};
use serde_json::Value;
use std::ops::Range;
use std::sync::Arc;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The first byte, counted from the start of the file.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// The line of `start`, from 1.
    pub line: usize,
    /// The column of `start` in its line, in characters, from 1.
    pub column: usize,
    /// The line of `end`, from 1.
    pub end_line: usize,
    /// The column of `end` in its line, in characters, from 1.
    pub end_column: usize,
}

/// Something a reader should know about a document that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where: for a key that stands twice, the second one.
    pub place: Place,
    /// What, in plain words.
    pub message: String,
}

/// One document: its value, and where each part of it stands.
#[derive(Debug, Clone)]
pub struct Document {
    /// What Kubernetes reads.
    pub value: Value,
    /// Bytes of the file, with the separator line and comments above the document and what follows it.
    pub range: Range<usize>,
    /// The chart's file, from Helm's `# Source: ` comment above the document.
    pub source: Option<String>,
    /// What a reader should know, such as keys that stand twice.
    pub warnings: Vec<Warning>,
    pub(crate) file: Arc<File>,
    pub(crate) tree: Tree,
    /// JSON by the rules of JSON.
    pub(crate) json: bool,
}

impl Document {
    /// The place of the value at a JSON pointer.
    ///
    /// With `span`, bytes of the *decoded string* at the pointer, it is the place inside that string, where quotes,
    /// escapes, indentation and folding are accounted for; where that is not possible it is the whole value.
    /// A value that came by an alias or a merge has the place where it is written.
    ///
    /// A pointer that leads nowhere gives the deepest ancestor that exists: its key, if it has one, else itself.
    pub fn place(&self, pointer: &str, span: Option<Range<usize>>) -> Place {
        let (id, key, found) = self.locate(pointer);
        let Some(node) = self.tree.node(id) else {
            return self.file.place(&(self.range.start..self.range.start));
        };
        let key = key.and_then(|key| self.tree.node(key));
        if let (false, Some(key)) = (found, key) {
            return self.file.place(&key.span);
        }
        if let (true, Some(span), Content::Scalar { style, value: Value::String(string) }) =
            (found, span, &node.content)
            && let Some(inner) = decode::place(self.file.slice(node.span.clone()), *style, string, span)
        {
            let start = node.span.start.saturating_add(inner.start);
            let end = node.span.start.saturating_add(inner.end);
            return self.file.place(&(start..end));
        }
        // Nothing can point at an absent value; its key can.
        match key {
            Some(key) if node.span.is_empty() => self.file.place(&key.span),
            _ => self.file.place(&node.span),
        }
    }

    /// The place of the key of a value in a map; of anything else, its own.
    pub fn key_place(&self, pointer: &str) -> Place {
        let (_, key, found) = self.locate(pointer);
        match key.and_then(|key| self.tree.node(key)) {
            Some(key) if found => self.file.place(&key.span),
            _ => self.place(pointer, None),
        }
    }

    /// The bytes of the file that are strings, numbers and the like, where `#` begins no comment.
    pub fn scalars(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let scalar = |node: &&Node| matches!(node.content, Content::Scalar { .. });
        self.tree.iter().filter(scalar).map(|node| node.span.clone())
    }

    /// The node a pointer leads to, or the deepest one on the way, with its key.
    fn locate(&self, pointer: &str) -> (NodeId, Option<NodeId>, bool) {
        let (mut id, mut key) = (self.tree.follow(self.tree.root), None);
        if pointer.is_empty() {
            return (id, key, true);
        }
        for step in pointer.strip_prefix('/').unwrap_or(pointer).split('/') {
            let name = step.replace("~1", "/").replace("~0", "~");
            let next = match self.tree.node(id).map(|node| &node.content) {
                Some(Content::Map { .. }) => self.tree.pair(id, &name).map(|pair| (pair.value, Some(pair.key))),
                Some(Content::List { items, .. }) => {
                    name.parse().ok().and_then(|index: usize| items.get(index)).map(|&item| (item, None))
                }
                _ => None,
            };
            let Some((value, name)) = next else {
                return (id, key, false);
            };
            id = self.tree.follow(value);
            key = name;
        }
        (id, key, true)
    }

    /// Whether this is a map with the strings `apiVersion` and `kind`.
    pub fn is_kubernetes_object(&self) -> bool {
        is_object(&self.value)
    }

    /// The objects in it, each with its JSON pointer.
    ///
    /// That is the document itself (pointer ""), or for a List (its kind ends with `List` and it has a list of `items`)
    /// the items of it, with pointers like `/items/0`, and the items of Lists in it. What is no Kubernetes object is
    /// left out of a List, but a document is always an item of its own.
    pub fn items(&self) -> Vec<(String, &Value)> {
        let mut found = Vec::new();
        collect(&self.value, String::new(), &mut found);
        found
    }

    /// The `AdmissionRequest` in it, with its JSON pointer (`/request` in an `AdmissionReview`, else empty).
    pub fn admission_request(&self) -> Option<(&'static str, &Value)> {
        admission::request(&self.value)
    }

    /// The text of this document, changed so that it reads as `wanted`.
    ///
    /// `text` is the text of the whole file, as it was read; the result is new text for [`Document::range`].
    /// Only what differs is written anew: comments, key order, quotes and indentation of the rest stay byte for byte,
    /// and new parts are in the style of those around them. The result is read again, and where it does not read as
    /// `wanted` (an anchor with several users, say) the document is written anew as a whole.
    ///
    /// Whole floats (`1.0`) count as integers, in `wanted` as in every document.
    pub fn edited(&self, text: &str, wanted: &Value) -> String {
        edit::edited(self, text, wanted)
    }

    /// As [`Document::edited`], but never written anew: none where the text cannot be changed piece by piece, as where
    /// an anchor has several users. What this returns reads as `wanted`, and everything else in it is as it was.
    pub fn spliced(&self, text: &str, wanted: &Value) -> Option<String> {
        edit::spliced(self, text, wanted)
    }
}

fn is_object(value: &Value) -> bool {
    let string = |key: &str| value.get(key).is_some_and(Value::is_string);
    string("apiVersion") && string("kind")
}

fn collect<'value>(value: &'value Value, pointer: String, found: &mut Vec<(String, &'value Value)>) {
    let list = value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    match value.get("items").and_then(Value::as_array) {
        Some(items) if list => {
            for (index, item) in items.iter().enumerate() {
                if is_object(item) {
                    collect(item, format!("{pointer}/items/{index}"), found);
                }
            }
        }
        _ => found.push((pointer, value)),
    }
}
