//! How a gRPC call ended: `grpc-status` and `grpc-message`, in the trailers, or in the headers where there is no body.

use hyper::HeaderMap;
use percent_encoding::percent_decode;
use std::fmt;

/// The longest `grpc-message` that is repeated, in characters.
const LONGEST: usize = 200;

/// The names of the codes, from 0 on.
const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// A code, and what the server says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    /// `grpc-status`
    pub(super) code: u16,
    /// `grpc-message`, fit for a log: bounded, one line.
    pub(super) message: String,
}

impl Status {
    /// It went well.
    pub(super) const OK: u16 = 0;
    /// The health service does not know the service.
    pub(super) const NOT_FOUND: u16 = 5;
    /// The server has no such method.
    pub(super) const UNIMPLEMENTED: u16 = 12;

    /// Reads headers or trailers; none where they hold no `grpc-status` that is a number.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get("grpc-status")?.to_str().ok()?.parse().ok()?;
        let message = headers.get("grpc-message").map_or_else(String::new, |message| {
            let bytes: Vec<u8> = percent_decode(message.as_bytes()).collect();
            one_line(&String::from_utf8_lossy(&bytes), LONGEST)
        });
        Some(Self { code, message })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.get(usize::from(self.code)) {
            Some(name) => write!(f, "{name} ({})", self.code)?,
            None => write!(f, "the status {}", self.code)?,
        }
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

/// A text of somebody else as part of one of ours: bounded, and without control characters.
pub(super) fn one_line(text: &str, longest: usize) -> String {
    let text = text.trim();
    let mut line: String =
        text.chars().take(longest).map(|c| if c.is_control() || is_format(c) { ' ' } else { c }).collect();
    if text.chars().nth(longest).is_some() {
        line.push('…');
    }
    line
}

/// Does it turn the direction of writing, or break the line, in a terminal?
const fn is_format(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn read(code: &str, message: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-status", HeaderValue::from_str(code).unwrap());
        headers.insert("grpc-message", HeaderValue::from_bytes(message).unwrap());
        Status::read(&headers).map(|status| status.to_string())
    }

    #[test]
    fn codes_have_names_and_messages_are_decoded() {
        assert_eq!(read("0", b"").as_deref(), Some("OK (0)"));
        assert_eq!(read("14", b"no%20healthy upstream").as_deref(), Some("UNAVAILABLE (14): no healthy upstream"));
        assert_eq!(read("16", b"100%").as_deref(), Some("UNAUTHENTICATED (16): 100%"));
        assert_eq!(read("17", b"%C3%A4").as_deref(), Some("the status 17: ä"));
        assert_eq!(read("-1", b""), None);
        assert_eq!(read("fine", b""), None);
        assert_eq!(Status::read(&HeaderMap::new()), None);
    }

    #[test]
    fn messages_are_one_bounded_line() {
        assert_eq!(read("2", b"a%0Ab%1B[2Jc%FFd%E2%80%AEe").as_deref(), Some("UNKNOWN (2): a b [2Jc\u{fffd}d e"));
        assert_eq!(read("2", &[b'x'; 5000]), Some(format!("UNKNOWN (2): {}…", "x".repeat(200))));
    }
}
