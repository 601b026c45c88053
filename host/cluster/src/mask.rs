//! Field masks: which parts of an object a policy gets (policy-evaluator, `callback_handler/kubernetes/field_mask.rs`).
//!
//! A mask is a path with dots. Lists are transparent: `spec.containers.image` is the image of every container. Where two
//! masks meet the narrower one counts: `spec` and `spec.type` together leave `spec.type`. Masks reach what is beside
//! `apiVersion`, `kind` and `metadata`; those three always stay, whole.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// More than any object has; the tree of a mask is dropped step by step.
const STEPS: usize = 128;

/// What `kubectl apply` leaves behind.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The steps of all masks as a tree. A step without further ones keeps everything below it.
#[derive(Debug, Default)]
pub(crate) struct Mask {
    children: BTreeMap<String, Self>,
}

impl Mask {
    /// No masks, or an empty set of them, keep everything.
    pub(crate) fn new(paths: &BTreeSet<String>) -> Result<Self, String> {
        let mut root = Self::default();
        for path in paths {
            if path.split('.').nth(STEPS).is_some() {
                return Err(format!("a field mask has more than {STEPS} steps; no object is as deep"));
            }
            path.split('.').fold(&mut root, |mask, step| mask.children.entry(step.to_owned()).or_default());
        }
        Ok(root)
    }
}

/// An object as a policy gets it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) object: &'a Value,
    pub(crate) mask: &'a Mask,
    /// In lists policy-server keeps no `managedFields` and not what `kubectl` remembers. (It leaves an empty list and an
    /// empty map in their place; here there is nothing.)
    pub(crate) listed: bool,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Object(fields) = self.object else { return self.object.serialize(serializer) };
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in fields {
            match key.as_str() {
                "metadata" if self.listed => map.serialize_entry(key, &Metadata(value))?,
                "apiVersion" | "kind" | "metadata" => map.serialize_entry(key, value)?,
                _ if self.mask.children.is_empty() => map.serialize_entry(key, value)?,
                _ => {
                    if let Some(mask) = self.mask.children.get(key) {
                        map.serialize_entry(key, &Masked { value, mask })?;
                    }
                }
            }
        }
        map.end()
    }
}

struct Masked<'a> {
    value: &'a Value,
    mask: &'a Mask,
}

impl Serialize for Masked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            _ if self.mask.children.is_empty() => self.value.serialize(serializer),
            Value::Object(fields) => {
                let mut map = serializer.serialize_map(None)?;
                for (key, value) in fields {
                    if let Some(mask) = self.mask.children.get(key) {
                        map.serialize_entry(key, &Masked { value, mask })?;
                    }
                }
                map.end()
            }
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for value in items {
                    list.serialize_element(&Masked { value, mask: self.mask })?;
                }
                list.end()
            }
            // Nothing can be taken out of a text or a number.
            _ => self.value.serialize(serializer),
        }
    }
}

struct Metadata<'a>(&'a Value);

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Object(fields) = self.0 else { return self.0.serialize(serializer) };
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in fields {
            match key.as_str() {
                "managedFields" => {}
                "annotations" => map.serialize_entry(key, &Annotations(value))?,
                _ => map.serialize_entry(key, value)?,
            }
        }
        map.end()
    }
}

struct Annotations<'a>(&'a Value);

impl Serialize for Annotations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(annotations) => {
                serializer.collect_map(annotations.iter().filter(|(key, _)| *key != LAST_APPLIED))
            }
            other => other.serialize(serializer),
        }
    }
}
