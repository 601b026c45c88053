//! The answers of an API server that are written down are read as those of a real one: else the law about them says nothing.
#![cfg(feature = "wait")]
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use waitwarden_core::dependency::parse_one;
use waitwarden_wait::replay::{Answer, observe};

fn answer(status: u16, chunks: &[&str]) -> Answer {
    let chunks = chunks.iter().map(|chunk| chunk.as_bytes().to_vec()).collect();
    Answer { status, chunks, ..Answer::default() }
}

fn seen(target: &str, answers: Vec<Answer>) -> Vec<String> {
    observe(&parse_one(target).unwrap(), answers, 100).unwrap().found
}

#[test]
fn a_list_and_a_watch_are_seen_as_they_come() {
    let slice = |ready: bool, version: u32| {
        format!(
            r#"{{"metadata":{{"name":"db-1","resourceVersion":"{version}"}},"endpoints":[{{"conditions":{{"ready":{ready}}}}}],"ports":[{{"name":"pg"}}]}}"#
        )
    };
    let list = format!(r#"{{"metadata":{{"resourceVersion":"1"}},"items":[{}]}}"#, slice(false, 1));
    let event = format!("{{\"type\":\"MODIFIED\",\"object\":{}}}\n", slice(true, 2));
    let (head, tail) = event.split_at(30);
    let answers = vec![answer(200, &[&list]), answer(200, &[head, tail]), answer(503, &["{}"])];
    assert_eq!(
        seen("shop/service/db:pg", answers),
        ["waiting: not ready yet: 0 of 1 endpoints are ready", "ready: ", "waiting: API server error: it answers 503"]
    );
}

#[test]
fn what_is_no_answer_is_said_and_asked_again() {
    let done =
        r#"{"items":[{"metadata":{"name":"seed"},"status":{"conditions":[{"type":"Complete","status":"True"}]}}]}"#;
    let answers = vec![
        Answer { breaks_off: true, ..answer(200, &["{"]) },
        answer(200, &["<html>"]),
        answer(401, &[]),
        answer(200, &[done]),
    ];
    let found = seen("shop/job/seed", answers);
    let words: Vec<&str> = found.iter().map(|text| text.split(':').take(2).last().unwrap().trim()).collect();
    assert_eq!(words, ["API server unreachable", "API server error", "forbidden", ""], "{found:?}");
}

/// A version is whatever the API server writes. One that cannot stand in a URI as it is was asked for again and again, and
/// the wait never ended; nor did it with one that is longer than a URI.
#[test]
fn a_version_that_no_uri_holds_is_watched_from() {
    let long = "7".repeat(100_000);
    for version in ["7\u{7f}", "7 &watch=false#", "\u{e9}", long.as_str(), ""] {
        let list = format!(r#"{{"metadata":{{"resourceVersion":"{version}"}},"items":[]}}"#);
        let done = format!(
            r#"{{"type":"ADDED","object":{{"metadata":{{"name":"seed","resourceVersion":"{version}"}},"status":{{"conditions":[{{"type":"Complete","status":"True"}}]}}}}}}"#
        ) + "\n";
        let answers = vec![answer(200, &[&list]), answer(200, &[&done]), answer(200, &[&done])];
        let found = seen("shop/job/seed", answers);
        assert_eq!(found.get(1..), Some(&["ready: ".to_owned(), "ready: ".to_owned()][..]), "{version:.20}");
    }
}
