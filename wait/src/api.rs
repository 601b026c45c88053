//! Questions to the API server, with the Pod's own service account.
//!
//! Answers are raw: the probes see status and JSON. The client is thrown away after a 401 and after failed connections,
//! so that a rotated token or CA is read at once; else kube re-reads the token file at least once a minute
//! (kube-client `auth::TokenFile`). No message ever holds the token.

mod rule;

pub(crate) use rule::{Question, Rule};

use crate::environment::Environment;
use crate::network::PATIENCE;
use crate::reason::{Kind, Reason};
use crate::tls;
use http_body_util::{BodyExt, Limited};
use hyper::{Method, Request, StatusCode, Uri};
use kube::client::Body;
use kube::{Client, Config};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Bytes that an answer may have.
const MOST: usize = 16 << 20;

/// The way to the API server.
pub(crate) struct Api {
    /// None: nothing says where it is, and how that looks.
    address: Result<Uri, String>,
    folder: PathBuf,
    client: Mutex<Option<Client>>,
}

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
    /// Any other answer.
    Other(String),
}

impl Api {
    /// Reads where it is; asks nothing.
    pub(crate) fn new(environment: &Environment) -> Self {
        Self { address: address(environment), folder: environment.service_account.clone(), client: Mutex::new(None) }
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

    /// The object or list at a path.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Unanswered> {
        let answer = match tokio::time::timeout(PATIENCE, self.ask(path)).await {
            Ok(answer) => answer,
            Err(_) => Err(Unanswered::Silent(format!(
                "{} does not answer within {}s; packets are dropped: does a NetworkPolicy forbid it?",
                self.shown(),
                PATIENCE.as_secs()
            ))),
        };
        if matches!(answer, Err(Unanswered::Silent(_) | Unanswered::Tls(_) | Unanswered::Unauthorized)) {
            *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        answer
    }

    async fn ask(&self, path: &str) -> Result<Value, Unanswered> {
        let client = self.client()?;
        let request = Request::builder()
            .method(Method::GET)
            .uri(path)
            .header("accept", "application/json")
            .header("user-agent", concat!("waitwarden-wait/", env!("CARGO_PKG_VERSION")))
            .body(Body::empty())
            .map_err(|error| Unanswered::Other(error.to_string()))?;
        let response = client.send(request).await.map_err(|error| self.failed(&error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MOST)
            .collect()
            .await
            .map_err(|error| Unanswered::Silent(format!("{}: the answer breaks off: {error}", self.shown())))?
            .to_bytes();
        let json: Option<Value> = serde_json::from_slice(&body).ok();
        if status == StatusCode::OK {
            return json.ok_or_else(|| Unanswered::Other(format!("{} answers 200 without JSON", self.shown())));
        }
        Err(refused(status, json.as_ref()))
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
        let mut config = Config::new(address);
        config.root_cert = Some(certificates);
        config.auth_info.token_file = Some(token.to_string_lossy().into_owned());
        config.connect_timeout = Some(PATIENCE);
        // The probes see 429 and 503 themselves, and slow down.
        config.default_retry = false;
        // kube's own error could quote what it read.
        let made = Client::try_from(config).map_err(|_| missing("token", &"it cannot be read or is no token"))?;
        *client = Some(made.clone());
        Ok(made)
    }

    /// What a request that got no response means.
    fn failed(&self, error: &kube::Error) -> Unanswered {
        if let Some(error) = tls::find(error) {
            let signed = format!("{}", self.folder.join("ca.crt").display());
            return Unanswered::Tls(tls::reason(error, &format!("the API server {}", self.shown()), &signed));
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

/// What an answer other than 200 means. Source: Kubernetes' `Status` object.
fn refused(status: StatusCode, json: Option<&Value>) -> Unanswered {
    let text = |pointer: &str| json.and_then(|json| json.pointer(pointer)).and_then(Value::as_str);
    let message = text("/message").unwrap_or_default();
    match status {
        StatusCode::UNAUTHORIZED => Unanswered::Unauthorized,
        StatusCode::FORBIDDEN => {
            let user = message.split_once("User \"").and_then(|(_, rest)| rest.split_once('"'));
            Unanswered::Forbidden(user.map(|(user, _)| user.to_owned()))
        }
        // An API that is not there answers with plain text, or with a Status that names no object.
        StatusCode::NOT_FOUND if text("/details/name").is_some() => Unanswered::NoObject,
        StatusCode::NOT_FOUND => Unanswered::NoApi,
        _ if message.is_empty() => Unanswered::Other(format!("it answers {}", status.as_u16())),
        _ => Unanswered::Other(format!("it answers {}: {message}", status.as_u16())),
    }
}

impl Unanswered {
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
            Self::Other(text) => Reason::new(Kind::ApiError, text),
        }
    }
}
