//! A small HTTP/1 server, with or without TLS: fixed answers for each path, in order, the last one again and again.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

/// One answer.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Status and body.
    Text(u16, String),
    /// None, ever.
    Silence,
}

/// 200 with a file of `tests/data`.
pub(crate) fn data(file: &str) -> Answer {
    status(200, file)
}

/// A status with a file of `tests/data`.
pub(crate) fn status(code: u16, file: &str) -> Answer {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    Answer::Text(code, std::fs::read_to_string(path).unwrap())
}

/// What the server knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The bearer token that it wants, if any.
    pub(crate) token: Option<String>,
    /// Answers for each path, without its query.
    pub(crate) answers: BTreeMap<String, Vec<Answer>>,
    /// Request lines, as `GET /path?query HTTP/1.1`.
    pub(crate) requests: Vec<String>,
}

/// A server on a free port of 127.0.0.1.
pub(crate) struct Server {
    /// Where.
    pub(crate) address: SocketAddr,
    /// The CA that signed its certificate, in PEM.
    pub(crate) ca: String,
    /// Shared with its thread.
    pub(crate) state: Arc<Mutex<State>>,
}

impl Server {
    /// An API server: HTTPS, and the token of [`crate::program::TOKEN`].
    pub(crate) fn api(answers: &[(&str, &[Answer])]) -> Self {
        let server = Self::start(answers, true);
        server.state.lock().unwrap().token = Some(crate::program::TOKEN.to_owned());
        server
    }

    /// A server that wants no token.
    pub(crate) fn start(answers: &[(&str, &[Answer])], tls: bool) -> Self {
        let answers = answers.iter().map(|(path, answers)| ((*path).to_owned(), answers.to_vec())).collect();
        let state = Arc::new(Mutex::new(State { answers, ..State::default() }));
        let (ca, acceptor) = identity();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    let (state, acceptor) = (Arc::clone(&shared), acceptor.clone());
                    tokio::spawn(async move {
                        if !tls {
                            talk(stream, &state).await;
                        } else if let Ok(stream) = acceptor.accept(stream).await {
                            talk(stream, &state).await;
                        }
                    });
                }
            });
        });
        Self { address, ca, state }
    }

    /// Replaces the answers of a path.
    pub(crate) fn answer(&self, path: &str, answers: &[Answer]) {
        self.state.lock().unwrap().answers.insert(path.to_owned(), answers.to_vec());
    }

    /// The paths that were asked for, with their queries.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

/// A CA of its own, and a certificate for 127.0.0.1 and localhost.
fn identity() -> (String, TlsAcceptor) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &ca).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (ca.pem(), TlsAcceptor::from(Arc::new(config)))
}

/// Answers requests until the peer goes.
async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, state: &Mutex<State>) {
    let mut read = Vec::new();
    loop {
        let mut buffer = [0_u8; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(length) => read.extend_from_slice(&buffer[..length]),
        }
        if !read.ends_with(b"\r\n\r\n") {
            continue;
        }
        let request = String::from_utf8(std::mem::take(&mut read)).unwrap();
        let Answer::Text(status, body) = answer(&request, &mut state.lock().unwrap()) else {
            return std::future::pending().await;
        };
        let text = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn answer(request: &str, state: &mut State) -> Answer {
    let line = request.lines().next().unwrap_or_default();
    let path = line.split(' ').nth(1).unwrap_or_default();
    state.requests.push(path.to_owned());
    if let Some(token) = &state.token
        && !request.lines().any(|line| line == format!("authorization: Bearer {token}"))
    {
        return status(401, "error-401.json");
    }
    let path = path.split('?').next().unwrap_or_default();
    match state.answers.get_mut(path) {
        None => status(404, "error-404-api.txt"),
        Some(answers) if answers.len() > 1 => answers.remove(0),
        Some(answers) => answers.first().cloned().unwrap_or(Answer::Silence),
    }
}
