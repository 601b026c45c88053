//! The laws of reading and editing, tried on generated documents in many styles, and on nonsense.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails says where")]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use waitwarden_manifest::{Document, Entry, read};

/// A document's text, with a comment for each key and item: the comment's name and the pointer it is about.
struct Text {
    written: String,
    comments: Vec<(String, String)>,
    choices: Vec<u8>,
    at: usize,
    step: usize,
    list: usize,
    eol: &'static str,
}

impl Text {
    fn new(value: &Value, choices: Vec<u8>) -> Self {
        let mut text =
            Self { written: String::new(), comments: Vec::new(), choices, at: 0, step: 2, list: 0, eol: "\n" };
        text.step = if text.choose(2) == 0 { 2 } else { 4 };
        text.list = if text.choose(2) == 0 { 0 } else { text.step };
        text.eol = if text.choose(4) == 0 { "\r\n" } else { "\n" };
        if text.choose(3) == 0 {
            text.written.push_str("--- # start");
            text.written.push_str(text.eol);
        }
        text.block(value, 0, "");
        if text.choose(4) != 0 {
            text.written.push_str(text.eol);
        }
        text
    }

    fn choose(&mut self, of: u8) -> u8 {
        self.at += 1;
        self.choices[self.at % self.choices.len()] % of
    }

    fn comment(&mut self, pointer: &str) {
        let name = format!("# c{}.", self.comments.len());
        self.written.push_str(&name);
        self.comments.push((name, pointer.to_owned()));
    }

    /// A map or list, from the column it stands in.
    fn block(&mut self, value: &Value, column: usize, pointer: &str) {
        let pad = " ".repeat(column);
        match value {
            Value::Object(pairs) if !pairs.is_empty() => {
                for (index, (name, value)) in pairs.iter().enumerate() {
                    let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                    if index > 0 {
                        self.written.push_str(self.eol);
                        if self.choose(4) == 0 {
                            self.written.push_str(&pad);
                            self.comment(&pointer);
                            self.written.push_str(self.eol);
                        }
                        self.written.push_str(&pad);
                    }
                    let key = self.scalar(&json!(name));
                    self.written.push_str(&key);
                    self.written.push(':');
                    self.after(value, column + self.step, column + self.list, &pointer);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    let pointer = format!("{pointer}/{index}");
                    if index > 0 {
                        self.written.push_str(self.eol);
                        if self.choose(4) == 0 {
                            self.written.push_str(self.eol);
                            self.written.push_str(&pad);
                            self.comment(&pointer);
                            self.written.push_str(self.eol);
                        }
                        self.written.push_str(&pad);
                    }
                    if item.is_array() || item.is_object() {
                        if self.choose(3) == 0 {
                            self.written.push('-');
                            self.after(item, column + 2, column + 2, &pointer);
                        } else {
                            self.written.push_str("- ");
                            self.block(item, column + 2, &pointer);
                        }
                    } else {
                        self.written.push('-');
                        self.after(item, column + 2, column + 2, &pointer);
                    }
                }
            }
            _ => {
                let text = self.flow(value);
                self.written.push_str(&text);
            }
        }
    }

    /// A value behind a colon or a dash.
    fn after(&mut self, value: &Value, column: usize, list: usize, pointer: &str) {
        let nested = match value {
            Value::Object(pairs) => !pairs.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => false,
        };
        if nested && self.choose(5) != 0 {
            if self.choose(3) == 0 {
                self.written.push(' ');
                self.comment(pointer);
            }
            let column = if value.is_array() { list } else { column };
            self.written.push_str(self.eol);
            self.written.push_str(&" ".repeat(column));
            self.block(value, column, pointer);
            return;
        }
        let literal = value
            .as_str()
            .filter(|text| text.lines().count() > 1 && text.ends_with("z\n") && !text.starts_with([' ', '\n', '\t']));
        if let Some(text) = literal {
            self.written.push_str(" |");
            for line in text.lines() {
                self.written.push_str(self.eol);
                self.written.push_str(&" ".repeat(column));
                self.written.push_str(line);
            }
            // Without a line break at its end a file would have a shorter string.
            self.written.push_str(self.eol);
            self.written.push_str(&" ".repeat(column.saturating_sub(1)));
            self.comment("");
            self.comments.pop();
            return;
        }
        if value.is_null() && self.choose(2) == 0 {
            return;
        }
        let text = self.flow(value);
        self.written.push(' ');
        self.written.push_str(&text);
        if self.choose(3) == 0 {
            self.written.push(' ');
            self.comment(pointer);
        }
    }

    fn flow(&mut self, value: &Value) -> String {
        match value {
            Value::Object(pairs) => {
                let pairs: Vec<String> = pairs
                    .iter()
                    .map(|(name, value)| format!("{}: {}", self.scalar(&json!(name)), self.flow(value)))
                    .collect();
                format!("{{{}}}", pairs.join(", "))
            }
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.flow(item)).collect();
                format!("[{}]", items.join(", "))
            }
            other => self.scalar(other),
        }
    }

    fn scalar(&mut self, value: &Value) -> String {
        let Value::String(text) = value else {
            return value.to_string();
        };
        let word = text.len() > 1 && text.bytes().all(|byte| (b'a'..=b'm').contains(&byte));
        match self.choose(3) {
            0 if word => text.clone(),
            1 if !text.contains(['\n', '\t']) => format!("'{}'", text.replace('\'', "''")),
            _ => value.to_string(),
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-m]{2,5}",
        1 => "[a-z0-9:#'\"\\\\ ,{}\\[\\]é-]{0,8}",
        1 => "[a-z \n]{0,12}",
        1 => "([a-z]{1,4}\n){1,3}z\n",
        1 => prop::sample::select(vec!["y", "no", "1", "0644", "null", "~", "1e3", "- a", "<<", "", "😀", "a: b"]).prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(Value::from),
        1 => any::<i16>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!(0.5)),
        1 => Just(json!({})),
        1 => Just(json!([])),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let item = prop_oneof![
            3 => inner.clone(),
            1 => ("[a-e]", inner.clone()).prop_map(|(name, value)| json!({"name": name, "v": value})),
        ];
        prop_oneof![
            2 => prop::collection::vec((text(), inner), 0..5).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            1 => prop::collection::vec(item, 0..5).prop_map(Value::Array),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::vec((text(), value()), 1..5).prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
}

fn pointers(value: &Value, pointer: String, all: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                pointers(value, format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), all);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, format!("{pointer}/{index}"), all);
            }
        }
        _ => {}
    }
    all.push(pointer);
}

/// One change somewhere; the pointer it is at.
fn mutate(value: &mut Value, (op, at, place, new): &(u8, usize, usize, Value)) -> String {
    let mut all = Vec::new();
    pointers(value, String::new(), &mut all);
    let pointer = all[at % all.len()].clone();
    let target = value.pointer_mut(&pointer).unwrap();
    match (op % 4, target) {
        (0, target) if !pointer.is_empty() => *target = new.clone(),
        (1, Value::Object(map)) if map.len() > 1 => {
            let key = map.keys().nth(place % map.len()).unwrap().clone();
            map.shift_remove(&key);
        }
        (1, Value::Array(items)) if !items.is_empty() => {
            items.remove(place % items.len());
        }
        (2, Value::Array(items)) if items.len() > 1 => {
            let last = items.len() - 1;
            items.swap(0, place % last + 1);
        }
        (_, Value::Array(items)) => items.insert(place % (items.len() + 1), new.clone()),
        (_, Value::Object(map)) if !map.contains_key("new") => {
            map.shift_insert(place % (map.len() + 1), "new".to_owned(), new.clone());
        }
        _ => {}
    }
    pointer
}

fn edits() -> impl Strategy<Value = Vec<(u8, usize, usize, Value)>> {
    prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>(), value()), 1..4)
}

fn document(text: &str) -> Document {
    let mut entries = read(text);
    assert_eq!(entries.len(), 1, "{text}");
    match entries.pop() {
        Some(Entry::Document(document)) => document,
        other => panic!("{other:?}"),
    }
}

/// Checks what holds for every text.
fn check_reading(text: &str) {
    let mut end = 0;
    for entry in read(text) {
        assert_eq!(entry.range().start, end);
        end = entry.range().end;
        if let Entry::Document(document) = entry {
            let mut all = Vec::new();
            pointers(&document.value, String::new(), &mut all);
            for pointer in all.iter().take(50) {
                let length = document.value.pointer(pointer).and_then(Value::as_str).map_or(0, str::len);
                for span in [None, Some(0..length), Some(1..length.max(1)), Some(length..length)] {
                    let place = document.place(pointer, span);
                    assert!(
                        document.range.start <= place.start
                            && place.start <= place.end
                            && place.end <= document.range.end
                    );
                    assert!(text.get(place.start..place.end).is_some());
                }
            }
            assert_eq!(document.edited(text, &document.value), text.get(document.range.clone()).unwrap());
            let mut wanted = document.value.clone();
            if let Some(pointer) = all.first()
                && let Some(target) = wanted.pointer_mut(pointer)
            {
                *target = json!({"a": "y"});
            }
            let edited = document.edited(text, &wanted);
            let reread = read(&edited);
            assert!(
                matches!(reread.as_slice(), [Entry::Document(edited)] if edited.value == wanted),
                "{text:?} {edited:?}"
            );
        }
    }
    assert_eq!(end, text.len());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edited_document_reads_as_wanted(value in object(), choices in prop::collection::vec(any::<u8>(), 16..64), edits in edits()) {
        let text = Text::new(&value, choices).written;
        let document = document(&text);
        prop_assert_eq!(&document.value, &value, "{}", text);
        prop_assert_eq!(document.edited(&text, &value), text.clone());
        let mut wanted = value;
        for edit in &edits {
            mutate(&mut wanted, edit);
        }
        let edited = document.edited(&text, &wanted);
        prop_assert_eq!(&self::document(&edited).value, &wanted, "{}\n=>\n{}", text, edited);
    }

    #[test]
    fn what_is_printed_reads_the_same(value in object()) {
        let text = waitwarden_manifest::print(&value);
        prop_assert_eq!(&document(&text).value, &value, "{}", text);
    }

    #[test]
    fn comments_outside_a_change_survive(value in object(), choices in prop::collection::vec(any::<u8>(), 16..64), edits in edits()) {
        let Text { written: text, comments, .. } = Text::new(&value, choices);
        let document = document(&text);
        let mut wanted = value.clone();
        let edit = edits.first().unwrap();
        let pointer = mutate(&mut wanted, edit);
        let count = |value: &Value| value.pointer(&pointer).map(|value| value.as_array().map_or(0, Vec::len) + value.as_object().map_or(0, Map::len));
        let added = edit.0 % 4 != 0 && count(&wanted) > count(&value);
        let edited = document.edited(&text, &wanted);
        for (name, about) in comments {
            // What is new takes no comment away; what is changed may.
            if added || !about.starts_with(&pointer) {
                prop_assert!(edited.contains(&name), "{} about {} ({} changed)\n{}\n=>\n{}", name, about, pointer, text, edited);
            }
        }
    }

    #[test]
    fn json_is_edited_as_json(value in object(), pretty in any::<bool>(), edits in edits()) {
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        let document = document(&text);
        prop_assert_eq!(&document.value, &value);
        let mut wanted = value;
        for edit in &edits {
            mutate(&mut wanted, edit);
        }
        let edited = document.edited(&text, &wanted);
        prop_assert_eq!(&serde_json::from_str::<Value>(&edited).unwrap(), &wanted);
    }

    #[test]
    fn reading_never_fails(text in "\\PC{0,40}") {
        check_reading(&text);
    }

    #[test]
    fn reading_never_fails_on_yaml_like_text(text in "([a-c0]|[-:?,#&*!|>'\"%@`{}\\[\\]]|[ \n\t]|  |\r\n|\n---|- |: |&a |\\*a|<<: |!!int |\u{feff}|\u{2028}|é|\\\\){0,40}") {
        check_reading(&text);
    }

    #[test]
    fn reading_never_fails_on_damaged_yaml(value in object(), choices in prop::collection::vec(any::<u8>(), 16..64), cuts in prop::collection::vec((any::<usize>(), "[ \n\t:#'\"|>&*{}\\[\\]-]{0,2}"), 1..4)) {
        let mut text = Text::new(&value, choices).written;
        for (at, new) in cuts {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            if let Some(&at) = places.get(at % places.len().max(1)) {
                let next = text.get(at..).unwrap().chars().next().map_or(0, char::len_utf8);
                text.replace_range(at..at + next, &new);
            }
        }
        check_reading(&text);
    }
}

#[test]
fn depth_is_bounded() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("{\"a\":", "}"), ("? ", ""), ("[[{a: [", "")] {
        let text = format!("k: {}1{}\n", open.repeat(100_000), close.repeat(100_000));
        check_reading(&text);
        let text = format!("{}1{}\n", open.repeat(100_000), close.repeat(100_000));
        check_reading(&text);
    }
    let mut nested = Map::new();
    for _ in 0..200 {
        nested = Map::from_iter([("a".to_owned(), Value::Object(nested))]);
    }
    check_reading(&serde_json::to_string(&nested).unwrap());
}
