//! `http://…` and `https://…`: a GET request has the right status. Redirects are not followed: their status is the answer.

use crate::network::{Network, PATIENCE};
use crate::reason::{Kind, Observation, Reason};
use crate::tls;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use std::error::Error as _;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};
use waitwarden_core::dependency::Host;

/// Where a request goes.
pub(crate) struct Url {
    /// `https`
    pub(crate) tls: bool,
    /// Host.
    pub(crate) host: Host,
    /// Port, unless the scheme's own.
    pub(crate) port: Option<u16>,
    /// Path and query.
    pub(crate) path: String,
}

/// A request that should be answered well.
pub(crate) struct Http {
    network: Arc<Network>,
    url: Url,
    /// Inclusive ranges.
    wanted: Vec<(u16, u16)>,
}

impl Http {
    /// To there; these codes are good ones.
    pub(crate) const fn new(network: Arc<Network>, url: Url, wanted: Vec<(u16, u16)>) -> Self {
        Self { network, url, wanted }
    }

    /// Sends one request.
    pub(crate) async fn observe(&self) -> Observation {
        let deadline = Instant::now() + PATIENCE;
        match self.status(deadline).await {
            Ok(status) if self.wanted.iter().any(|(low, high)| (*low..=*high).contains(&status.as_u16())) => {
                Observation::Ready(None)
            }
            Ok(status) => {
                let wanted: Vec<String> = self
                    .wanted
                    .iter()
                    .map(|(low, high)| if low == high { low.to_string() } else { format!("{low}-{high}") })
                    .collect();
                let hint = if status.is_redirection() { "; redirects are not followed" } else { "" };
                let text = format!("it answers {}, and {} is wanted{hint}", status.as_u16(), wanted.join("|"));
                Observation::Waiting(Reason::new(Kind::WrongStatus, text))
            }
            Err(reason) => Observation::Waiting(reason),
        }
    }

    async fn status(&self, deadline: Instant) -> Result<StatusCode, Reason> {
        let Url { tls, host, .. } = &self.url;
        let port = self.url.port.unwrap_or(if *tls { 443 } else { 80 });
        let stream = self.network.connect(host, port, deadline).await?;
        let peer = format!("{host}:{port}");
        let answer = async {
            if !*tls {
                return self.exchange(stream, &peer).await;
            }
            let stream = tls::handshake(&self.network.tls, stream, host, "http/1.1", &peer).await?;
            self.exchange(stream, &peer).await
        };
        timeout_at(deadline, answer).await.unwrap_or_else(|_| {
            let text = format!("{peer}: connected, but there is no status within {}s", PATIENCE.as_secs());
            Err(Reason::new(Kind::NoAnswer, text))
        })
    }

    /// Request and status over an open stream; the body is never read.
    async fn exchange(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: &str,
    ) -> Result<StatusCode, Reason> {
        let broken = |error: hyper::Error| {
            if spoke_first(&error) {
                return Reason::new(Kind::NotHttp, format!("{peer}: it speaks before it is asked"));
            }
            let kind = if error.is_parse() { Kind::NotHttp } else { Kind::NoAnswer };
            Reason::new(kind, format!("{peer}: {error}"))
        };
        let authority =
            self.url.port.map_or_else(|| self.url.host.to_string(), |port| format!("{}:{port}", self.url.host));
        let request = Request::get(&self.url.path)
            .header("host", authority)
            .header("user-agent", concat!("waitwarden-wait/", env!("CARGO_PKG_VERSION")))
            .header("accept", "*/*")
            .header("connection", "close")
            .body(Empty::<Bytes>::new())
            .map_err(|error| Reason::new(Kind::NotHttp, format!("{peer}: {error}")))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let answer = sender.send_request(request);
        tokio::pin!(connection, answer);
        tokio::select! {
            biased;
            response = &mut answer => match response {
                Ok(response) => Ok(response.status()),
                // Where the connection ended first, the request was only cancelled.
                Err(error) if error.is_canceled() => Err(broken(connection.await.err().unwrap_or(error))),
                Err(error) => Err(broken(error)),
            },
            // It ends where the peer closes. Where that left no answer, its own error says more.
            ended = &mut connection => match answer.await {
                Ok(response) => Ok(response.status()),
                Err(error) => Err(broken(ended.err().unwrap_or(error))),
            },
        }
    }
}

/// Did something come before the request was on its way, as mail servers greet? Then hyper cancels the request, and the reason
/// is neither the end of the connection nor an error of the network.
fn spoke_first(error: &hyper::Error) -> bool {
    error.is_canceled()
        && error.source().and_then(|reason| reason.downcast_ref::<hyper::Error>()).is_some_and(|reason| {
            !reason.is_incomplete_message() && !reason.is_closed() && !reason.is_timeout() && reason.source().is_none()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::net::TcpListener;
    use tokio::net::TcpStream;

    /// The error of a request to a server that did something before it was asked.
    async fn refused(first: impl FnOnce(std::net::TcpStream) + Send + 'static) -> hyper::Error {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || first(listener.accept().unwrap().0));
        let stream = TcpStream::connect(address).await.unwrap();
        stream.readable().await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let request = Request::get("/").body(Empty::<Bytes>::new()).unwrap();
        let (_, answer) = tokio::join!(connection, sender.send_request(request));
        answer.unwrap_err()
    }

    #[tokio::test]
    async fn a_greeting_is_told_from_a_connection_that_ends() {
        let greeting = refused(|mut stream| {
            stream.write_all(b"220 mail.example.com ESMTP\r\n").unwrap();
            // Until the other side has gone.
            let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
        });
        let (greeting, end) = (greeting.await, refused(drop).await);
        assert_eq!((spoke_first(&greeting), spoke_first(&end)), (true, false), "{greeting:?} {end:?}");
    }
}
