//! How registries are reached.

use crate::{Credentials, Error, Problem, Reference};
use oci_client::client::{ClientConfig, ClientProtocol};
use std::future::Future;
use std::net::Ipv4Addr;
use std::thread;
use std::time::Duration;
use tokio::runtime::Builder;

/// Who asks registries, how, and for how long. The default logs nobody in and speaks HTTPS.
///
/// HTTPS trusts the system's certificates. On Linux `SSL_CERT_FILE` and `SSL_CERT_DIR` name others instead of them.
/// Proxies are those of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registries {
    /// Where logins are looked up.
    pub credentials: Credentials,
    /// Registries, as `HOST` or `HOST:PORT`, that speak plain HTTP. Those on loopback always do.
    pub insecure: Vec<String>,
    /// The time limits.
    pub patience: Patience,
    /// The largest policy that is pulled, in bytes: 64 MiB. That is several times the largest policies there are, which
    /// carry the runtime of a language with them, and can still be held in memory and compiled.
    pub largest_policy: u64,
}

impl Default for Registries {
    fn default() -> Self {
        Self {
            credentials: Credentials::Nobody,
            insecure: Vec::new(),
            patience: Patience::default(),
            largest_policy: 64 << 20,
        }
    }
}

/// Time limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a connection: 10 seconds.
    pub connect: Duration,
    /// For the next bytes of an answer: 30 seconds.
    pub silence: Duration,
    /// For a question whose answer is short (login, manifest): 30 seconds.
    pub question: Duration,
    /// For a whole push or pull: 10 minutes.
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(10), silence: seconds(30), question: seconds(30), whole: seconds(600) }
    }
}

impl Registries {
    /// What the command line starts with: the user's logins.
    pub fn of_user() -> Self {
        Self { credentials: Credentials::of_user(), ..Self::default() }
    }

    /// `https`, or `http` for loopback and those that were named.
    pub(crate) fn scheme(&self, registry: &str) -> &'static str {
        let host = host(registry);
        let named = self.insecure.iter().any(|name| name == registry || name == host);
        if named || is_loopback(registry) { "http" } else { "https" }
    }

    /// The settings of `oci-client` for a registry.
    pub(crate) fn config(&self, registry: &str) -> ClientConfig {
        let protocol = match self.scheme(registry) {
            "http" => ClientProtocol::HttpsExcept(vec![registry.to_owned()]),
            _ => ClientProtocol::Https,
        };
        ClientConfig {
            protocol,
            connect_timeout: Some(self.patience.connect),
            read_timeout: Some(self.patience.silence),
            user_agent: USER_AGENT,
            ..ClientConfig::default()
        }
    }
}

pub(crate) const USER_AGENT: &str = concat!("waitwarden/", env!("CARGO_PKG_VERSION"));

fn host(registry: &str) -> &str {
    registry.rsplit_once(':').map_or(registry, |(host, _)| host)
}

fn is_loopback(registry: &str) -> bool {
    let host = host(registry);
    host == "localhost" || host == "[::1]" || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
}

/// Waits for work about an artifact, on a thread of its own: whoever calls may stand in a runtime, and one cannot wait in
/// another.
pub(crate) fn wait<T: Send, W: Future<Output = Result<T, Problem>>>(
    reference: &Reference,
    longest: Duration,
    work: impl FnOnce() -> W + Send,
) -> Result<T, Error> {
    let result = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // The one that is there already is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let runtime = Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| Problem::Client(error.to_string()))?;
            let result = runtime.block_on(limited(longest, work()));
            // A name that is still being looked up is not waited for.
            runtime.shutdown_background();
            result
        });
        thread.join().unwrap_or(Err(Problem::Bug))
    });
    result.map_err(|problem| Error { reference: reference.to_string(), problem })
}

/// Work with a time limit.
pub(crate) async fn limited<T>(
    longest: Duration,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    tokio::time::timeout(longest, work).await.unwrap_or(Err(Problem::TimedOut { seconds: longest.as_secs() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_and_for_those_that_were_named() {
        let registries =
            Registries { insecure: vec!["a.example".to_owned(), "10.0.0.1:5000".to_owned()], ..Registries::default() };
        for (registry, expected) in [
            ("localhost:5000", "http"),
            ("127.0.0.1:5000", "http"),
            ("127.0.0.1", "http"),
            ("[::1]:5000", "http"),
            ("a.example", "http"),
            ("a.example:5000", "http"),
            ("10.0.0.1:5000", "http"),
            ("10.0.0.1:5001", "https"),
            ("ghcr.io", "https"),
            ("b.a.example", "https"),
            ("localhost.example.com", "https"),
        ] {
            assert_eq!(registries.scheme(registry), expected, "{registry}");
        }
    }
}
