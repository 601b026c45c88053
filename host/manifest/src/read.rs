//! From a file to its entries.

use crate::complaint::Fault;
use crate::document::{Document, Warning};
use crate::source::{File, floor};
use crate::split::{self, Part};
use crate::tree::{DOCUMENT, NODES, Tree, too_many};
use crate::{Broken, Entry, compose, json, value};
use std::sync::Arc;

/// Every document of a file, in order.
///
/// The ranges of the entries tile the file. A separator line (`---`) belongs to the entry it opens, and so do the
/// comments and blank lines below it; what follows a document up to the next separator belongs to the document.
/// There is always at least one entry: a file without any document is one [`Entry::Empty`].
///
/// What is read is bounded: maps and lists nested 120 deep, four million scalars, lists and maps in a file, and aliases
/// that expand to no more than goyaml lets them. What follows in a file with too many values is one [`Broken`].
pub fn read(text: &str) -> Vec<Entry> {
    let file = Arc::new(File::new(text));
    let mut entries = Vec::new();
    let mut nodes = NODES;
    for mut part in split::split(text) {
        nodes = nodes.saturating_sub(DOCUMENT);
        if nodes == 0 {
            part.range.end = text.len();
            entries.push(broken(&file, &part, too_many(part.body)));
            break;
        }
        match documents(&file, &part, &mut nodes) {
            Ok(mut documents) => entries.append(&mut documents),
            Err(fault) => entries.push(broken(&file, &part, fault)),
        }
    }
    entries
}

fn documents(file: &Arc<File>, part: &Part, nodes: &mut usize) -> Result<Vec<Entry>, Fault> {
    if let Some(offset) = part.unclean {
        let message = "only a comment may follow `---` on its line\nhint: put the document on the next line";
        return Err(Fault::new(offset, message.to_owned()));
    }
    let body = part.body..part.range.end;
    let text = file.slice(body.clone());
    if split::is_blank(text) {
        return Ok(vec![Entry::Empty { range: part.range.clone() }]);
    }
    let mut complaint = None;
    if json::guess(text) {
        match json::compose(file.text(), body.clone(), *nodes) {
            Ok(values) => {
                *nodes = values.iter().fold(*nodes, |nodes, (tree, _)| nodes.saturating_sub(tree.len()));
                return json_documents(file, part, values);
            }
            Err(fault) => complaint = Some(fault),
        }
    }
    let start = match text.strip_prefix('\u{feff}') {
        // A byte-order mark at the start of what goyaml reads is no content.
        Some(rest) => body.end.saturating_sub(rest.len()),
        None => body.start,
    };
    let (tree, end) = match compose::compose(file.text(), start..body.end, *nodes) {
        Ok(composed) => composed,
        Err(fault) => {
            // What begins like JSON was meant to be JSON.
            let meant = text.trim_start().strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with('"'));
            return Err(complaint.filter(|_| meant).unwrap_or(fault));
        }
    };
    if tree.iter().next().is_none() {
        return Ok(vec![Entry::Empty { range: part.range.clone() }]);
    }
    *nodes = nodes.saturating_sub(tree.len());
    let mut document = document(file, part, tree, false)?;
    ignored(file, part, end, &mut document);
    Ok(vec![Entry::Document(document)])
}

fn json_documents(file: &Arc<File>, part: &Part, values: Vec<(Tree, usize)>) -> Result<Vec<Entry>, Fault> {
    let count = values.len();
    let mut start = part.range.start;
    let mut entries = Vec::new();
    for (number, (tree, end)) in values.into_iter().enumerate() {
        let last = number.saturating_add(1) == count;
        let end = if last { part.range.end } else { end };
        let part = Part { range: start..end, body: start, unclean: None };
        entries.push(Entry::Document(document(file, &part, tree, true)?));
        start = end;
    }
    Ok(entries)
}

fn document(file: &Arc<File>, part: &Part, tree: Tree, json: bool) -> Result<Document, Fault> {
    let (value, warnings) = value::build(&tree)?;
    let warnings = warnings.into_iter().map(|(range, message)| Warning { place: file.place(&range), message });
    Ok(Document {
        value,
        range: part.range.clone(),
        source: split::source(file.slice(part.range.clone())),
        warnings: warnings.collect(),
        file: Arc::clone(file),
        tree,
        json,
    })
}

/// Warns of what stands after the end of the document: Kubernetes reads one document of each part only.
fn ignored(file: &File, part: &Part, end: usize, document: &mut Document) {
    let mut offset = end;
    for line in file.slice(end..part.range.end).split_inclusive('\n') {
        if !split::is_blank(line) {
            document.warnings.push(Warning {
                place: file.place(&(offset..offset.saturating_add(line.trim_end().len()))),
                message: "Kubernetes does not read what follows the end of a document".to_owned(),
            });
            return;
        }
        offset = offset.saturating_add(line.len());
    }
}

/// A template has braces where YAML has a key, an item or a value. In the middle of a text they may be meant so.
fn is_template(text: &str) -> bool {
    text.contains("}}")
        && text.match_indices("{{").any(|(at, _)| {
            let before = text.get(..at).unwrap_or_default().trim_end_matches([' ', '\t']);
            before.is_empty() || before.ends_with(['\n', '-', ':'])
        })
}

fn broken(file: &File, part: &Part, fault: Fault) -> Entry {
    let template = is_template(file.slice(part.range.clone()));
    let offset = floor(file.text(), fault.offset);
    let (line, column) = file.position(offset);
    let mut message = fault.message;
    if template {
        let complaint = message.split("\nhint: ").next().unwrap_or_default();
        message = format!(
            "{complaint}\nhint: this looks like a Helm template; render it first (`helm template`), then check the result"
        );
    }
    Entry::Broken(Broken { range: part.range.clone(), offset, line, column, message, template })
}
