//! Manifests. The bytes are the text of a file; what is changed in it follows from the text too.

use crate::pod::places;
use serde_json::{Value, json};
use waitwarden_manifest::{Document, Entry, read};

/// Places of a document that are looked at, and changes that are made in it.
const LOOKS: usize = 16;
const EDITS: usize = 2;

/// Total; entries cover the text, places are inside it; what was changed reads as wanted and everything else as before.
pub fn manifest(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let entries = read(text);
    let mut end = 0;
    let mut random =
        fastrand::Rng::with_seed(data.iter().fold(7, |seed, byte| seed * 31 % 0xffff_fffb + u64::from(*byte)));
    for (at, entry) in entries.iter().enumerate() {
        assert_eq!(entry.range().start, end, "no gap");
        end = entry.range().end;
        assert!(text.get(entry.range()).is_some());
        match entry {
            Entry::Document(document) => {
                has_places(document, text);
                for _ in 0..EDITS {
                    is_edited(text, &entries, at, document, &mut random);
                }
            }
            Entry::Broken(broken) => {
                assert!(broken.range.start <= broken.offset && broken.offset <= broken.range.end, "{broken:?}");
                assert!(text.is_char_boundary(broken.offset), "{broken:?}");
                assert!(broken.line > 0 && broken.column > 0 && !broken.message.is_empty(), "{broken:?}");
            }
            Entry::Empty { .. } => {}
        }
    }
    assert_eq!(end, text.len());
}

fn has_places(document: &Document, text: &str) {
    let inside = |place: waitwarden_manifest::Place| {
        assert!(document.range.start <= place.start && place.start <= place.end && place.end <= document.range.end);
        assert!(text.get(place.start..place.end).is_some(), "{place:?}");
        let lines = text[..place.start].matches(['\n', '\r']).count() + 1;
        assert!((1..=lines).contains(&place.line) && place.end_line >= place.line, "{place:?}");
        assert!(place.column >= 1 && place.end_column >= 1);
    };
    let mut all = Vec::new();
    places(&document.value, String::new(), &mut all);
    for pointer in all.iter().rev().take(LOOKS) {
        let string = document.value.pointer(pointer).and_then(Value::as_str);
        inside(document.place(pointer, None));
        inside(document.key_place(pointer));
        inside(document.place(&format!("{pointer}/nothing/here"), Some(1..2)));
        let Some(string) = string else { continue };
        let length = string.len();
        for span in [0..length, 1..length.max(1), length..length, length / 2..length + 9] {
            inside(document.place(pointer, Some(span)));
        }
    }
    for scalar in document.scalars() {
        assert!(text.get(scalar.clone()).is_some(), "{scalar:?}");
    }
    for warning in &document.warnings {
        assert!(!warning.message.is_empty());
        inside(warning.place);
    }
    document.items();
    document.admission_request();
    let printed = waitwarden_manifest::print(&document.value);
    assert!(
        matches!(read(&printed).as_slice(), [Entry::Document(again)] if again.value == document.value),
        "{printed}"
    );
}

/// What a change did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Added,
    Other,
}

fn change(value: &mut Value, random: &mut fastrand::Rng) -> Change {
    let mut all = Vec::new();
    places(value, String::new(), &mut all);
    let at = random.usize(..all.len());
    let new = match random.u8(..8) {
        0 => json!("wait"),
        1 => json!({ "name": "wait", "args": ["--", "service/db:5432"] }),
        2 => json!(["a # b", "yes", "1e3"]),
        3 => json!("two\nlines\n"),
        4 => json!({}),
        5 => Value::Null,
        6 => json!(-7),
        _ => json!("\u{1f980}: '\"\\ {x}"),
    };
    let place = value.pointer_mut(&all[at]).unwrap();
    match (random.u8(..4), place) {
        (0, Value::Object(map)) if map.len() > 1 => {
            let key = map.keys().nth(random.usize(..map.len())).unwrap().clone();
            map.shift_remove(&key);
        }
        (0, Value::Array(list)) if !list.is_empty() => drop(list.remove(random.usize(..list.len()))),
        (1 | 2, Value::Object(map)) if !map.contains_key("new") => {
            map.shift_insert(random.usize(..=map.len()), "new".to_owned(), new);
            return Change::Added;
        }
        (1 | 2, Value::Array(list)) => {
            list.insert(random.usize(..=list.len()), new);
            return Change::Added;
        }
        (_, place) => *place = new,
    }
    Change::Other
}

fn is_edited(text: &str, entries: &[Entry], at: usize, document: &Document, random: &mut fastrand::Rng) {
    let own = text.get(document.range.clone()).unwrap();
    assert_eq!(document.edited(text, &document.value), own, "nothing to change");
    let mut wanted = document.value.clone();
    let change = change(&mut wanted, random);
    let edited = document.edited(text, &wanted);
    let again = read(&edited);
    let [Entry::Document(read_again)] = again.as_slice() else { panic!("{own:?} => {edited:?}") };
    assert_eq!(read_again.value, wanted, "{own:?} => {edited:?}");
    let Some(spliced) = document.spliced(text, &wanted) else { return };
    assert_eq!(spliced, edited, "what can be spliced is not written anew");
    if change == Change::Added && !document.range.is_empty() {
        // What is new takes no comment away.
        let there = comments(read_again, &edited, 0);
        for comment in comments(document, text, document.range.start) {
            assert!(there.contains(&comment), "{comment:?} of {own:?} is not in {edited:?}");
        }
    }
    // In its file, too: as long as what was a document stays one.
    let whole = format!("{}{edited}{}", &text[..document.range.start], &text[document.range.end..]);
    let all = read(&whole);
    assert_eq!(all.len(), entries.len(), "{text:?} => {whole:?}");
    for (nth, (before, after)) in entries.iter().zip(&all).enumerate() {
        match (before, after) {
            (Entry::Document(before), Entry::Document(after)) => {
                let expected = if nth == at { &wanted } else { &before.value };
                assert_eq!(&after.value, expected, "{text:?} => {whole:?}");
            }
            (Entry::Empty { .. }, Entry::Empty { .. }) | (Entry::Broken(_), Entry::Broken(_)) => {}
            _ => panic!("{text:?} => {whole:?}"),
        }
    }
}

/// The comments of a document that begins at `start` of a text.
fn comments<'t>(document: &Document, text: &'t str, start: usize) -> Vec<&'t str> {
    let scalars: Vec<_> = document.scalars().collect();
    let mut comments = Vec::new();
    let mut line_start = start;
    for line in text[document.range.clone()].split_inclusive('\n') {
        let begins = |at: &usize| {
            let blank = line[..*at].chars().next_back().is_none_or(|before| before == ' ' || before == '\t');
            blank && !scalars.iter().any(|scalar| scalar.contains(&(line_start + at)))
        };
        if let Some(at) = line.match_indices('#').map(|(at, _)| at).find(begins) {
            comments.push(line[at..].trim_end());
        }
        line_start += line.len();
    }
    comments
}
