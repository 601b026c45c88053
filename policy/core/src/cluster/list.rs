//! Lists, read no further than the rules need: a thousand objects come with each, for every request. Nothing of an object
//! has memory of its own; its texts stand one behind the other in the list's.

use super::{Index, Kind, Labels};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use std::ops::Range;

/// The objects of a kind in a namespace.
#[derive(Debug, Default)]
pub(crate) struct List {
    items: Vec<Item>,
    /// There are more (`metadata.continue`): what is not among the items is unknown.
    pub(crate) more: bool,
    text: String,
    pairs: Vec<(Text, Text)>,
    by_name: Index,
    by_label: Index,
}

/// Bytes of the list's text.
type Text = Range<usize>;

/// One object of a list.
#[derive(Debug, Default)]
pub(crate) struct Item {
    name: Text,
    /// The kind of its controller.
    owner: Text,
    /// The labels of its Pods; of a Service its selector. Places of the list's pairs, as the others.
    labels: Range<usize>,
    /// Its own annotations under the prefix.
    own: Range<usize>,
    /// Those of its template; a Pod has none.
    template: Range<usize>,
}

impl List {
    fn text(&self, at: &Text) -> &str {
        self.text.get(at.clone()).unwrap_or_default()
    }

    fn pairs(&self, at: &Range<usize>) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.get(at.clone()).unwrap_or_default();
        pairs.iter().map(|(key, value)| (self.text(key), self.text(value)))
    }

    pub(crate) fn name(&self, item: &Item) -> &str {
        self.text(&item.name)
    }

    pub(crate) fn owner(&self, item: &Item) -> &str {
        self.text(&item.owner)
    }

    /// Its labels, or its selector.
    pub(crate) fn labels(&self, item: &Item) -> Labels {
        self.pairs(&item.labels).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    pub(crate) fn has_all(&self, item: &Item, wanted: &Labels) -> bool {
        wanted.iter().all(|(key, value)| self.pairs(&item.labels).any(|there| there == (key.as_str(), value.as_str())))
    }

    /// The annotations under the prefix: its own and those of its template.
    pub(crate) fn annotations(&self, item: &Item) -> (Value, Value) {
        let map = |at| {
            let mut map = Map::new();
            for (key, value) in self.pairs(at) {
                map.insert(key.to_owned(), Value::from(value));
            }
            Value::Object(map)
        };
        (map(&item.own), map(&item.template))
    }

    /// The object of this name.
    pub(crate) fn named(&self, name: &str) -> Option<&Item> {
        let mut found = self.by_name.find((name, "")).filter_map(|at| self.items.get(at));
        found.find(|item| self.name(item) == name)
    }

    /// The objects with these labels; all of none is none.
    pub(crate) fn with_labels<'l>(&'l self, wanted: &Labels) -> Vec<&'l Item> {
        let Some((key, value)) = wanted.first() else {
            return Vec::new();
        };
        let mut items = Vec::new();
        for at in self.by_label.find((key, value)) {
            items.extend(self.items.get(at).filter(|item| self.has_all(item, wanted)));
        }
        // The index says the last one first.
        items.reverse();
        items
    }
}

/// Reads a list; none where the text is no JSON.
pub(super) fn read(json: &[u8], kind: Kind, prefix: &str) -> Option<List> {
    let mut list = List::default();
    list.text.reserve(json.len() / 2);
    let mut reading = Reading { kind, prefix, list, item: Item::default(), word: None, owner: None, controller: false };
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
    /// The text that was read last.
    word: Option<Text>,
    owner: Option<Text>,
    controller: bool,
}

impl Reading<'_> {
    fn keep(&mut self, text: &str) -> Text {
        let start = self.list.text.len();
        self.list.text.push_str(text);
        start..self.list.text.len()
    }

    /// What belongs to a mapping that was read: its pairs begin at `start`.
    fn end(&mut self, place: Place, start: usize) {
        let pairs = start..self.list.pairs.len();
        let number = self.list.items.len();
        match place {
            Place::Labels => {
                for (key, value) in self.list.pairs.get(pairs.clone()).unwrap_or_default() {
                    let text = |at: &Text| self.list.text.get(at.clone()).unwrap_or_default();
                    self.list.by_label.add((text(key), text(value)), number);
                }
                self.item.labels = pairs;
            }
            Place::Own => self.item.own = pairs,
            Place::TemplateAnnotations => self.item.template = pairs,
            Place::Owner if self.controller => self.item.owner = self.owner.take().unwrap_or_default(),
            Place::Item => {
                let name = self.list.text.get(self.item.name.clone()).unwrap_or_default();
                self.list.by_name.add((name, ""), number);
                self.list.items.push(std::mem::take(&mut self.item));
            }
            _ => {}
        }
    }
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
    Word,
}

/// Where a key leads.
enum Step {
    To(Place),
    /// To a value of a mapping that is kept.
    Pair(Text),
    Nowhere,
}

struct At<'r, 'a> {
    place: Place,
    reading: &'r mut Reading<'a>,
}

struct Key<'r, 'a>(At<'r, 'a>);

impl Place {
    fn step(self, key: &str, kind: Kind) -> Option<Self> {
        let pod = kind == Kind::Pod;
        Some(match (self, key) {
            (Self::List, "metadata") => Self::ListMetadata,
            (Self::List, "items") => Self::Items,
            (Self::ListMetadata, "continue") => Self::Continue,
            (Self::Item, "metadata") => Self::Metadata,
            (Self::Item, "spec") => Self::Spec,
            (Self::Metadata, "name") => Self::Name,
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

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = Step;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Step, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = Step;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Step, E> {
        let At { place, reading } = self.0;
        Ok(match place {
            Place::Labels => Step::Pair(reading.keep(key)),
            Place::Own | Place::TemplateAnnotations => {
                let under = key.strip_prefix(reading.prefix).is_some_and(|rest| rest.starts_with('/'));
                if under { Step::Pair(reading.keep(key)) } else { Step::Nowhere }
            }
            place => place.step(key, reading.kind).map_or(Step::Nowhere, Step::To),
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
        let start = reading.list.pairs.len();
        reading.controller &= place != Place::Owner;
        while let Some(step) = access.next_key_seed(Key(At { place, reading: &mut *reading }))? {
            let (place, key) = match step {
                Step::To(place) => (place, None),
                Step::Pair(key) => (Place::Word, Some(key)),
                Step::Nowhere => {
                    access.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            reading.word = None;
            access.next_value_seed(At { place, reading: &mut *reading })?;
            if let (Some(key), Some(value)) = (key, reading.word.take()) {
                reading.list.pairs.push((key, value));
            }
        }
        reading.end(place, start);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Self { place, reading } = self;
        let each = match place {
            Place::Items => Some(Place::Item),
            Place::Owners => Some(Place::Owner),
            _ => None,
        };
        loop {
            let more = match each {
                Some(place) => access.next_element_seed(At { place, reading: &mut *reading })?.is_some(),
                None => access.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                return Ok(());
            }
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let Self { place, reading } = self;
        match place {
            Place::Continue => reading.list.more = !text.is_empty(),
            Place::Name => reading.item.name = reading.keep(text),
            Place::OwnerKind => reading.owner = Some(reading.keep(text)),
            Place::Word => reading.word = Some(reading.keep(text)),
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
