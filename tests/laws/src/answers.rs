//! What an API server answers, and how the wait program reads it. The bytes are a declaration of one dependency in a line,
//! and the answers behind it, each but the first after a line `%`:
//!
//! ```text
//! shop/service/db:5432
//! 200 cut=7,1,300
//! {"metadata":{"resourceVersion":"7"},"items":[]}
//! %
//! 503 retry-after=3 breaks
//! ```
//!
//! The first line of an answer is its status; `cut` says in chunks of how many bytes the body comes, over and over,
//! `breaks` that the connection ends with it.

use std::str::from_utf8;
use waitwarden_core::dependency::{Dependency, parse_one};
use waitwarden_wait::replay::{Answer, observe};

/// Bytes of a text that goes into a log line.
const LONGEST: usize = 16 << 10;

/// It ends; what it says is bounded; and where chunks begin makes no difference.
pub fn answers(data: &[u8]) {
    let (first, rest) = cut(data, b"\n");
    let written = from_utf8(first).ok().and_then(|text| parse_one(text).ok());
    let fallback = || parse_one("shop/service/db:5432").unwrap();
    let dependency: Dependency = written.filter(|one| one.target.namespace().is_some()).unwrap_or_else(fallback);
    let mut answers = Vec::new();
    let mut rest = Some(rest);
    while let Some(text) = rest {
        let (one, next) = match find(text, b"\n%\n") {
            Some(at) => (&text[..at], Some(&text[at + 3..])),
            None => (text, None),
        };
        answers.push(answer(one));
        rest = next;
    }
    // A look takes an answer or a line of one, or waits before the next.
    let lines = data.split(|byte| *byte == b'\n').count();
    let most = 32 + 8 * (answers.len() + lines);
    let whole =
        answers.iter().map(|answer| Answer { chunks: vec![answer.chunks.concat()], ..answer.clone() }).collect();
    let seen = observe(&dependency, answers, most).unwrap();
    assert!(seen.looks < most, "{dependency}: {} looks: {:?}", seen.looks, seen.found);
    for text in &seen.found {
        assert!(text.len() <= LONGEST, "{} bytes: {text:.200}…", text.len());
    }
    let at_once = observe(&dependency, whole, most).unwrap();
    assert_eq!(seen.found, at_once.found, "{dependency}: chunks make a difference");
}

fn answer(text: &[u8]) -> Answer {
    let (head, mut body) = cut(text, b"\n");
    let head = from_utf8(head).unwrap_or_default();
    let mut answer = Answer { status: 200, ..Answer::default() };
    let mut sizes = Vec::new();
    for word in head.split(' ') {
        match word.split_once('=') {
            Some(("cut", list)) => sizes.extend(list.split(',').filter_map(|size| size.parse::<usize>().ok())),
            Some(("retry-after", seconds)) => answer.retry_after = Some(seconds.to_owned()),
            None if word == "breaks" => answer.breaks_off = true,
            _ => answer.status = word.parse().unwrap_or(answer.status),
        }
    }
    sizes.retain(|size| *size > 0);
    for size in sizes.iter().cycle() {
        if body.is_empty() {
            break;
        }
        let (chunk, rest) = body.split_at((*size).min(body.len()));
        answer.chunks.push(chunk.to_vec());
        body = rest;
    }
    answer.chunks.push(body.to_vec());
    answer
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// Before and behind the first of these; all, where there is none.
fn cut<'t>(text: &'t [u8], part: &[u8]) -> (&'t [u8], &'t [u8]) {
    find(text, part).map_or((text, &[]), |at| (&text[..at], &text[at + part.len()..]))
}
