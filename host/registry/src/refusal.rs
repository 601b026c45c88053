//! What registries and the way to them answer when something is wrong, as problems.

use crate::{Login, Problem};
use oci_client::errors::{OciDistributionError, OciEnvelope};
use std::error::Error;

/// A status other than success.
pub(crate) fn status(status: u16, body: &[u8], what: &str, login: &Login) -> Problem {
    match status {
        401 => Problem::Unauthorized(login.clone()),
        403 => Problem::Denied(login.clone()),
        404 => Problem::NotFound { what: what.to_owned() },
        429 | 500..=599 => Problem::Unavailable { status },
        _ => Problem::Refused { status, message: message(body) },
    }
}

/// What a registry says, fit for a terminal: its own messages where it keeps to the specification.
fn message(body: &[u8]) -> String {
    let text = match serde_json::from_slice::<OciEnvelope>(body) {
        Ok(envelope) => envelope.errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; "),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(200).collect();
    if text.trim().is_empty() { "it does not say why".to_owned() } else { text.trim().to_owned() }
}

/// A request that got no answer, or not a whole one.
pub(crate) fn request(error: reqwest::Error, silence: u64) -> Problem {
    if error.is_timeout() && !error.is_connect() {
        return Problem::TimedOut { seconds: silence };
    }
    // The address stands in the reference.
    Problem::Unreachable(causes(&error.without_url()))
}

/// What an error says, with its causes.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}

/// What `oci-client` reports when it logs in or pushes.
pub(crate) fn client(error: OciDistributionError, what: &str, login: &Login, silence: u64) -> Problem {
    match error {
        OciDistributionError::RequestError(error) => match error.status() {
            Some(code) => status(code.as_u16(), b"", what, login),
            None => request(error, silence),
        },
        OciDistributionError::ServerError { code, message, .. } => status(code, message.as_bytes(), what, login),
        // What the token server says is left out: it may repeat what it was sent.
        OciDistributionError::UnauthorizedError { .. } | OciDistributionError::AuthenticationFailure(_) => {
            Problem::Unauthorized(login.clone())
        }
        OciDistributionError::RegistryTokenDecodeError(_) => Problem::Malformed {
            what: "the answer to the login".to_owned(),
            reason: "expected a token, as JSON".to_owned(),
        },
        other => Problem::Malformed {
            what: "the answer of the registry".to_owned(),
            reason: message(other.to_string().as_bytes()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_what_to_do() {
        let login = Login::Nobody;
        let envelope = br#"{"errors": [{"code": "NAME_INVALID", "message": "bad\u001b[31m name"}]}"#;
        for (code, body, expected) in [
            (401, &b""[..], Problem::Unauthorized(Login::Nobody)),
            (403, b"", Problem::Denied(Login::Nobody)),
            (404, b"", Problem::NotFound { what: "the manifest".to_owned() }),
            (429, b"", Problem::Unavailable { status: 429 }),
            (503, b"", Problem::Unavailable { status: 503 }),
            (400, envelope, Problem::Refused { status: 400, message: "bad [31m name".to_owned() }),
            (400, b"\n", Problem::Refused { status: 400, message: "it does not say why".to_owned() }),
            (418, &[b'x'; 500], Problem::Refused { status: 418, message: "x".repeat(200) }),
        ] {
            assert_eq!(status(code, body, "the manifest", &login), expected);
        }
    }
}
