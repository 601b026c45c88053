//! New text for values: block YAML, flow YAML and JSON, in the style of a document.

pub(crate) use crate::layout::Json;
use crate::layout::Layout;
use crate::quote;
use crate::tree::Style;
use serde_json::{Map, Value};

/// A value after `key:` or at the root: what stands on the same line, and the lines below, each with its line break
/// before it.
pub(crate) struct Block {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What follows a colon of a key in `column`. The head does not begin with a blank.
pub(crate) fn after_key(value: &Value, column: usize, layout: &Layout) -> Block {
    let deeper = column.saturating_add(layout.step);
    match value {
        Value::Object(pairs) if !pairs.is_empty() => {
            Block { head: String::new(), body: format!("{}{}{}", layout.eol, pad(deeper), map(pairs, deeper, layout)) }
        }
        Value::Array(items) if !items.is_empty() => {
            let deeper = column.saturating_add(layout.list);
            Block { head: String::new(), body: format!("{}{}{}", layout.eol, pad(deeper), list(items, deeper, layout)) }
        }
        Value::String(text) => string(text, deeper, layout),
        _ => Block { head: scalar(value, layout.quotes, false), body: String::new() },
    }
}

fn string(text: &str, column: usize, layout: &Layout) -> Block {
    match quote::literal(text).filter(|_| layout.blocks) {
        Some((indicator, lines)) => {
            let mut body = String::new();
            for line in lines {
                body.push_str(layout.eol);
                if !line.is_empty() {
                    body.push_str(&pad(column));
                    body.push_str(line);
                }
            }
            Block { head: indicator.to_owned(), body }
        }
        None => Block { head: quote::plain_or(text, layout.quotes, false), body: String::new() },
    }
}

/// `key: value` lines of a block map; the first one without indentation.
pub(crate) fn map(pairs: &Map<String, Value>, column: usize, layout: &Layout) -> String {
    let lines = pairs.iter().map(|(name, value)| pair(name, value, column, layout));
    lines.collect::<Vec<_>>().join(&format!("{}{}", layout.eol, pad(column)))
}

/// One `key: value` of a block map.
pub(crate) fn pair(name: &str, value: &Value, column: usize, layout: &Layout) -> String {
    let Block { head, body } = after_key(value, column, layout);
    let blank = if head.is_empty() { "" } else { " " };
    format!("{}:{blank}{head}{body}", key(name, layout.quotes))
}

/// A key in block style.
fn key(name: &str, quotes: Style) -> String {
    quote::plain_or(name, quotes, false)
}

/// `- item` lines of a block list; the first one without indentation.
pub(crate) fn list(items: &[Value], column: usize, layout: &Layout) -> String {
    let lines = items.iter().map(|value| item(value, column, layout));
    lines.collect::<Vec<_>>().join(&format!("{}{}", layout.eol, pad(column)))
}

/// One `- item` of a block list.
pub(crate) fn item(value: &Value, column: usize, layout: &Layout) -> String {
    let gap = pad(layout.dash.saturating_sub(1));
    format!("-{gap}{}", inner(value, column.saturating_add(layout.dash), layout))
}

/// A value that begins in `column`, after a dash or at the root.
pub(crate) fn inner(value: &Value, column: usize, layout: &Layout) -> String {
    match value {
        Value::Object(pairs) if !pairs.is_empty() => map(pairs, column, layout),
        Value::Array(items) if !items.is_empty() => list(items, column, layout),
        Value::String(text) => {
            let Block { head, body } = string(text, column.max(1), layout);
            format!("{head}{body}")
        }
        _ => scalar(value, layout.quotes, false),
    }
}

/// A value on one line.
pub(crate) fn scalar(value: &Value, quotes: Style, flow: bool) -> String {
    match value {
        Value::String(text) => quote::plain_or(text, quotes, flow),
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        other => other.to_string(),
    }
}

/// A value in flow style on one line.
pub(crate) fn flow(value: &Value, quotes: Style) -> String {
    match value {
        Value::Object(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(name, value)| format!("{}: {}", quote::plain_or(name, quotes, true), flow(value, quotes)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| flow(item, quotes));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        _ => scalar(value, quotes, true),
    }
}

/// A value as JSON. `outside` is the indentation of the line it begins in.
pub(crate) fn json(value: &Value, outside: &str, style: &Json, eol: &str) -> String {
    let (open, close, parts) = match value {
        Value::Object(pairs) if !pairs.is_empty() => {
            let inside = style.unit.as_ref().map(|unit| format!("{outside}{unit}")).unwrap_or_default();
            let parts = pairs.iter().map(|(name, value)| json_pair(name, value, &inside, style, eol));
            ('{', '}', parts.collect::<Vec<_>>())
        }
        Value::Array(items) if !items.is_empty() => {
            let inside = style.unit.as_ref().map(|unit| format!("{outside}{unit}")).unwrap_or_default();
            let parts = items.iter().map(|item| json(item, &inside, style, eol));
            ('[', ']', parts.collect::<Vec<_>>())
        }
        // No escape of JSON alone: a list as a whole file is read as YAML.
        Value::String(text) => return quote::double(text),
        _ => return value.to_string(),
    };
    match &style.unit {
        Some(unit) => {
            let inside = format!("{eol}{outside}{unit}");
            let parts = parts.join(&format!(",{inside}"));
            format!("{open}{inside}{parts}{eol}{outside}{close}")
        }
        None => format!("{open}{}{close}", parts.join(if style.spaced { ", " } else { "," })),
    }
}

/// `"key": value` of a JSON map.
pub(crate) fn json_pair(name: &str, value: &Value, outside: &str, style: &Json, eol: &str) -> String {
    let colon = if style.spaced { ": " } else { ":" };
    format!("{}{colon}{}", quote::double(name), json(value, outside, style, eol))
}

pub(crate) fn pad(column: usize) -> String {
    " ".repeat(column)
}
