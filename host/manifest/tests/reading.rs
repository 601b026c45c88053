//! What is read from a file besides values: where its documents are, what is wrong with them, and where things stand.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

use std::ops::Range;
use waitwarden_manifest::{Broken, Document, Entry, Place, read};

fn document(text: &str) -> Document {
    match read(text).pop() {
        Some(Entry::Document(document)) => document,
        other => panic!("{other:?}"),
    }
}

fn broken(text: &str) -> Broken {
    match read(text).pop() {
        Some(Entry::Broken(broken)) => broken,
        other => panic!("{other:?}"),
    }
}

/// What the place at a pointer covers.
#[track_caller]
fn check(text: &str, pointer: &str, span: Option<Range<usize>>, expected: &str) {
    let place = document(text).place(pointer, span);
    assert_eq!(text.get(place.start..place.end).unwrap(), expected);
}

#[test]
fn a_file_is_its_entries() {
    let text = "\u{feff}# top\n---\n# Source: chart/templates/a.yaml\nkind: A\n---\n--- # two\n{{ broken }}\n---\nb: 2 # é\n...\nc\n";
    let entries = read(text);
    let kinds: Vec<&str> = entries
        .iter()
        .map(|entry| match entry {
            Entry::Document(_) => "document",
            Entry::Empty { .. } => "empty",
            Entry::Broken(_) => "broken",
        })
        .collect();
    assert_eq!(kinds, ["empty", "document", "empty", "broken", "document"]);
    let joined: String = entries.iter().map(|entry| text.get(entry.range()).unwrap()).collect();
    assert_eq!(joined, text);
    let Some(Entry::Document(first)) = entries.get(1) else { panic!() };
    assert_eq!(first.source.as_deref(), Some("chart/templates/a.yaml"));
    assert_eq!(first.place("/kind", None).line, 4);
    let warnings = document(text).warnings;
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings.first().unwrap().place.line, 11);
}

#[test]
fn an_empty_file_is_one_empty_entry() {
    for text in ["", "\n", "# a\n", "---\n", "\u{feff}", "...\n"] {
        assert!(matches!(read(text).as_slice(), [Entry::Empty { range }] if *range == (0..text.len())), "{text:?}");
    }
}

#[test]
fn several_json_values_are_several_documents() {
    let text = "{\"a\": \"\\ud83d\\ude00\\/\"}\n {\"b\": 2}\n---\n{\"c\": [1.0, 1e2, 12345678901234567890]}\n";
    let values: Vec<String> = read(text)
        .into_iter()
        .map(|entry| match entry {
            Entry::Document(document) => document.value.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(values, ["{\"a\":\"😀/\"}", "{\"b\":2}", "{\"c\":[1,100,12345678901234567890]}"]);
    check(text, "/c/1", None, "1e2");
    check("{\"a\": \"x\\ud83d\\ude00\\/y\"}", "/a", Some(1..5), "\\ud83d\\ude00");
    check("{\"a\": \"x\\ud83d\\ude00\\/y\"}", "/a", Some(5..7), "\\/y");
}

#[test]
fn a_pointer_has_a_place() {
    let text = "a:\n  b: one # c\n  d:\n  - x\n  -   e: [1, 'two']\nf: &x {g: h}\ni: *x\n~0: q\n\"s/t\": u\n";
    check(text, "", None, text.trim_end());
    check(text, "/a/b", None, "one");
    check(text, "/a/d/0", None, "x");
    check(text, "/a/d/1/e/1", None, "'two'");
    check(text, "/i/g", None, "h");
    check(text, "/~00", None, "q");
    check(text, "/s~1t", None, "u");
    check(text, "/a/d", None, "- x\n  -   e: [1, 'two']");
    assert_eq!(
        document("é: \"ü\nx\" # c\n").place("/é", None),
        Place { start: 4, end: 10, line: 1, column: 4, end_line: 2, end_column: 3 }
    );
}

#[test]
fn a_pointer_that_leads_nowhere_has_the_place_of_its_ancestor() {
    let text = "spec:\n  containers:\n  - name: web\n  volumes:\n";
    check(text, "/spec/initContainers/0", None, "spec");
    check(text, "/spec/containers/0/image", None, "name: web");
    check(text, "/spec/containers/7", None, "containers");
    check(text, "/spec/volumes", None, "volumes");
    check(text, "/nothing", None, text.trim_end());
}

#[test]
fn a_span_of_a_string_has_a_place() {
    check("a: plain text # c\n", "/a", Some(6..10), "text");
    check("a: one\n  two\n\n  three\n", "/a", Some(4..13), "two\n\n  three");
    check("a: 'it''s so'\n", "/a", Some(2..4), "''s");
    check("a: \"t\\tx\\u00e9y\\\n  z\"\n", "/a", Some(3..6), "\\u00e9y");
    check("a: \"t\\tx\\u00e9y\\\n  z\"\n", "/a", Some(6..7), "z");
    check("a: |\n    one\n      two\n\n    three\n", "/a", Some(6..9), "two");
    check("a: |\n    one\n      two\n\n    three\n", "/a", Some(11..16), "three");
    check("a: |-\r\n  one\r\n  two\r\n", "/a", Some(4..7), "two");
    check("a: >-\n  one\n  two\n\n  three\n", "/a", Some(4..7), "two");
    check("a: >-\n  one\n  two\n\n  three\n", "/a", Some(8..13), "three");
    check("a: |2\n   one\n  two\n", "/a", Some(0..4), " one");
    check("a: |\n\n  one\n", "/a", Some(1..4), "one");
    check("a: x\n", "/a", Some(0..9), "x");
}

#[test]
fn the_objects_of_lists_are_found() {
    let document = document(
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n- text\n- {apiVersion: v1, kind: PodList, items: [{apiVersion: v1, kind: Pod}]}\n",
    );
    let pointers: Vec<String> = document.items().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/items/0", "/items/2/items/0"]);
    assert!(document.is_kubernetes_object());
    assert!(!self::document("kind: Pod\napiVersion: 1\n").is_kubernetes_object());
    assert_eq!(self::document("a: 1\n").items().len(), 1);
}

#[test]
fn a_key_that_stands_twice_is_a_warning() {
    let document = document("a: 1\nb:\n  c: 1\n  c: 2\n");
    assert_eq!(document.warnings.len(), 1);
    let warning = document.warnings.first().unwrap();
    assert_eq!((warning.place.line, warning.place.column), (4, 3));
    assert!(warning.message.contains("`c`"), "{}", warning.message);
    assert!(self::document("a: &x {k: 1}\nb: {<<: *x, k: 2}\n").warnings.is_empty());
}

#[test]
fn what_cannot_be_read_says_why() {
    #[track_caller]
    fn check(text: &str, line: usize, words: &[&str]) {
        let broken = broken(text);
        assert_eq!(broken.line, line, "{broken:?}");
        for word in words {
            assert!(broken.message.contains(word), "{broken:?}");
        }
    }
    check("a:\n\tb: 1\n", 2, &["tab", "hint: indent with spaces"]);
    check("a: 1\n---\nb:\n  c: 1\n d: 2\n", 5, &["expected a key", "same column"]);
    check("a: 'b\nc: d\n", 1, &["not closed", "hint: "]);
    check("a: \"b\n", 1, &["not closed", "hint: "]);
    check("a: b: c\n", 1, &["`:`", "hint: quote"]);
    check("a: @b\n", 1, &["cannot begin with `@`", "quote"]);
    check("a: *b\n", 1, &["unknown anchor `b`"]);
    check("a: [b\n", 1, &["`,` or `]`"]);
    check("a: .inf\n", 1, &["quote"]);
    check("a: 1\n--- b\n", 2, &["`---`"]);
    check("{\"a\" 1}\n", 1, &["`:` after a key"]);
    check("\ta: 1\n", 1, &["tab"]);
    check("a: &x[y]\n", 1, &["anchor", "quote"]);
    check("a: {b\n  : c}\n", 1, &["one line"]);
    check("---# a\nb: 1\n", 1, &["`---`"]);
    check("a: {{ .Values.b }}\n", 1, &["helm template"]);
    assert!(broken("a: {{ .Values.b }}\n").template);
    assert!(!broken("a: [b\n").template);
}

#[test]
fn requests_are_told_from_objects() {
    let request = r#"{"uid": "1", "operation": "CREATE", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "object": {"kind": "Pod"}}"#;
    let review = |request: &str| {
        format!(r#"{{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {request}}}"#)
    };
    for (text, expected) in [
        (request.to_owned(), Some("")),
        (review(request), Some("/request")),
        // What is deleted stands in the old object alone.
        (review(&request.replace(r#""object":"#, r#""object": null, "oldObject":"#)), Some("/request")),
        (format!("request: {request}\n"), Some("/request")),
        // A request about nothing, one without an operation, and an answer.
        (review(&request.replace(r#"{"kind": "Pod"}"#, "null")), None),
        (review(&request.replace(r#""CREATE""#, "null")), None),
        (r#"{"kind": "AdmissionReview", "response": {"uid": "1", "allowed": true}}"#.to_owned(), None),
        // Objects with such keys of their own.
        (r#"{"kind": "Backup", "operation": "CREATE", "object": {"kind": "Pod"}}"#.to_owned(), None),
        (r#"{"kind": "Claim", "request": {"cpu": "1", "object": {}}}"#.to_owned(), None),
    ] {
        let found = document(&text);
        assert_eq!(found.admission_request().map(|(pointer, _)| pointer), expected, "{text}");
        let value = expected.and_then(|pointer| found.value.pointer(pointer));
        assert_eq!(found.admission_request().map(|(_, request)| request), value);
    }
}
