//! What YAML 1.2 and JSON know, but goyaml does not.

use crate::complaint::Fault;
use crate::layout;
use crate::tree::{Content, Node, Style, Tree};
use std::ops::Range;

/// JSON's `\/` and surrogate pairs are no escapes for goyaml.
pub(super) fn refuse_json_escapes(text: &str, span: &Range<usize>) -> Result<(), Fault> {
    let mut rest = text.get(span.clone()).unwrap_or_default();
    while let Some((before, after)) = rest.split_once('\\') {
        let at = span.end.saturating_sub(rest.len()).saturating_add(before.len());
        let mut chars = after.chars();
        match chars.next() {
            Some('/') => {
                let message = "`\\/` is no escape in YAML\nhint: write `/`";
                return Err(Fault::new(at, message.to_owned()));
            }
            Some('u')
                if matches!(chars.as_str().as_bytes(), [b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', ..]) =>
            {
                let message =
                    "YAML has no surrogate pairs\nhint: write the character itself, or `\\U` and eight digits";
                return Err(Fault::new(at, message.to_owned()));
            }
            _ => rest = chars.as_str(),
        }
    }
    Ok(())
}

/// A tab before the first key or dash of a document. The parser finds the others.
pub(super) fn refuse_first_tab(text: &str, tree: &Tree) -> Result<(), Fault> {
    let block =
        |root: &&Node| matches!(root.content, Content::Map { flow: false, .. } | Content::List { flow: false, .. });
    if let Some(root) = tree.node(tree.root).filter(block)
        && layout::indentation(text, root.outer).contains('\t')
    {
        let message = "a tab is used for indentation\nhint: indent with spaces";
        return Err(Fault::new(layout::line_start(text, root.outer), message.to_owned()));
    }
    Ok(())
}

/// Names of anchors are words, in YAML 1.1. `anchor` is the name with the `&` or `*` before it.
pub(super) fn refuse_anchor(text: &str, anchor: &Range<usize>) -> Result<(), Fault> {
    let name = text.get(anchor.start.saturating_add(1)..anchor.end).unwrap_or_default();
    let word = name.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-'));
    let next = text.get(anchor.end..).and_then(|rest| rest.chars().next());
    if word && next.is_none_or(|next| next.is_whitespace() || ",]}:".contains(next)) {
        return Ok(());
    }
    let message = format!(
        "the anchor `{name}` must end with a blank, and may have letters, digits, `-` and `_`\nhint: quote the value, if it is meant as text"
    );
    Err(Fault::new(anchor.start, message))
}

/// Three characters end a line in YAML 1.1 but not in YAML 1.2, so that text after them would be read differently.
pub(super) fn refuse_exotic_breaks(text: &str, range: Range<usize>, tree: &Tree) -> Result<(), Fault> {
    const BREAKS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];
    let body = text.get(range.clone()).unwrap_or_default();
    let mut quoted: Option<Vec<Range<usize>>> = None;
    for (offset, found) in body.match_indices(BREAKS) {
        let quoted = quoted.get_or_insert_with(|| {
            let quoted =
                |node: &&Node| matches!(node.content, Content::Scalar { style: Style::Double | Style::Single, .. });
            tree.iter().filter(quoted).map(|node| node.span.clone()).collect()
        });
        let at = range.start.saturating_add(offset);
        let next = quoted.partition_point(|span| span.end <= at);
        if found != "\u{85}" && quoted.get(next).is_some_and(|span| span.start <= at) {
            continue;
        }
        let code = found.chars().next().map_or(0, u32::from);
        return Err(Fault::new(
            at,
            format!(
                "the character U+{code:04X} ends a line for Kubernetes' YAML reader\nhint: write it as an escape in double quotes"
            ),
        ));
    }
    Ok(())
}
