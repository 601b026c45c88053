//! Which reasons say that a dependency is lost, and which say nothing of it. The only place that decides it; the page
//! `docs/wait.md` has it as a column of the table of reasons.

use crate::reason::Kind;

/// What a reason says of a dependency that was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bearing {
    /// An answer that it does not serve, or no connection to it.
    Lost,
    /// Nothing: who was asked about it did not answer, or did not want to.
    Unknown,
    /// Nobody who watches ever finds that.
    Never,
}

impl Bearing {
    /// What this kind says.
    pub(super) const fn of(kind: Kind) -> Self {
        match kind {
            // Answers about it: of the API server, or its own.
            Kind::NoSuchObject
            | Kind::NoSuchPort
            | Kind::NotReady
            | Kind::WrongStatus
            | Kind::NotHttp
            | Kind::NotGrpc
            | Kind::NoHealthService
            | Kind::NoSuchService
            | Kind::GrpcError
            // The name servers say that it has no name any more.
            | Kind::Unresolved
            // No connection to it, or one that is of no use.
            | Kind::Refused
            | Kind::Unreachable
            | Kind::NoAnswer
            | Kind::TlsUntrusted
            | Kind::TlsFailed => Self::Lost,
            // Nobody was asked yet.
            Kind::Unknown
            // The API server says nothing of it: an outage of the API must not make a cluster unready.
            | Kind::Forbidden
            | Kind::NoSuchApi
            | Kind::ApiUnreachable
            | Kind::ApiError
            | Kind::NoApiAccess
            | Kind::ApiTlsUntrusted
            | Kind::ApiTlsFailed
            // The name servers say nothing of it.
            | Kind::NameUnanswered
            // This side says nothing of it.
            | Kind::NoWay => Self::Unknown,
            // Only the wait speaks of `stable=`, and a Job that completed cannot be lost.
            Kind::Settling | Kind::JobFailed => Self::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_documentation_says_the_same() {
        let mut expected: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for kind in Kind::ALL {
            let word = match Bearing::of(kind) {
                Bearing::Lost => "lost",
                Bearing::Unknown => "unknown",
                Bearing::Never => "–",
            };
            expected.entry(kind.words()).or_default().push(word);
        }
        let expected: BTreeMap<&str, String> = expected
            .into_iter()
            .map(|(words, mut bearings)| {
                bearings.sort_unstable();
                bearings.dedup();
                (words, bearings.join(" or "))
            })
            .collect();
        let page = include_str!("../../../docs/wait.md");
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
        let found: BTreeMap<&str, String> = rows
            .filter(|(words, _)| expected.contains_key(words))
            .map(|(words, rest)| {
                let cell = rest.trim_end_matches(" |").rsplit(" | ").next().unwrap();
                (words, cell.split(':').next().unwrap().to_owned())
            })
            .collect();
        assert_eq!(found, expected);
    }
}
