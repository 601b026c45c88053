//! One unary gRPC call over HTTP/2, on a connection of its own. Whatever the peer sends, little of it is kept.

use super::status::{Status, one_line};
use crate::reason::{Kind, Reason};
use h2::client::{Builder, SendRequest};
use hyper::body::Bytes;
use hyper::{HeaderMap, Request, StatusCode};
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

/// The longest list of headers or trailers, in bytes as HTTP/2 counts them.
const HEADERS: u32 = 16 * 1024;
/// The longest answer, in bytes. A `HealthCheckResponse` has two.
const BODY: usize = 4 * 1024;
/// The longest content type that is repeated, in characters.
const CONTENT_TYPE: usize = 60;
/// How long the end of the connection may take.
const GOODBYE: Duration = Duration::from_millis(100);
/// What precedes a message: whether it is compressed, and its length in four bytes, the highest first.
const PREFIX: usize = 5;

/// How the call ended.
pub(super) struct Answer {
    /// Its status.
    pub(super) status: Status,
    /// The message, where the status is OK.
    pub(super) message: Vec<u8>,
}

/// A peer and what is said over the connection to it.
pub(super) struct Call<'a> {
    /// `HOST:PORT`
    pub(super) peer: &'a str,
    /// Is the connection a TLS one?
    pub(super) tls: bool,
    /// `/PACKAGE.SERVICE/METHOD`
    pub(super) path: &'static str,
    /// The request, in protocol buffers' encoding.
    pub(super) message: Vec<u8>,
}

impl Call<'_> {
    /// Sends the request and reads the answer.
    pub(super) async fn send(self, stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<Answer, Reason> {
        let mut builder = Builder::new();
        builder.enable_push(false).max_header_list_size(HEADERS);
        let (sender, connection) = builder.handshake(stream).await.map_err(|error| self.broken(&error))?;
        let exchange = self.exchange(sender);
        tokio::pin!(connection, exchange);
        tokio::select! {
            biased;
            answer = &mut exchange => {
                // GOAWAY, so that the server has no broken connection to write about.
                let _ = timeout(GOODBYE, connection).await;
                answer
            }
            // It ends where the peer closes. What came before that is with the exchange; not every failure is.
            ended = &mut connection => tokio::select! {
                biased;
                answer = &mut exchange => answer,
                () = std::future::ready(()) => Err(ended.map_or_else(|error| self.broken(&error), |()| self.closed())),
            },
        }
    }

    async fn exchange(&self, sender: SendRequest<Bytes>) -> Result<Answer, Reason> {
        let broken = |error: h2::Error| self.broken(&error);
        let scheme = if self.tls { "https" } else { "http" };
        let request = Request::post(format!("{scheme}://{}{}", self.peer, self.path))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("user-agent", concat!("waitwarden-wait/", env!("CARGO_PKG_VERSION")))
            .body(())
            .map_err(|error| self.not_grpc(&error.to_string()))?;
        let (response, mut sending) =
            sender.ready().await.map_err(broken)?.send_request(request, false).map_err(broken)?;
        sending.send_data(framed(&self.message).into(), true).map_err(broken)?;
        let (head, mut body) = response.await.map_err(broken)?.into_parts();
        // A call that fails at once has its status in the headers, whatever HTTP's is.
        if let Some(status) = Status::read(&head.headers).filter(|status| status.code != Status::OK) {
            return Ok(Answer { status, message: Vec::new() });
        }
        self.check(head.status, &head.headers)?;
        let mut bytes = Vec::new();
        while let Some(more) = body.data().await {
            let more = more.map_err(broken)?;
            if bytes.len() + more.len() > BODY {
                return Err(self.not_grpc(&format!("its answer is longer than {} KiB", BODY / 1024)));
            }
            bytes.extend_from_slice(&more);
        }
        let trailers = body.trailers().await.map_err(broken)?.unwrap_or_default();
        let Some(status) = Status::read(&trailers) else {
            return Err(self.not_grpc("its answer ends without a grpc-status"));
        };
        let message = if status.code == Status::OK {
            unframed(&bytes).ok_or_else(|| self.not_grpc("its answer is not one uncompressed message"))?.to_vec()
        } else {
            Vec::new()
        };
        Ok(Answer { status, message })
    }

    /// Do these headers begin an answer of a gRPC server?
    fn check(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), Reason> {
        if status != StatusCode::OK {
            let text = format!("it answers HTTP {}, and gRPC answers 200; is this the gRPC port?", status.as_u16());
            return Err(Reason::new(Kind::WrongStatus, text));
        }
        let Some(content_type) = headers.get("content-type") else {
            return Err(self.not_grpc("its answer has no content type; application/grpc is wanted"));
        };
        if content_type.as_bytes().starts_with(b"application/grpc") {
            return Ok(());
        }
        let shown = one_line(&String::from_utf8_lossy(content_type.as_bytes()), CONTENT_TYPE);
        Err(self.not_grpc(&format!("its answer has the content type `{shown}`; application/grpc is wanted")))
    }

    /// What it means that HTTP/2 ended early. What the peer says about that itself is not repeated.
    fn broken(&self, error: &h2::Error) -> Reason {
        let peer = self.peer;
        if let Some(error) = error.get_io() {
            // Such as an alert that the certificate of a client is wanted.
            if self.tls && error.kind() == ErrorKind::InvalidData {
                return Reason::new(Kind::TlsFailed, format!("{peer}: {error}"));
            }
            return self.closed();
        }
        match error.reason() {
            Some(h2::Reason::HTTP_1_1_REQUIRED) => self.not_grpc("it wants HTTP/1.1, and gRPC needs HTTP/2"),
            Some(why) if error.is_remote() => {
                Reason::new(Kind::NoAnswer, format!("{peer}: it ends the call instead of answering ({why})"))
            }
            _ if error.is_reset() => {
                let bound = HEADERS / 1024;
                self.not_grpc(&format!("its answer breaks the rules of HTTP/2, or its headers exceed {bound} KiB"))
            }
            _ => {
                let hint = if self.tls { "" } else { ", or does it want TLS (grpcs://)" };
                self.not_grpc(&format!("what answers does not speak HTTP/2; is it another kind of server{hint}?"))
            }
        }
    }

    fn closed(&self) -> Reason {
        let hint = if self.tls { "" } else { "; does it want TLS (grpcs://)?" };
        Reason::new(Kind::NoAnswer, format!("{}: it closes the connection instead of answering{hint}", self.peer))
    }

    fn not_grpc(&self, text: &str) -> Reason {
        Reason::new(Kind::NotGrpc, format!("{}: {text}", self.peer))
    }
}

/// A message with its prefix.
fn framed(message: &[u8]) -> Vec<u8> {
    let mut framed = vec![0];
    // A command line is shorter than 4 GiB.
    framed.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    framed.extend_from_slice(message);
    framed
}

/// The message behind a prefix; none where there is not exactly one, or a compressed one, which nobody asked for.
fn unframed(bytes: &[u8]) -> Option<&[u8]> {
    let (prefix, message) = bytes.split_at_checked(PREFIX)?;
    (prefix == framed(message).get(..PREFIX)?).then_some(message)
}
