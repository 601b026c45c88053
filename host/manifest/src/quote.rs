//! Strings as YAML scalars that goyaml reads as the same string.

use crate::scalar::{Resolved, resolve};
use crate::tree::Style;
use std::fmt::Write;

/// A string on one line: plain where that is safe, else in quotes; `like` is the style to prefer.
pub(crate) fn inline(text: &str, like: Style, flow: bool) -> String {
    match like {
        Style::Plain if is_plain(text, flow) => text.to_owned(),
        Style::Single if is_printable(text) && !text.contains('\n') => format!("'{}'", text.replace('\'', "''")),
        _ => double(text),
    }
}

/// A string on one line, plain where that is safe, else in the quotes given.
pub(crate) fn plain_or(text: &str, quotes: Style, flow: bool) -> String {
    let like = if is_plain(text, flow) {
        Style::Plain
    } else if text.contains('"') && !text.contains('\'') {
        // JSON in a string, as in an annotation, would be all backslashes.
        Style::Single
    } else {
        quotes
    };
    inline(text, like, flow)
}

/// Whether a string may stand without quotes.
pub(crate) fn is_plain(text: &str, flow: bool) -> bool {
    const INDICATORS: &[char] = &[',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`'];
    let mut chars = text.chars();
    let (Some(first), second) = (chars.next(), chars.next()) else {
        return false;
    };
    let begins = match first {
        '-' | '?' | ':' => second.is_some_and(|second| !(second.is_whitespace() || flow && ",[]{}".contains(second))),
        first => !first.is_whitespace() && !INDICATORS.contains(&first),
    };
    begins
        && resolve(text) == Resolved::Text
        && !is_number_elsewhere(text)
        && text != "="
        && is_printable(text)
        && !text.contains(['\n', '\t'])
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !(flow && text.contains([',', '[', ']', '{', '}', '?', ':', '"', '\'']))
}

/// Dates, times and old octals: strings for Kubernetes, but other readers differ, so they are quoted.
fn is_number_elsewhere(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'))
        && text.contains(|char: char| char.is_ascii_digit())
        && text.bytes().all(|byte| {
            byte.is_ascii_digit()
                || matches!(byte, b'_' | b'.' | b':' | b'+' | b'-' | b'e' | b'E' | b'o' | b'x' | b'T' | b'Z')
        })
}

/// Whether YAML takes each character as it is. A tab counts; line breaks other than `\n` do not.
pub(crate) fn is_printable(text: &str) -> bool {
    text.chars().all(|char| match char {
        '\t' | '\n' | ' '..='~' => true,
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{2028}' | '\u{2029}' => false,
        char => char >= '\u{a0}',
    })
}

/// A string in double quotes, with escapes that both YAML 1.1 and JSON know where JSON has one.
pub(crate) fn double(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            char if is_printable(char.encode_utf8(&mut [0; 4])) => quoted.push(char),
            char => _ = write!(quoted, "\\u{:04x}", u32::from(char)),
        }
    }
    quoted.push('"');
    quoted
}

/// The indicator and the lines of a string as a literal block; none where a block cannot say it, or need not.
pub(crate) fn literal(text: &str) -> Option<(&'static str, Vec<&str>)> {
    let first = text.trim_start_matches('\n');
    if !text.contains('\n') || first.is_empty() || first.starts_with([' ', '\t']) || !is_printable(text) {
        return None;
    }
    // A line of blanks only is cut by many editors; quotes keep it.
    if text.lines().any(|line| !line.is_empty() && line.trim_matches([' ', '\t']).is_empty()) {
        return None;
    }
    Some(match text.strip_suffix('\n') {
        None => ("|-", text.split('\n').collect()),
        Some(body) if body.ends_with('\n') => ("|+", body.split('\n').collect()),
        Some(body) => ("|", body.split('\n').collect()),
    })
}
