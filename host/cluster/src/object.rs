//! What an object is called, and lists taken apart into objects.

use serde_json::Value;
use std::error::Error;
use std::fmt;

/// Something that was given as an object and is none. Everything else that was given with it is in the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// One text for each thing that is no object: where, what was expected, what to write instead.
    pub problems: Vec<String>,
}

impl fmt::Display for Rejected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.problems.join("; "))
    }
}

impl Error for Rejected {}

/// The name of an object, as far as it is written in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

impl Identity {
    fn of(object: &Value) -> Result<Self, String> {
        if !object.is_object() {
            return Err(format!(
                "expected an object with `apiVersion`, `kind` and `metadata.name`, found {}",
                what_is(object)
            ));
        }
        let (group, version) = group_and_version(text(object, "/apiVersion")?);
        let name =
            text(object, "/metadata/name").map_err(|problem| match object.pointer("/metadata/generateName") {
                Some(_) => format!(
                    "{problem}; the name that `generateName` will lead to is not known before, give the object a name"
                ),
                None => problem,
            })?;
        let namespace = match object.pointer("/metadata/namespace") {
            None | Some(Value::Null) => None,
            Some(Value::String(namespace)) if namespace.is_empty() => None,
            Some(Value::String(namespace)) => Some(namespace.clone()),
            Some(other) => return Err(format!("expected a text as `metadata.namespace`, found {}", what_is(other))),
        };
        Ok(Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: text(object, "/kind")?.to_owned(),
            namespace,
            name: name.to_owned(),
        })
    }
}

/// `apps/v1` is version `v1` of group `apps`; `v1` is that of the group without a name.
pub(crate) fn group_and_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// The reverse of [`group_and_version`].
pub(crate) fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// Takes lists apart, in order, lists within lists too, and names what is no object.
pub(crate) fn take_apart(given: Value) -> (Vec<(Identity, Value)>, Vec<String>) {
    let (mut objects, mut problems) = (Vec::new(), Vec::new());
    // What comes next is last. No recursion: the depth of a list is somebody else's.
    let mut waiting = vec![(None::<String>, given)];
    while let Some((place, value)) = waiting.pop() {
        let value = match items(value) {
            Ok(items) => {
                let items = items.into_iter().enumerate().rev().map(|(index, item)| {
                    let parent = place.as_ref().map_or(String::new(), |place| format!("{place}."));
                    (Some(format!("{parent}items[{index}]")), item)
                });
                waiting.extend(items);
                continue;
            }
            Err(value) => value,
        };
        match Identity::of(&value) {
            Ok(identity) => objects.push((identity, value)),
            Err(problem) => problems.push(place.map_or(problem.clone(), |place| format!("{place}: {problem}"))),
        }
    }
    (objects, problems)
}

/// The items of a list, or the value itself. Items of a typed list (`ServiceList`) need not repeat what they are.
fn items(mut value: Value) -> Result<Vec<Value>, Value> {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    let Some(item_kind) = kind.strip_suffix("List").map(str::to_owned) else { return Err(value) };
    let api_version = value.get("apiVersion").cloned();
    let mut items = match value.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        // Go writes an empty list so. A kind of somebody's own may end in `List`, but it has a name.
        None | Some(Value::Null) if value.pointer("/metadata/name").is_none() => Vec::new(),
        Some(other) => {
            if let Some(place) = value.get_mut("items") {
                *place = other;
            }
            return Err(value);
        }
        None => return Err(value),
    };
    if !item_kind.is_empty() {
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            if !item.contains_key("kind") && !item.contains_key("apiVersion") {
                item.insert("kind".to_owned(), Value::String(item_kind.clone()));
                item.extend(api_version.clone().map(|version| ("apiVersion".to_owned(), version)));
            }
        }
    }
    Ok(items)
}

/// The text at a pointer, which must be there and not be empty.
fn text<'a>(object: &'a Value, pointer: &str) -> Result<&'a str, String> {
    let path = pointer.trim_start_matches('/').replace('/', ".");
    match object.pointer(pointer) {
        None | Some(Value::Null) => Err(format!("`{path}` is missing")),
        Some(Value::String(text)) if text.is_empty() => Err(format!("`{path}` is empty")),
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!("expected a text as `{path}`, found {}", what_is(other))),
    }
}

fn what_is(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
