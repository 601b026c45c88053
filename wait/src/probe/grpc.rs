//! `grpc://HOST:PORT[/SERVICE]` and `grpcs://…`: the standard health service (`grpc.health.v1.Health`) says SERVING.
//!
//! HTTP/2 without an upgrade, as every gRPC server speaks it. The protocol is in
//! <https://github.com/grpc/grpc/blob/master/doc/health-checking.md> and `PROTOCOL-HTTP2.md` beside it.

mod call;
mod health;
mod status;

use crate::network::{Network, PATIENCE};
use crate::reason::{Kind, Observation, Reason};
use crate::tls;
use call::{Answer, Call};
use health::Health;
use status::Status;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};
use waitwarden_core::dependency::Host;

/// Where a server is.
pub(crate) struct Server {
    /// `grpcs`
    pub(crate) tls: bool,
    /// Host.
    pub(crate) host: Host,
    /// Port.
    pub(crate) port: u16,
}

/// A health service that should say SERVING.
pub(crate) struct Grpc {
    network: Arc<Network>,
    server: Server,
    /// Empty: the server as a whole.
    service: String,
    /// The last status that was an error. A server's words may be others each time (a request id): while the code is
    /// the same, those that came first are kept, or each try would be a new reason.
    said: Option<Status>,
}

impl Grpc {
    /// Of that server, about this service.
    pub(crate) const fn new(network: Arc<Network>, server: Server, service: String) -> Self {
        Self { network, server, service, said: None }
    }

    /// Asks once.
    pub(crate) async fn observe(&mut self) -> Observation {
        match self.check().await {
            Ok(()) => Observation::Ready(None),
            Err(reason) => Observation::Waiting(reason),
        }
    }

    /// Says why it is not serving.
    async fn check(&mut self) -> Result<(), Reason> {
        let Answer { status, message } = self.ask(Instant::now() + PATIENCE).await?;
        match status.code {
            Status::OK => {}
            Status::NOT_FOUND => return Err(self.no_such_service()),
            Status::UNIMPLEMENTED => {
                let Server { host, port, .. } = &self.server;
                let text = format!(
                    "the server does not implement grpc.health.v1.Health; register it there, or wait with \
                     tcp://{host}:{port}"
                );
                return Err(Reason::new(Kind::NoHealthService, text));
            }
            code => {
                let said = match self.said.take() {
                    Some(said) if said.code == code => said,
                    _ => status,
                };
                let reason = Reason::new(Kind::GrpcError, format!("it answers {said}"));
                self.said = Some(said);
                return Err(reason);
            }
        }
        let says = match health::read(&message) {
            Some(Health::Serving) => return Ok(()),
            Some(Health::ServiceUnknown) => return Err(self.no_such_service()),
            Some(Health::NotServing) => "NOT_SERVING".to_owned(),
            Some(Health::Unknown) => "UNKNOWN".to_owned(),
            Some(Health::Other(number)) => format!("{number}, a status that is not known here"),
            None => {
                let Server { host, port, .. } = &self.server;
                return Err(Reason::new(Kind::NotGrpc, format!("{host}:{port}: its answer is no HealthCheckResponse")));
            }
        };
        Err(Reason::new(Kind::NotReady, format!("the health service says {says}")))
    }

    fn no_such_service(&self) -> Reason {
        let Self { service, server: Server { tls, host, port }, .. } = self;
        let text = if service.is_empty() {
            let s = if *tls { "s" } else { "" };
            format!(
                "the health service has no status of the server as a whole; name a service: \
                 grpc{s}://{host}:{port}/SERVICE"
            )
        } else {
            format!("the health service knows no `{service}`; is its status registered there, and the name right?")
        };
        Reason::new(Kind::NoSuchService, text)
    }

    /// Connects and calls.
    async fn ask(&self, deadline: Instant) -> Result<Answer, Reason> {
        let Server { tls, host, port } = &self.server;
        let stream = self.network.connect(host, *port, deadline).await?;
        let peer = format!("{host}:{port}");
        let message = health::request(&self.service);
        let call = Call { peer: &peer, tls: *tls, path: "/grpc.health.v1.Health/Check", message };
        let answer = async {
            if *tls {
                // A server that answers nothing about ALPN may speak HTTP/2 all the same.
                let stream = tls::handshake(&self.network.tls, stream, host, "h2", &peer).await?;
                call.send(stream).await
            } else {
                call.send(stream).await
            }
        };
        timeout_at(deadline, answer).await.unwrap_or_else(|_| {
            let text = format!("{peer}: connected, but there is no answer within {}s", PATIENCE.as_secs());
            Err(Reason::new(Kind::NoAnswer, text))
        })
    }
}
