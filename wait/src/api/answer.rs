//! What an answer of the API server means when it is not the one that was hoped for.

use super::Question;
use crate::reason::{Kind, Reason};
use hyper::{HeaderMap, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// The longest that a server may ask us to stay away.
const LONGEST: Duration = Duration::from_mins(5);
/// Characters that are repeated of somebody else's message.
const MOST: usize = 300;

/// Why a question has no useful answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The container has no access, and never will have: what is missing.
    NoAccess(String),
    /// The service account's files cannot be used.
    NoAccount(String),
    /// No connection, or no answer in time.
    Silent(String),
    /// The certificate is not to be trusted, or the handshake failed.
    Tls(Reason),
    /// 401
    Unauthorized,
    /// 403, with the user that the API server takes us for.
    Forbidden(Option<String>),
    /// 404 of the API.
    NoApi,
    /// 404 of the object.
    NoObject,
    /// 410: the version is too old to watch from.
    Gone,
    /// 429 and 503, and how long to stay away.
    Busy(String, Option<Duration>),
    /// Any other answer.
    Other(String),
}

impl Unanswered {
    /// What a status other than 200 means. Source: Kubernetes' `Status` object; RFC 9110, 10.2.3 (only seconds are read:
    /// the API server writes nothing else).
    pub(super) fn read(status: StatusCode, headers: &HeaderMap, json: Option<&Value>) -> Self {
        let text = |pointer: &str| json.and_then(|json| json.pointer(pointer)).and_then(Value::as_str);
        let message = text("/message").unwrap_or_default();
        let said = || match message {
            "" => format!("it answers {}", status.as_u16()),
            message => format!("it answers {}: {}", status.as_u16(), bounded(message)),
        };
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::FORBIDDEN => {
                let user = message.split_once("User \"").and_then(|(_, rest)| rest.split_once('"'));
                Self::Forbidden(user.map(|(user, _)| bounded(user)))
            }
            // An API that is not there answers with plain text, or with a Status that names no object.
            StatusCode::NOT_FOUND if text("/details/name").is_some() => Self::NoObject,
            StatusCode::NOT_FOUND => Self::NoApi,
            StatusCode::GONE => Self::Gone,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let after = headers.get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
                Self::Busy(said(), after.map(|seconds| Duration::from_secs(seconds).min(LONGEST)))
            }
            _ => Self::Other(said()),
        }
    }

    /// May a Service be checked by a TCP connection instead, now?
    pub(crate) const fn is_closed(&self) -> bool {
        matches!(self, Self::NoAccess(_) | Self::NoAccount(_) | Self::Unauthorized | Self::Forbidden(_))
    }

    /// The reason, for who asked this.
    pub(crate) fn reason(&self, question: &Question<'_>) -> Reason {
        match self {
            Self::NoAccess(text) | Self::NoAccount(text) => Reason::new(Kind::NoApiAccess, text),
            Self::Silent(text) => Reason::new(Kind::ApiUnreachable, text),
            Self::Tls(reason) => reason.clone(),
            Self::Unauthorized => Reason::new(
                Kind::Forbidden,
                format!(
                    "the API server does not accept the service account's token (401): it has expired, or is of another \
                     cluster; once accepted, {}",
                    question.role(None)
                ),
            ),
            Self::Forbidden(user) => Reason::new(
                Kind::Forbidden,
                format!("{} (403); {}", question.denied(user.as_deref()), question.role(user.as_deref())),
            ),
            Self::NoApi => Reason::new(
                Kind::NoSuchApi,
                format!("the API server does not know {} (404); is the cluster older than that?", question.api),
            ),
            Self::NoObject => Reason::new(
                Kind::NoSuchObject,
                format!("there is no {} in the namespace `{}`", question.object, question.namespace),
            ),
            Self::Gone => Reason::new(Kind::ApiError, "it answers 410 again and again"),
            Self::Busy(text, _) | Self::Other(text) => Reason::new(Kind::ApiError, text),
        }
    }
}

/// So much of a text that a line can hold it.
fn bounded(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
