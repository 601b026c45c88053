//! A web server, HTTP/1 and HTTP/2, with or without TLS: answers for each path in order, the last one again and again.
//!
//! As an API server it wants the token, and answers lists and watches out of the answers of a path: each answer is how things
//! are at a time. A list gets the first one; a watch tells what changes on the way to the next ones.

use crate::answer::{Answer, Body};
use crate::identity::{Authority, Certificate};
use crate::watch;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// The service account's token. It must never be in any output.
pub const TOKEN: &str = "secret-token-one";

/// What the server knows.
#[derive(Debug, Default)]
pub struct State {
    /// The bearer token that it wants, if any.
    pub token: Option<String>,
    /// Answers for each path, without its query. Of an object: its own path.
    pub answers: BTreeMap<String, Vec<Answer>>,
    /// Answers to watches of a path, before what the states would tell.
    pub watches: BTreeMap<String, Vec<Answer>>,
    /// What a list or a watch of a path told last: the answer, and the same as a list.
    pub(crate) told: BTreeMap<String, (String, Value)>,
    /// `/path?query`, how long a watch should last as `N`.
    pub requests: Vec<String>,
    /// How many connections were accepted.
    pub connections: usize,
    /// What every request gets instead of its answer, if anything; watches that are open end.
    pub trouble: Option<Answer>,
}

/// A server on a free port of loopback; it ends with the test.
pub struct Server {
    /// Where.
    pub address: SocketAddr,
    /// The CA that signed its certificate, in PEM.
    pub ca: String,
    /// Shared with its thread.
    pub state: Arc<Mutex<State>>,
    acceptor: Option<TlsAcceptor>,
    /// Ends its thread, with every connection.
    running: Mutex<Option<oneshot::Sender<()>>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).field("state", &self.state).finish_non_exhaustive()
    }
}

impl Server {
    /// An API server: HTTPS, and [`TOKEN`].
    ///
    /// # Panics
    /// Where no port is free.
    pub fn api(answers: &[(&str, &[Answer])]) -> Self {
        let server = Self::start(answers, true);
        server.state.lock().unwrap().token = Some(TOKEN.to_owned());
        server
    }

    /// An API server on `[::1]`.
    ///
    /// # Panics
    /// Where the machine has no IPv6.
    pub fn api_v6(answers: &[(&str, &[Answer])]) -> Self {
        let server = Self::listen("[::1]:0", answers, &Authority::new(), Some(Certificate::Good));
        server.state.lock().unwrap().token = Some(TOKEN.to_owned());
        server
    }

    /// A server that wants no token.
    ///
    /// # Panics
    /// Where no port is free.
    pub fn start(answers: &[(&str, &[Answer])], tls: bool) -> Self {
        Self::listen("127.0.0.1:0", answers, &Authority::new(), tls.then_some(Certificate::Good))
    }

    /// A web server that shows this certificate of this authority.
    ///
    /// # Panics
    /// Where no port is free.
    pub fn https(answers: &[(&str, &[Answer])], authority: &Authority, certificate: Certificate) -> Self {
        Self::listen("127.0.0.1:0", answers, authority, Some(certificate))
    }

    fn listen(
        at: &str,
        answers: &[(&str, &[Answer])],
        authority: &Authority,
        certificate: Option<Certificate>,
    ) -> Self {
        let answers = answers.iter().map(|(path, answers)| ((*path).to_owned(), answers.to_vec())).collect();
        let state = Arc::new(Mutex::new(State { answers, ..State::default() }));
        let acceptor = certificate.map(|certificate| authority.acceptor(certificate));
        let listener = TcpListener::bind(at).unwrap();
        let address = listener.local_addr().unwrap();
        let running = Mutex::new(Some(serve(listener, &state, acceptor.as_ref())));
        Self { address, ca: authority.pem(), state, acceptor, running }
    }

    /// Goes away: connections end, and new ones are refused.
    ///
    /// # Panics
    /// Where it is away, or its thread has panicked.
    pub fn leave(&self) {
        let running = self.running.lock().unwrap().take();
        running.unwrap().send(()).unwrap();
        // The port is free when its thread is at its end.
        while TcpStream::connect(self.address).is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Comes back to where it was.
    ///
    /// # Panics
    /// Where somebody else took the port.
    pub fn come_back(&self) {
        let listener = TcpListener::bind(self.address).unwrap();
        *self.running.lock().unwrap() = Some(serve(listener, &self.state, self.acceptor.as_ref()));
    }

    /// Gives this answer to every request, or the usual ones again.
    ///
    /// # Panics
    /// Where its thread has panicked.
    pub fn trouble(&self, answer: Option<Answer>) {
        self.state.lock().unwrap().trouble = answer;
    }

    /// Replaces the answers of a path.
    ///
    /// # Panics
    /// Where its thread has panicked.
    pub fn answer(&self, path: &str, answers: &[Answer]) {
        self.state.lock().unwrap().answers.insert(path.to_owned(), answers.to_vec());
    }

    /// Lays down what the next watches of a path get.
    ///
    /// # Panics
    /// Where its thread has panicked.
    #[must_use]
    pub fn watched(self, path: &str, answers: &[Answer]) -> Self {
        self.state.lock().unwrap().watches.insert(path.to_owned(), answers.to_vec());
        self
    }

    /// The paths that were asked for, with their queries; how long a watch should last is `N`.
    ///
    /// # Panics
    /// Where its thread has panicked.
    pub fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }

    /// How many connections were accepted.
    ///
    /// # Panics
    /// Where its thread has panicked.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

/// Accepts connections on a thread, until something is sent.
fn serve(listener: TcpListener, state: &Arc<Mutex<State>>, acceptor: Option<&TlsAcceptor>) -> oneshot::Sender<()> {
    let (sender, mut ended) = oneshot::channel::<()>();
    let (shared, acceptor) = (Arc::clone(state), acceptor.cloned());
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let stream = tokio::select! {
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => stream,
                        Err(_) => return,
                    },
                    Ok(()) = &mut ended => return,
                };
                let (state, acceptor) = (Arc::clone(&shared), acceptor.clone());
                state.lock().unwrap().connections += 1;
                tokio::spawn(async move {
                    match acceptor {
                        None => talk(stream, state).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                talk(stream, state).await;
                            }
                        }
                    }
                });
            }
        });
    });
    sender
}

/// Answers requests until the peer goes.
async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, state: Arc<Mutex<State>>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(answer(&request, &state).await) }
    });
    // A peer that hangs up is its own business.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: &Request<Incoming>, state: &Arc<Mutex<State>>) -> Response<Body> {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let token = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    // Of a list or a watch of one object the answers stand at its own path.
    let name = query.split('&').find_map(|part| part.strip_prefix("fieldSelector=metadata.name%3D"));
    let key = name.map_or_else(|| path.to_owned(), |name| format!("{path}/{name}"));
    let plain = plain(path, query, token, (&key, name), &mut state.lock().unwrap());
    match plain {
        Some(answer) => answer.response().await,
        None => watch::answer(state, key, name.map(str::to_owned)).await,
    }
}

/// The answer to everything but a watch.
fn plain(path: &str, query: &str, token: Option<&str>, key: (&str, Option<&str>), state: &mut State) -> Option<Answer> {
    state.requests.push(noted(path, query));
    let wanted = state.token.as_ref().map(|token| format!("Bearer {token}"));
    if wanted.is_some() && token != wanted.as_deref() {
        Some(Answer::Text(401, UNAUTHORIZED.to_owned()))
    } else if let Some(trouble) = &state.trouble {
        Some(trouble.clone())
    } else if query.contains("watch=true") {
        None
    } else if query.contains("resourceVersion=") {
        Some(list(state, key.0, key.1))
    } else {
        Some(next(state, path))
    }
}

/// The path and query of a request, as tests compare them.
fn noted(path: &str, query: &str) -> String {
    let query: Vec<&str> = query
        .split('&')
        .map(|part| if part.starts_with("timeoutSeconds=") { "timeoutSeconds=N" } else { part })
        .collect();
    let query = query.join("&");
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The next answer of a path.
pub(crate) fn next(state: &mut State, path: &str) -> Answer {
    match state.answers.get_mut(path) {
        None => Answer::Text(404, "404 page not found\n".to_owned()),
        Some(answers) if answers.len() > 1 => answers.remove(0),
        Some(answers) => answers.first().cloned().unwrap_or(Answer::Silence),
    }
}

/// What a list gets: how things are, or what keeps it from being told.
fn list(state: &mut State, key: &str, one: Option<&str>) -> Answer {
    let first = state.answers.get(key).and_then(|answers| answers.first());
    let is_missing = first.and_then(Answer::status) == Some(404);
    if let Some(text) = first.and_then(Answer::good) {
        let text = text.to_owned();
        let Ok(now) = serde_json::from_str::<Value>(&text) else { return Answer::Text(200, text) };
        let now = watch::as_list(now, one);
        state.told.insert(key.to_owned(), (text, now.clone()));
        return Answer::Text(200, now.to_string());
    }
    if one.is_some() && is_missing {
        let none = json!({ "metadata": { "resourceVersion": "1" }, "items": [] });
        state.told.insert(key.to_owned(), (String::new(), none.clone()));
        return Answer::Text(200, none.to_string());
    }
    next(state, key)
}

/// 401, as a real API server says it.
const UNAUTHORIZED: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#;
