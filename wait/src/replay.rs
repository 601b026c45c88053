//! Looks at a dependency with answers of an API server that somebody wrote down. Only for tests (the feature `replay`).
//!
//! Nothing waits for time here: where a probe sleeps, its look is dropped and begun again, which it has to bear anyway. It
//! ends when the answers are used up.

use crate::api::Api;
use crate::environment::Environment;
use crate::names::Names;
use crate::network::Network;
use crate::probe::{Means, Probe};
use crate::reason::Observation;
use crate::tls;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Bytes, Frame};
use hyper::{Request, Response};
use kube::Client;
use kube::client::Body;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tower::service_fn;
use waitwarden_core::dependency::Dependency;

/// How often other tasks get their turn before a look counts as asleep.
const TURNS: usize = 16;

/// One answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The HTTP status; one that there cannot be is 200.
    pub status: u16,
    /// The header `retry-after`, where it can be one.
    pub retry_after: Option<String>,
    /// The body, as it comes.
    pub chunks: Vec<Vec<u8>>,
    /// The connection ends before the body does.
    pub breaks_off: bool,
}

/// What the looks found, in words, and how many looks there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// `ready`, `waiting` or `failed`, and why.
    pub found: Vec<String>,
    /// Those that found something and those that fell asleep.
    pub looks: usize,
}

/// Looks as often as there is something to see, `most` times at most; none where the dependency asks no API server, or
/// where nothing can be set up.
pub fn observe(dependency: &Dependency, answers: Vec<Answer>, most: usize) -> Option<Seen> {
    if !dependency.target.asks_api() {
        return None;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().ok()?;
    let nowhere = PathBuf::from("/nonexistent");
    let environment = Environment {
        api_host: Some("192.0.2.1".to_owned()),
        api_port: None,
        service_account: nowhere.clone(),
        termination_log: nowhere.clone(),
        state: nowhere.clone(),
        etc: nowhere,
        dns_port: None,
    };
    let names = Arc::new(Names::new(&environment));
    let api = Arc::new(Api::new(&environment, Arc::clone(&names)));
    let network = Arc::new(Network { names, tls: tls::client(None).ok()?.0 });
    let means = Means { api: Arc::clone(&api), network, fallback: false, quiet: None };
    let left = Arc::new(Mutex::new(VecDeque::from(answers)));
    let script = Arc::clone(&left);
    runtime.block_on(async {
        let client = client(script);
        let mut probe = Probe::new(dependency, &means);
        let mut seen = Seen::default();
        while seen.looks < most {
            seen.looks += 1;
            // One that did not answer is thrown away.
            api.replace_client(client.clone());
            let observation = tokio::select! {
                biased;
                (observation, _) = probe.observe() => Some(observation),
                () = turns() => None,
            };
            match observation {
                Some(observation) => seen.found.push(words(observation)),
                None if left.lock().unwrap_or_else(PoisonError::into_inner).is_empty() => break,
                None => {}
            }
        }
        Some(seen)
    })
}

async fn turns() {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
}

fn words(observation: Observation) -> String {
    match observation {
        Observation::Ready(remark) => format!("ready: {}", remark.unwrap_or_default()),
        Observation::Waiting(reason) => format!("waiting: {reason}"),
        Observation::Failed(reason) => format!("failed: {reason}"),
    }
}

/// Answers each question with the next answer; the one after the last is never answered.
fn client(script: Arc<Mutex<VecDeque<Answer>>>) -> Client {
    let service = service_fn(move |_: Request<Body>| {
        let next = script.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        async move {
            match next {
                Some(answer) => Ok::<_, Infallible>(response(answer)),
                None => std::future::pending().await,
            }
        }
    });
    Client::new(service, "default")
}

fn response(answer: Answer) -> Response<UnsyncBoxBody<Bytes, io::Error>> {
    let chunks = answer.chunks.into_iter().map(Bytes::from).collect();
    let body = UnsyncBoxBody::new(Chunks { chunks, breaks_off: answer.breaks_off });
    let mut response = Response::new(body);
    if let Ok(status) = hyper::StatusCode::from_u16(answer.status) {
        *response.status_mut() = status;
    }
    if let Some(after) = answer.retry_after.and_then(|text| text.parse().ok()) {
        response.headers_mut().insert("retry-after", after);
    }
    response
}

/// A body that comes in these chunks.
struct Chunks {
    chunks: VecDeque<Bytes>,
    breaks_off: bool,
}

impl hyper::body::Body for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(match self.chunks.pop_front() {
            Some(chunk) => Some(Ok(Frame::data(chunk))),
            None if self.breaks_off => {
                self.breaks_off = false;
                Some(Err(io::ErrorKind::ConnectionReset.into()))
            }
            None => None,
        })
    }
}
