//! Questions to the API server, with the Pod's own service account.
//!
//! The client is thrown away after a 401 and after failed connections, so that a rotated token or CA is read at once.
//! Every answer is bounded in size and in time. No message ever holds the token.

mod answer;
mod client;
mod lines;
mod object;
mod rule;
mod watch;

pub(crate) use answer::Unanswered;
pub(crate) use rule::{Question, Rule};
pub(crate) use watch::{Scope, Selection, Watch};

use crate::environment::Environment;
use crate::names::Names;
use crate::network::PATIENCE;
use crate::reason::{Kind, Reason};
use crate::tls;
use http_body_util::{BodyExt, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, Uri};
use kube::Client;
use kube::client::Body;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that an answer may have.
const MOST: usize = 16 << 20;
/// Bytes of an answer that is no list and no object.
const MOST_REFUSAL: usize = 64 << 10;

/// The way to the API server.
pub(crate) struct Api {
    /// None: nothing says where it is, and how that looks.
    address: Result<Uri, String>,
    folder: PathBuf,
    names: Arc<Names>,
    client: Mutex<Option<Client>>,
    /// Held by the first question of a client: the others then find its connection, and make none of their own.
    first: tokio::sync::Mutex<()>,
    is_connected: AtomicBool,
}

impl Api {
    /// Reads where it is; asks nothing.
    pub(crate) fn new(environment: &Environment, names: Arc<Names>) -> Self {
        Self {
            address: address(environment),
            folder: environment.service_account.clone(),
            names,
            client: Mutex::new(None),
            first: tokio::sync::Mutex::new(()),
            is_connected: AtomicBool::new(false),
        }
    }

    /// With somebody else's connection.
    #[cfg(feature = "replay")]
    pub(crate) fn replace_client(&self, client: Client) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = Some(client);
    }

    /// The namespace that was written, else the Pod's own.
    pub(crate) fn namespace(&self, written: Option<&str>, target: &str) -> Result<String, Unanswered> {
        if let Some(namespace) = written {
            return Ok(namespace.to_owned());
        }
        // Where there is no API server, that is the message.
        self.address.as_ref().map_err(|error| Unanswered::NoAccess(error.clone()))?;
        self.own_namespace().ok_or_else(|| {
            Unanswered::NoAccount(format!(
                "{} cannot be read, so the Pod's own namespace is unknown; mount a projected volume with token, ca.crt \
                 and namespace there, or write `NAMESPACE/{target}`",
                self.folder.join("namespace").display()
            ))
        })
    }

    /// The Pod's own namespace.
    pub(crate) fn own_namespace(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.folder.join("namespace")).ok()?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The object at a path, as far as probes look at it.
    pub(crate) async fn object(&self, path: &str) -> Result<Value, Unanswered> {
        object::object(&self.get(path).await?).ok_or_else(|| self.no_json())
    }

    /// The whole answer at a path.
    async fn get(&self, path: &str) -> Result<Bytes, Unanswered> {
        self.in_time(async {
            let body = self.send(path).await?;
            let whole = Limited::new(body, MOST).collect().await;
            let broken = |error| Unanswered::Silent(format!("{}: the answer breaks off: {error}", self.shown()));
            Ok(whole.map_err(broken)?.to_bytes())
        })
        .await
    }

    /// The answer at a path as it comes.
    async fn open(&self, path: &str) -> Result<Body, Unanswered> {
        self.in_time(self.send(path)).await
    }

    /// A question, bounded in time; what could be wrong with the client is thrown away.
    async fn in_time<T>(&self, question: impl Future<Output = Result<T, Unanswered>>) -> Result<T, Unanswered> {
        let answer = tokio::time::timeout(PATIENCE, question).await.unwrap_or_else(|_| {
            Err(Unanswered::Silent(format!(
                "{} does not answer within {}s; packets are dropped: does a NetworkPolicy forbid it?",
                self.shown(),
                PATIENCE.as_secs()
            )))
        });
        if matches!(answer, Err(Unanswered::Silent(_) | Unanswered::Tls(_) | Unanswered::Unauthorized)) {
            *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
            self.is_connected.store(false, Ordering::Relaxed);
        }
        answer
    }

    /// Sends a question; the body of a good answer.
    async fn send(&self, path: &str) -> Result<Body, Unanswered> {
        let client = self.client()?;
        let request = Request::builder()
            .method(Method::GET)
            .uri(path)
            .header("accept", "application/json")
            .header("user-agent", concat!("waitwarden-wait/", env!("CARGO_PKG_VERSION")))
            .body(Body::empty())
            .map_err(|error| Unanswered::Other(error.to_string()))?;
        let first = if self.is_connected.load(Ordering::Relaxed) { None } else { Some(self.first.lock().await) };
        let response = client.send(request).await.map_err(|error| self.failed(&error))?;
        self.is_connected.store(true, Ordering::Relaxed);
        drop(first);
        let (head, body) = response.into_parts();
        if head.status == StatusCode::OK {
            return Ok(body);
        }
        // A refusal that breaks off is still a refusal.
        let body = Limited::new(body, MOST_REFUSAL).collect().await.map(http_body_util::Collected::to_bytes);
        let json = body.ok().and_then(|body| object::object(&body));
        Err(Unanswered::read(head.status, &head.headers, json.as_ref()))
    }

    /// An answer that should have been JSON.
    fn no_json(&self) -> Unanswered {
        Unanswered::Other(format!("{} answers 200 without JSON", self.shown()))
    }

    /// The client, made anew where it was thrown away.
    fn client(&self) -> Result<Client, Unanswered> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = client.as_ref() {
            return Ok(client.clone());
        }
        let address = self.address.clone().map_err(Unanswered::NoAccess)?;
        let missing = |file: &str, why: &dyn std::fmt::Display| {
            let file = self.folder.join(file);
            Unanswered::NoAccount(format!(
                "{} cannot be used ({why}); mount a projected volume with token, ca.crt and namespace there",
                file.display()
            ))
        };
        let pem = std::fs::read(self.folder.join("ca.crt")).map_err(|error| missing("ca.crt", &error))?;
        let certificates: Vec<Vec<u8>> =
            CertificateDer::pem_slice_iter(&pem).flatten().map(|certificate| certificate.to_vec()).collect();
        if certificates.is_empty() {
            return Err(missing("ca.crt", &"no certificate in it"));
        }
        let token = self.folder.join("token");
        std::fs::metadata(&token).map_err(|error| missing("token", &error))?;
        // kube's own error could quote what it read.
        let made = client::make(address, certificates, &token, Arc::clone(&self.names))
            .map_err(|_| missing("token", &"it cannot be read or is no token"))?;
        *client = Some(made.clone());
        Ok(made)
    }

    /// What a request that got no response means.
    fn failed(&self, error: &kube::Error) -> Unanswered {
        if let Some(error) = tls::find(error) {
            let signed = format!("{}", self.folder.join("ca.crt").display());
            let Reason { kind, text } = tls::reason(error, &format!("the API server {}", self.shown()), &signed);
            let kind = if kind == Kind::TlsUntrusted { Kind::ApiTlsUntrusted } else { Kind::ApiTlsFailed };
            return Unanswered::Tls(Reason::new(kind, text));
        }
        if matches!(error, kube::Error::Auth(_)) {
            return Unanswered::NoAccount(format!("{} cannot be used", self.folder.join("token").display()));
        }
        let mut deepest: &(dyn std::error::Error + 'static) = error;
        while let Some(source) = deepest.source() {
            deepest = source;
        }
        if deepest.is::<hyper::http::header::InvalidHeaderValue>() {
            return Unanswered::NoAccount(format!(
                "{} cannot be sent: it holds a line break or another control character",
                self.folder.join("token").display()
            ));
        }
        Unanswered::Silent(format!("{}: {deepest}", self.shown()))
    }

    /// Its address, for messages.
    fn shown(&self) -> String {
        self.address.as_ref().map_or_else(String::clone, |uri| uri.to_string().trim_end_matches('/').to_owned())
    }
}

/// `https://HOST:PORT`, an IPv6 address in brackets.
fn address(environment: &Environment) -> Result<Uri, String> {
    let Some(host) = &environment.api_host else {
        return Err("KUBERNETES_SERVICE_HOST is not set, so this is no container of a Kubernetes Pod".to_owned());
    };
    let host = match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => host.clone(),
    };
    let port = environment.api_port.as_deref().unwrap_or("443");
    format!("https://{host}:{port}").parse().map_err(|error| {
        format!("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are `{host}` and `{port}`: {error}")
    })
}
