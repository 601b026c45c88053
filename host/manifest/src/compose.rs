//! From YAML text to a tree: the parser's events, put together, with the refusals that goyaml adds to YAML's own.

use self::block::{block_end, header, refuse_tab};
use self::refusal::{refuse_anchor, refuse_exotic_breaks, refuse_first_tab, refuse_json_escapes};
use self::typed::{name, typed};
use crate::complaint::{self, Fault};
use crate::tree::{Content, DEPTH, Node, NodeId, Pair, Style, Tree, too_many};
use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle, Tag};
use std::collections::HashMap;
use std::ops::Range;

mod typed;
mod block;
mod refusal;

/// The first document of `text[range]`, and the byte of the file where it ends.
/// It may have so many nodes.
pub(crate) fn compose(text: &str, range: Range<usize>, nodes: usize) -> Result<(Tree, usize), Fault> {
    let base = range.start;
    let chunk = text.get(range.clone()).unwrap_or_default();
    let options = granit_parser::options! {
        emit_comments: false,
        emit_anchor_events: true,
        // As libyaml, and so goyaml, does.
        block_scalar_eof_without_line_feed: true,
        bom_inside_document_as_content: true,
    };
    let mut composer = Composer {
        text,
        limit: range.end,
        tree: Tree::default(),
        open: Vec::new(),
        anchors: HashMap::new(),
        latest: None,
        cursor: base,
    };
    let mut end = range.end;
    for event in Parser::new_from_str_with_options(chunk, options) {
        let (event, span) = event.map_err(|error| complaint::syntax(text, &range, &error))?;
        let bytes = span.byte_range().unwrap_or_default();
        let bytes = base.saturating_add(bytes.start)..base.saturating_add(bytes.end);
        match event {
            Event::DocumentStart(_, Some(version)) if (version.major, version.minor) != (1, 1) => {
                return Err(Fault::new(
                    base,
                    format!(
                        "YAML {}.{} is declared, but Kubernetes reads YAML 1.1 only\nhint: remove the `%YAML` line",
                        version.major, version.minor
                    ),
                ));
            }
            Event::DocumentEnd => {
                end = bytes.end;
                break;
            }
            _ if composer.tree.len() > nodes => return Err(too_many(bytes.start)),
            event => composer.take(event, &span, bytes, base)?,
        }
    }
    refuse_first_tab(text, &composer.tree)?;
    refuse_exotic_breaks(text, base..end, &composer.tree)?;
    Ok((composer.tree, end))
}

struct Composer<'text> {
    text: &'text str,
    limit: usize,
    tree: Tree,
    open: Vec<Open>,
    anchors: HashMap<usize, NodeId>,
    /// The node an anchor event belongs to.
    latest: Option<NodeId>,
    /// Where the last token ended.
    cursor: usize,
}

/// A map or list that is not at its end yet.
struct Open {
    id: NodeId,
    /// The key that waits for its value, in a map.
    key: Option<(NodeId, String, bool)>,
    map: bool,
}

impl Composer<'_> {
    fn take(&mut self, event: Event<'_>, span: &Span, bytes: Range<usize>, base: usize) -> Result<(), Fault> {
        let tag_bytes = span.tag_span().and_then(|span| span.byte_range());
        let tag_bytes = tag_bytes.map(|tag| base.saturating_add(tag.start)..base.saturating_add(tag.end));
        let outer = tag_bytes.as_ref().map_or(bytes.start, |tag| tag.start);
        match event {
            Event::Scalar(value, style, _, tag) => {
                let before = tag_bytes.map_or(self.cursor, |tag| tag.end.max(self.cursor));
                self.scalar(&value, style, tag.as_deref(), bytes, outer, before)?;
            }
            Event::SequenceStart(style, _, _) => {
                let flow = style == StructureStyle::Flow;
                let content = Content::List { flow, items: Vec::new() };
                self.open(content, bytes, outer, false)?;
            }
            Event::MappingStart(style, _, _) => {
                let flow = style == StructureStyle::Flow;
                let content = Content::Map { flow, pairs: Vec::new() };
                self.open(content, bytes, outer, true)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&bytes)?,
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied();
                let name = self.text.get(bytes.start.saturating_add(1)..bytes.end).unwrap_or_default();
                refuse_anchor(self.text, &bytes)?;
                let Some(target) = target else {
                    return Err(Fault::new(bytes.start, format!("unknown anchor `{name}`")));
                };
                if self.open.iter().any(|open| open.id == target) {
                    let message = format!("anchor `{name}` contains itself");
                    return Err(Fault::new(bytes.start, message));
                }
                self.cursor = bytes.end;
                let id = self.tree.add(Node { outer: bytes.start, span: bytes, content: Content::Alias(target) });
                self.attach(id)?;
            }
            Event::Anchor(anchor, _) => {
                refuse_anchor(self.text, &bytes)?;
                if let Some(id) = self.latest {
                    self.anchors.insert(anchor, id);
                    self.anchored(id, &bytes);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Moves a node's beginning to its anchor.
    fn anchored(&mut self, id: NodeId, anchor: &Range<usize>) {
        let (text, limit) = (self.text, self.limit);
        if let Some(node) = self.tree.node_mut(id) {
            node.outer = node.outer.min(anchor.start);
            if let Content::Scalar { style: Style::Literal | Style::Folded, .. } = node.content {
                let from = node.span.start.max(anchor.end);
                if anchor.end > node.span.start {
                    node.span.start = header(text, from..limit);
                }
            }
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        bytes: Range<usize>,
        outer: usize,
        before: usize,
    ) -> Result<(), Fault> {
        let style = match style {
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
            ScalarStyle::Plain => Style::Plain,
        };
        let mut span = bytes;
        let mut outer = outer;
        if matches!(style, Style::Literal | Style::Folded) {
            span.start = header(self.text, before..self.limit);
            outer = outer.min(span.start);
            span.end = block_end(self.text, &span);
            refuse_tab(self.text, &span)?;
        }
        if style == Style::Double {
            refuse_json_escapes(self.text, &span)?;
        }
        // The parser writes an absent value as `~`.
        let text = if style == Style::Plain && span.is_empty() { "" } else { text };
        let key = self.open.last().is_some_and(|open| open.map && open.key.is_none());
        let (value, merge) = typed(text, style, tag, key).map_err(|message| Fault::new(span.start, message))?;
        self.cursor = span.end;
        let name = key.then(|| name(&value, text, merge));
        let id = self.tree.add(Node { span, outer, content: Content::Scalar { style, value } });
        self.latest = Some(id);
        match name {
            Some(name) => self.key(id, name, merge),
            None => self.attach(id),
        }
    }

    fn open(&mut self, content: Content, span: Range<usize>, outer: usize, map: bool) -> Result<(), Fault> {
        if self.open.len() >= DEPTH {
            let message = format!("maps and lists may be nested {DEPTH} deep at most");
            return Err(Fault::new(span.start, message));
        }
        self.cursor = span.end;
        let (mut span, mut outer) = (span, outer);
        if matches!(content, Content::List { flow: false, .. }) {
            span.start = self.dash(span.start);
            outer = outer.min(span.start);
        }
        let id = self.tree.add(Node { span, outer, content });
        self.latest = Some(id);
        self.open.push(Open { id, key: None, map });
        Ok(())
    }

    /// Where the first dash of a list stands. The parser says so too, except where dashes stand in the column of a key.
    fn dash(&self, start: usize) -> usize {
        let key = self.open.last().and_then(|open| open.key.as_ref()).and_then(|(key, ..)| self.tree.node(*key));
        let Some(key) = key else {
            return start;
        };
        let gap = self.text.get(key.span.end..start).unwrap_or_default();
        let mut rest = gap;
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return start;
            } else if rest.starts_with('-') {
                return start.saturating_sub(rest.len());
            }
            // The colon, a comment, an anchor or a tag.
            let token = match rest.as_bytes().first() {
                Some(b':') => 1,
                Some(b'#') => rest.find('\n').unwrap_or(rest.len()),
                _ => rest.find(char::is_whitespace).unwrap_or(rest.len()),
            };
            rest = rest.get(token..).unwrap_or_default();
        }
    }

    fn close(&mut self, bytes: &Range<usize>) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let (first, last) = match self.tree.node(open.id).map(|node| &node.content) {
            Some(Content::List { items, .. }) => (None, items.last().copied()),
            Some(Content::Map { pairs, .. }) => {
                (pairs.first().map(|pair| pair.key), pairs.last().map(|pair| pair.value))
            }
            _ => (None, None),
        };
        let first = first.and_then(|id| self.tree.node(id)).map(|node| node.outer);
        let last = last.and_then(|id| self.tree.node(id)).map(|node| node.span.end);
        if let Some(node) = self.tree.node_mut(open.id) {
            if let Some(first) = first {
                let unset = node.outer == node.span.start;
                node.span.start = node.span.start.min(first);
                node.outer = if unset { node.span.start } else { node.outer };
            }
            // A bracket closes a flow collection; what a block one closes with is its last value.
            let end = if bytes.is_empty() { last } else { Some(bytes.end) };
            node.span.end = end.unwrap_or(node.span.end).max(node.span.start);
            self.cursor = node.span.end;
        }
        self.attach(open.id)
    }

    fn key(&mut self, id: NodeId, name: Option<String>, merge: bool) -> Result<(), Fault> {
        let Some(name) = name else {
            let start = self.tree.node(id).map_or(0, |node| node.span.start);
            return Err(Fault::new(
                start,
                "null cannot be a key\nhint: quote it, if it is meant as a string".to_owned(),
            ));
        };
        if let Some(open) = self.open.last_mut() {
            open.key = Some((id, name, merge));
        }
        Ok(())
    }

    /// Hands a finished node to the collection around it.
    fn attach(&mut self, id: NodeId) -> Result<(), Fault> {
        let Some(open) = self.open.last_mut() else {
            self.tree.root = id;
            return Ok(());
        };
        let parent = open.id;
        if open.map {
            let Some((key, name, merge)) = open.key.take() else {
                let name = self.alias_name(id)?;
                return self.key(id, name, false);
            };
            self.settle_absent(key, id);
            self.refuse_long_key(parent, key, id)?;
            if let Some(Content::Map { pairs, .. }) = self.tree.node_mut(parent).map(|node| &mut node.content) {
                pairs.push(Pair { name, key, value: id, merge });
            }
        } else if let Some(Content::List { items, .. }) = self.tree.node_mut(parent).map(|node| &mut node.content) {
            items.push(id);
        }
        Ok(())
    }

    /// A key between brackets and its colon stand on one line, unless a `?` announces it.
    fn refuse_long_key(&self, map: NodeId, key: NodeId, value: NodeId) -> Result<(), Fault> {
        let flow = self.tree.node(map).is_some_and(|map| matches!(map.content, Content::Map { flow: true, .. }));
        let (Some(key), Some(value), true) = (self.tree.node(key), self.tree.node(value), flow) else {
            return Ok(());
        };
        let gap = self.text.get(key.span.end..value.outer).unwrap_or_default();
        let Some(colon) = gap.find(':') else {
            return Ok(());
        };
        let colon = key.span.end.saturating_add(colon);
        let announced = self.text.get(..key.outer).is_some_and(|before| before.trim_end().ends_with('?'));
        let broken = self.text.get(key.outer..colon).is_some_and(|key| key.contains(['\n', '\r']));
        if broken && !announced {
            let message = "a key and its `:` must stand on one line\nhint: look for a missing `,` above";
            return Err(Fault::new(key.span.start, message.to_owned()));
        }
        Ok(())
    }

    /// The key that an alias stands for. Maps and lists are no keys.
    fn alias_name(&self, id: NodeId) -> Result<Option<String>, Fault> {
        let node = self.tree.node(self.tree.follow(id));
        if let Some(Content::Scalar { value, .. }) = node.map(|node| &node.content) {
            return Ok(name(value, "", false));
        }
        let start = self.tree.node(id).map_or(0, |node| node.span.start);
        let template = self.text.get(start.saturating_sub(1)..).is_some_and(|rest| rest.starts_with("{{"));
        let hint = if template {
            "hint: quote the value, if the braces are meant as text"
        } else {
            "hint: JSON knows only strings as keys"
        };
        Err(Fault::new(start, format!("a map or a list cannot be a key\n{hint}")))
    }

    /// The parser puts an absent value at the end of its key; here it stands after the colon.
    fn settle_absent(&mut self, key: NodeId, value: NodeId) {
        let Some(key_end) = self.tree.node(key).map(|node| node.span.end) else {
            return;
        };
        let rest = self.text.get(key_end..self.limit).unwrap_or_default();
        let colon = rest.len().saturating_sub(rest.trim_start_matches([' ', '\t']).len());
        let colon = key_end.saturating_add(colon);
        if self.text.as_bytes().get(colon) != Some(&b':') {
            return;
        }
        if let Some(node) = self.tree.node_mut(value)
            && node.span.is_empty()
            && node.span.end <= colon
        {
            let after = colon.saturating_add(1);
            node.span = after..after;
            node.outer = after;
        }
    }
}
