//! JSON with places. What begins with `{` is JSON for kubectl, with JSON's own escapes; YAML only comes after it.

use crate::complaint::Fault;
use crate::scalar;
use crate::tree::{Content, DEPTH, Node, NodeId, Pair, Style, Tree, too_many};
use serde_json::{Number, Value};
use std::ops::Range;

/// Whether kubectl tries JSON first.
pub(crate) fn guess(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// All JSON values in `text[range]`, one after the other, each with the byte where it ends. They may have so many nodes.
pub(crate) fn compose(text: &str, range: Range<usize>, nodes: usize) -> Result<Vec<(Tree, usize)>, Fault> {
    let mut values = Vec::new();
    let mut reader = Reader { text, at: range.start, end: range.end, tree: Tree::default(), nodes };
    loop {
        reader.blanks();
        if reader.at >= reader.end {
            return Ok(values);
        }
        let root = reader.value(0)?;
        let mut tree = std::mem::take(&mut reader.tree);
        reader.nodes = reader.nodes.saturating_sub(tree.len());
        tree.root = root;
        values.push((tree, reader.at));
    }
}

struct Reader<'text> {
    text: &'text str,
    at: usize,
    end: usize,
    tree: Tree,
    nodes: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        if self.at >= self.end {
            return None;
        }
        self.text.as_bytes().get(self.at).copied()
    }

    fn step(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.step(1);
        }
    }

    fn fault<T>(&self, message: &str) -> Result<T, Fault> {
        Err(Fault::new(self.at, message.to_owned()))
    }

    fn value(&mut self, depth: usize) -> Result<NodeId, Fault> {
        self.blanks();
        if depth > DEPTH {
            return self.fault(&format!("maps and lists may be nested {DEPTH} deep at most"));
        }
        if self.tree.len() >= self.nodes {
            return Err(too_many(self.at));
        }
        let start = self.at;
        let content = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Content::Scalar { style: Style::Double, value: Value::String(self.string()?) },
            Some(_) => self.word()?,
            None => return self.fault("expected a value here, but the text ends"),
        };
        Ok(self.tree.add(Node { span: start..self.at, outer: start, content }))
    }

    fn map(&mut self, depth: usize) -> Result<Content, Fault> {
        let mut pairs = Vec::new();
        self.step(1);
        self.blanks();
        if self.peek() == Some(b'}') {
            self.step(1);
            return Ok(Content::Map { flow: true, pairs });
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return self.fault("expected a key in double quotes");
            }
            let start = self.at;
            let name = self.string()?;
            let key = self.tree.add(Node {
                span: start..self.at,
                outer: start,
                content: Content::Scalar { style: Style::Double, value: Value::String(name.clone()) },
            });
            self.blanks();
            if self.peek() != Some(b':') {
                return self.fault("expected `:` after a key");
            }
            self.step(1);
            let value = self.value(depth.saturating_add(1))?;
            pairs.push(Pair { name, key, value, merge: false });
            self.blanks();
            match self.peek() {
                Some(b',') => self.step(1),
                Some(b'}') => {
                    self.step(1);
                    return Ok(Content::Map { flow: true, pairs });
                }
                _ => return self.fault("expected `,` or `}` in a map"),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Content, Fault> {
        let mut items = Vec::new();
        self.step(1);
        self.blanks();
        if self.peek() == Some(b']') {
            self.step(1);
            return Ok(Content::List { flow: true, items });
        }
        loop {
            items.push(self.value(depth.saturating_add(1))?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.step(1),
                Some(b']') => {
                    self.step(1);
                    return Ok(Content::List { flow: true, items });
                }
                _ => return self.fault("expected `,` or `]` in a list"),
            }
        }
    }

    /// The string that begins here, decoded by `serde_json`.
    fn string(&mut self) -> Result<String, Fault> {
        let rest = self.text.get(self.at..self.end).unwrap_or_default();
        let mut escaped = false;
        let close = rest.bytes().skip(1).position(|byte| {
            let close = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            close
        });
        let Some(close) = close else {
            return self.fault("a string is not closed\nhint: look for the quote that opens it");
        };
        let length = close.saturating_add(2);
        let string = rest.get(..length).map(serde_json::from_str::<String>);
        let Some(Ok(string)) = string else {
            return self.fault("a string has a line break or an unknown escape in it");
        };
        self.step(length);
        Ok(string)
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<Content, Fault> {
        let rest = self.text.get(self.at..self.end).unwrap_or_default();
        let length = rest
            .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.')))
            .unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => match serde_json::from_str::<Number>(word) {
                Ok(number) if number.is_f64() => match number.as_f64().and_then(scalar::number) {
                    Some(value) => value,
                    None => return self.fault("this number is too large"),
                },
                Ok(number) => Value::Number(number),
                Err(_) => return self.fault("expected a value here"),
            },
        };
        self.step(length);
        Ok(Content::Scalar { style: Style::Plain, value })
    }
}
