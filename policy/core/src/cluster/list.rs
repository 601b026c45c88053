//! Lists, read no further than the rules need: a thousand objects come with each, for every request.

use super::Kind;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// The objects of a kind in a namespace.
#[derive(Debug, Default)]
pub(crate) struct List {
    /// In the order of the answer.
    pub(crate) items: Vec<Item>,
    /// There are more (`metadata.continue`): what is not among the items is unknown.
    pub(crate) more: bool,
}

/// One object of a list.
#[derive(Debug, Default)]
pub(crate) struct Item {
    /// Its name.
    pub(crate) name: String,
    /// The labels of its Pods; of a Service its selector.
    pub(crate) labels: Vec<(String, String)>,
    /// Its own annotations under the prefix; null where there are none, and for Pods.
    pub(crate) own: Value,
    /// Those of its template, or of the Pod.
    pub(crate) template: Value,
    /// The kind of its controller.
    pub(crate) owner: String,
}

/// Reads a list; none where the text is no JSON.
pub(super) fn read(json: &[u8], kind: Kind, prefix: &str) -> Option<List> {
    let mut reading =
        Reading { kind, prefix, list: List::default(), item: Item::default(), owner: String::new(), controller: false };
    let mut reader = serde_json::Deserializer::from_slice(json);
    At { place: Place::List, reading: &mut reading }.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(reading.list)
}

struct Reading<'a> {
    kind: Kind,
    prefix: &'a str,
    list: List,
    item: Item,
    owner: String,
    controller: bool,
}

/// Where the reader stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    List,
    ListMetadata,
    Continue,
    Items,
    Item,
    Metadata,
    Name,
    Owners,
    Owner,
    OwnerKind,
    Controller,
    Own,
    Spec,
    Template,
    TemplateMetadata,
    TemplateAnnotations,
    Labels,
}

struct At<'r, 'a> {
    place: Place,
    reading: &'r mut Reading<'a>,
}

impl Place {
    /// Where a key leads; none where nothing of it is needed.
    fn step(self, key: &str, kind: Kind) -> Option<Self> {
        let pod = kind == Kind::Pod;
        Some(match (self, key) {
            (Self::List, "metadata") => Self::ListMetadata,
            (Self::List, "items") => Self::Items,
            (Self::ListMetadata, "continue") => Self::Continue,
            (Self::Item, "metadata") => Self::Metadata,
            (Self::Item, "spec") => Self::Spec,
            (Self::Metadata, "name") => Self::Name,
            (Self::Metadata, "annotations") if pod => Self::TemplateAnnotations,
            (Self::Metadata, "labels") if pod => Self::Labels,
            (Self::Metadata, "ownerReferences") => Self::Owners,
            (Self::Metadata, "annotations") => Self::Own,
            (Self::Owner, "kind") => Self::OwnerKind,
            (Self::Owner, "controller") => Self::Controller,
            (Self::Spec, "selector") if kind == Kind::Service => Self::Labels,
            (Self::Spec, "template") => Self::Template,
            (Self::Template, "metadata") => Self::TemplateMetadata,
            (Self::TemplateMetadata, "annotations") => Self::TemplateAnnotations,
            (Self::TemplateMetadata, "labels") => Self::Labels,
            _ => return None,
        })
    }
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Self { place, reading } = self;
        if place == Place::Owner {
            reading.controller = false;
        }
        while let Some(key) = access.next_key::<String>()? {
            match place {
                Place::Labels => {
                    if let Value::String(value) = access.next_value()? {
                        reading.item.labels.push((key, value));
                    }
                }
                Place::Own | Place::TemplateAnnotations => {
                    if !key.strip_prefix(reading.prefix).is_some_and(|rest| rest.starts_with('/')) {
                        access.next_value::<IgnoredAny>()?;
                        continue;
                    }
                    let item = &mut reading.item;
                    let all = if place == Place::Own { &mut item.own } else { &mut item.template };
                    if all.is_null() {
                        *all = Value::Object(Map::new());
                    }
                    let value = access.next_value()?;
                    if let Some(map) = all.as_object_mut() {
                        map.insert(key, value);
                    }
                }
                place => match place.step(&key, reading.kind) {
                    Some(place) => access.next_value_seed(At { place, reading: &mut *reading })?,
                    None => {
                        access.next_value::<IgnoredAny>()?;
                    }
                },
            }
        }
        if place == Place::Owner && reading.controller {
            reading.item.owner = std::mem::take(&mut reading.owner);
        }
        if place == Place::Item {
            reading.list.items.push(std::mem::take(&mut reading.item));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Self { place, reading } = self;
        loop {
            let more = match place {
                Place::Items => access.next_element_seed(At { place: Place::Item, reading: &mut *reading })?.is_some(),
                Place::Owners => {
                    access.next_element_seed(At { place: Place::Owner, reading: &mut *reading })?.is_some()
                }
                _ => access.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                return Ok(());
            }
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        match self.place {
            Place::Continue => self.reading.list.more = !text.is_empty(),
            Place::Name => text.clone_into(&mut self.reading.item.name),
            Place::OwnerKind => text.clone_into(&mut self.reading.owner),
            _ => {}
        }
        Ok(())
    }

    fn visit_bool<E>(self, is: bool) -> Result<(), E> {
        if self.place == Place::Controller {
            self.reading.controller = is;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
}
