//! Documents that are for waitwarden itself, such as policies and suites: values with complaints that name their place.

use serde::de::DeserializeOwned;
use serde_json::Value;
use waitwarden_manifest::{Document, Entry};

/// A part of a document: everything is named by pointers from there.
pub(crate) struct Reading<'d> {
    file: &'d str,
    document: &'d Document,
    base: String,
}

/// The documents of a file.
///
/// # Errors
/// The first that cannot be read, with line and column.
pub(crate) fn documents(file: &str, text: &str) -> Result<Vec<Document>, String> {
    let mut documents = Vec::new();
    for entry in waitwarden_manifest::read(text) {
        match entry {
            Entry::Document(document) => documents.push(document),
            Entry::Empty { .. } => {}
            Entry::Broken(broken) => {
                return Err(format!("{file}:{}:{}: {}", broken.line, broken.column, broken.message));
            }
        }
    }
    Ok(documents)
}

impl<'d> Reading<'d> {
    pub(crate) fn new(file: &'d str, document: &'d Document, base: String) -> Self {
        Self { file, document, base }
    }

    /// A part of this one.
    pub(crate) fn inner(&self, pointer: &str) -> Self {
        Self { base: format!("{}{pointer}", self.base), ..*self }
    }

    /// `FILE:LINE:COLUMN`.
    pub(crate) fn at(&self, pointer: &str) -> String {
        let place = self.document.place(&format!("{}{pointer}", self.base), None);
        format!("{}:{}:{}", self.file, place.line, place.column)
    }

    pub(crate) fn complain<T>(&self, pointer: &str, message: &str) -> Result<T, String> {
        Err(format!("{}: {message}", self.at(pointer)))
    }

    /// What stands at a pointer; null is nothing.
    pub(crate) fn value(&self, pointer: &str) -> Option<&'d Value> {
        self.document.value.pointer(&format!("{}{pointer}", self.base)).filter(|value| !value.is_null())
    }

    /// A string; what is none is empty.
    pub(crate) fn text(&self, pointer: &str) -> &'d str {
        self.value(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// A value of a type, or its default where it is absent.
    pub(crate) fn read<T: DeserializeOwned + Default>(&self, pointer: &str) -> Result<T, String> {
        let Some(value) = self.value(pointer) else { return Ok(T::default()) };
        T::deserialize(value).or_else(|error| self.complain(pointer, &format!("{}: {error}", name(pointer))))
    }

    /// A list, each element on its own, so that complaints name the right one.
    pub(crate) fn list<T: DeserializeOwned>(&self, pointer: &str) -> Result<Vec<T>, String> {
        let one = |part: Self| {
            let item = part.value("").unwrap_or(&Value::Null);
            T::deserialize(item).or_else(|error| part.complain("", &format!("{}: {error}", name(pointer))))
        };
        self.parts(pointer)?.into_iter().map(one).collect()
    }

    /// The elements of a list.
    pub(crate) fn parts(&self, pointer: &str) -> Result<Vec<Self>, String> {
        let Some(value) = self.value(pointer) else { return Ok(Vec::new()) };
        let Some(items) = value.as_array() else {
            return self.complain(pointer, &format!("{}: expected a list", name(pointer)));
        };
        Ok((0..items.len()).map(|index| self.inner(&format!("{pointer}/{index}"))).collect())
    }

    /// Takes nothing but a mapping with these keys.
    pub(crate) fn keys(&self, pointer: &str, known: &[&str]) -> Result<(), String> {
        let Some(map) = self.value(pointer).and_then(Value::as_object) else {
            return self.complain(pointer, &format!("{}: expected a mapping", name(pointer)));
        };
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => self.complain(
                &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
                &format!("`{key}` is not known here; expected one of {}", known.join(", ")),
            ),
        }
    }
}

/// The last key of a pointer.
fn name(pointer: &str) -> &str {
    pointer.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("this")
}
