//! Why a dependency is not ready, and what a look at it found.

use std::fmt;
use std::time::Duration;

/// The kind of a reason: the words that a message begins with, always the same ones. Two kinds may share their words where
/// one says something of the dependency and the other does not: what follows the words tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It was not looked at yet.
    Unknown,
    /// 401, 403.
    Forbidden,
    /// 404 of the API itself.
    NoSuchApi,
    /// 404 of the object.
    NoSuchObject,
    /// The Service has no such port.
    NoSuchPort,
    /// It is there, and not ready.
    NotReady,
    /// It is ready, but not for as long as `stable` asks.
    Settling,
    /// No answer from the API server.
    ApiUnreachable,
    /// An answer that is no answer: 429, 5xx, no JSON.
    ApiError,
    /// The container has no access to the API: no address, no token, no CA.
    NoApiAccess,
    /// The API server's certificate is not to be trusted.
    ApiTlsUntrusted,
    /// The handshake with the API server failed for another cause.
    ApiTlsFailed,
    /// The DNS has no such name.
    Unresolved,
    /// The DNS does not say whether there is such a name.
    NameUnanswered,
    /// Nobody listens.
    Refused,
    /// No connection, for another cause.
    Unreachable,
    /// No connection was even tried: this side has no way, no address or no file descriptor for it.
    NoWay,
    /// Connected, but no answer in time.
    NoAnswer,
    /// The dependency's certificate is not to be trusted.
    TlsUntrusted,
    /// The handshake failed for another cause.
    TlsFailed,
    /// An HTTP status that was not asked for.
    WrongStatus,
    /// An answer that is not HTTP.
    NotHttp,
    /// An answer that is not gRPC over HTTP/2.
    NotGrpc,
    /// The gRPC server has no health service.
    NoHealthService,
    /// The health service does not know the service.
    NoSuchService,
    /// Another gRPC status than OK.
    GrpcError,
    /// A Job that failed.
    JobFailed,
}

impl Kind {
    /// All of them, for tests of what is said about each.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 27] = [
        Self::Unknown,
        Self::Forbidden,
        Self::NoSuchApi,
        Self::NoSuchObject,
        Self::NoSuchPort,
        Self::NotReady,
        Self::Settling,
        Self::ApiUnreachable,
        Self::ApiError,
        Self::NoApiAccess,
        Self::ApiTlsUntrusted,
        Self::ApiTlsFailed,
        Self::Unresolved,
        Self::NameUnanswered,
        Self::Refused,
        Self::Unreachable,
        Self::NoWay,
        Self::NoAnswer,
        Self::TlsUntrusted,
        Self::TlsFailed,
        Self::WrongStatus,
        Self::NotHttp,
        Self::NotGrpc,
        Self::NoHealthService,
        Self::NoSuchService,
        Self::GrpcError,
        Self::JobFailed,
    ];

    /// Its words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Unknown => "no answer yet",
            Self::Forbidden => "forbidden",
            Self::NoSuchApi => "no such API",
            Self::NoSuchObject => "no such object",
            Self::NoSuchPort => "no such port",
            Self::NotReady => "not ready yet",
            Self::Settling => "ready, not yet stable",
            Self::ApiUnreachable => "API server unreachable",
            Self::ApiError => "API server error",
            Self::NoApiAccess => "no access to the API",
            Self::Unresolved | Self::NameUnanswered => "name does not resolve",
            Self::Refused => "connection refused",
            Self::Unreachable | Self::NoWay => "unreachable",
            Self::NoAnswer => "no answer",
            Self::TlsUntrusted | Self::ApiTlsUntrusted => "TLS not trusted",
            Self::TlsFailed | Self::ApiTlsFailed => "TLS failed",
            Self::WrongStatus => "wrong status",
            Self::NotHttp => "not HTTP",
            Self::NotGrpc => "not gRPC",
            Self::NoHealthService => "no health service",
            Self::NoSuchService => "no such service",
            Self::GrpcError => "gRPC error",
            Self::JobFailed => "the Job failed",
        }
    }

    /// Its words as a machine reads them: `not-ready-yet`.
    pub(crate) fn slug(self) -> String {
        self.words().to_ascii_lowercase().replace(", ", "-").replace(' ', "-")
    }
}

/// Why a dependency is not ready. Two equal reasons are said once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    /// The kind.
    pub(crate) kind: Kind,
    /// What exactly, and what to do about it. Holds nothing that changes by itself, such as a time.
    pub(crate) text: String,
}

impl Reason {
    /// A reason.
    pub(crate) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.words())?;
        if self.text.is_empty() { Ok(()) } else { write!(f, ": {}", self.text) }
    }
}

/// What a look at a dependency found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Observation {
    /// It is ready; perhaps with a remark.
    Ready(Option<String>),
    /// Not yet.
    Waiting(Reason),
    /// It never will be.
    Failed(Reason),
}

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// At once: the next look itself waits until something changes.
    Event,
    /// After the interval.
    Steady,
    /// Later every time, up to half a minute: who was asked is in trouble.
    Slower,
    /// Later every time, up to two minutes: the API server would say the same again, and every question costs it.
    Rare,
    /// As [`Self::Slower`], and not before this: the API server asked for it.
    After(Duration),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_a_row_for_every_kind() {
        let page = include_str!("../../docs/wait.md");
        let mut documented: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
            .map(|(words, _)| words)
            .collect();
        documented.retain(|words| words.starts_with(char::is_alphabetic) && !words.contains(['/', ':', '-', '=']));
        let mut words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.words()).collect();
        words.sort_unstable();
        words.dedup();
        documented.sort_unstable();
        assert_eq!(documented, words);
    }
}
