//! What a server answers.

use http_body_util::channel::{Channel, Sender};
use hyper::body::Bytes;
use hyper::{Response, StatusCode};
use std::io;

/// A body that a task fills.
pub(crate) type Body = Channel<Bytes, io::Error>;

/// One answer.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Status and body.
    Text(u16, String),
    /// Status, the name and value of a header, and body.
    Header(u16, &'static str, String, String),
    /// 200 and the beginning of a body; the rest never comes.
    Hold(String),
    /// 200 and the beginning of a body; then the connection breaks.
    Break(String),
    /// 200 and this text again and again.
    Endless(String),
    /// None, ever.
    Silence,
}

impl Answer {
    /// The status; none where there is no answer.
    pub(crate) const fn status(&self) -> Option<u16> {
        match self {
            Self::Text(status, _) | Self::Header(status, ..) => Some(*status),
            Self::Hold(_) | Self::Break(_) | Self::Endless(_) => Some(200),
            Self::Silence => None,
        }
    }

    /// The text of a whole answer of 200.
    pub(crate) fn good(&self) -> Option<&str> {
        if let Self::Text(200, text) = self { Some(text) } else { None }
    }

    /// Sends it.
    pub(crate) async fn response(self) -> Response<Body> {
        let Some(status) = self.status() else { return std::future::pending().await };
        let (mut sender, body) = Body::new(4);
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        if let Self::Header(_, name, value, _) = &self {
            response.headers_mut().insert(*name, value.parse().unwrap());
        }
        tokio::spawn(async move {
            match self {
                Self::Text(_, text) | Self::Header(_, _, _, text) => send(&mut sender, text).await,
                Self::Hold(text) => {
                    send(&mut sender, text).await;
                    std::future::pending::<()>().await;
                }
                Self::Break(text) => {
                    send(&mut sender, text).await;
                    // Else what was sent is dropped with the rest.
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    sender.abort(io::Error::other("broken"));
                }
                Self::Endless(text) => while sender.send_data(Bytes::from(text.clone())).await.is_ok() {},
                Self::Silence => {}
            }
        });
        response
    }
}

/// Sends a text, unless nobody reads it any more.
pub(crate) async fn send(sender: &mut Sender<Bytes, io::Error>, text: String) {
    if !text.is_empty() {
        let _ = sender.send_data(Bytes::from(text)).await;
    }
}
