//! gRPC servers: a real one (tonic) with its health service, and one over bare HTTP/2 that answers whatever it is told.

use hyper::body::Bytes;
use hyper::{HeaderMap, Response};
use rustls::ServerConfig;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, health_reporter};

/// A real server on a free port of 127.0.0.1. As a whole it is serving.
#[derive(Debug)]
pub struct GrpcServer {
    /// Where.
    pub address: SocketAddr,
    reporter: HealthReporter,
}

impl Default for GrpcServer {
    fn default() -> Self {
        Self::new()
    }
}

impl GrpcServer {
    /// With a health service.
    pub fn new() -> Self {
        Self::start(true, None)
    }

    /// Without one.
    pub fn without_health() -> Self {
        Self::start(false, None)
    }

    /// With a health service, over TLS.
    pub fn tls(config: ServerConfig) -> Self {
        Self::start(true, Some(TlsAcceptor::from(Arc::new(config))))
    }

    fn start(health: bool, tls: Option<TlsAcceptor>) -> Self {
        let (reporter, service) = health_reporter();
        let router = Server::builder().add_routes(Routes::default());
        let router = if health { router.add_service(service) } else { router };
        let (listener, address) = listener();
        on_thread(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let Some(acceptor) = tls else {
                return router.serve_with_incoming(TcpIncoming::from(listener)).await.unwrap();
            };
            let (sender, incoming) = mpsc::channel(8);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        sender.send(Ok::<_, io::Error>(stream)).await.unwrap();
                    }
                }
            });
            router.serve_with_incoming(ReceiverStream::new(incoming)).await.unwrap();
        });
        Self { address, reporter }
    }

    /// From now on its health service says so.
    pub fn says(&self, service: &str, status: ServingStatus) {
        block_on(self.reporter.set_service_status(service, status));
    }

    /// From now on its health service does not know the service.
    pub fn forgets(&mut self, service: &str) {
        block_on(self.reporter.clear_service_status(service));
    }
}

/// An answer over HTTP/2.
#[derive(Clone, Debug)]
pub struct Script {
    /// HTTP's status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: &'static [u8],
    /// Again and again.
    pub endless: bool,
    /// What follows it.
    pub trailers: Vec<(&'static str, String)>,
}

impl Script {
    /// OK, with this body.
    pub fn body(body: &'static [u8]) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "application/grpc".to_owned())],
            body,
            endless: false,
            trailers: vec![("grpc-status", "0".to_owned())],
        }
    }

    /// No answer but a status, in the trailers.
    pub fn error(code: u16, message: &str) -> Self {
        let trailers = vec![("grpc-status", code.to_string()), ("grpc-message", message.to_owned())];
        Self { trailers, ..Self::body(b"") }
    }
}

/// A request as it came in, one line each: method and URL, then the headers in the order of their names, then the body.
pub type Requests = Arc<Mutex<Vec<Vec<String>>>>;

/// Answers each request with the next of these, the last one again and again.
pub fn scripted(scripts: Vec<Script>) -> (SocketAddr, Requests) {
    let (listener, address) = listener();
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    on_thread(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let mut scripts = scripts.into_iter().peekable();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut connection) = h2::server::handshake(stream).await else { continue };
            let Some(Ok((request, mut respond))) = connection.accept().await else { continue };
            let script = scripts.next().unwrap();
            if scripts.peek().is_none() {
                scripts = vec![script.clone()].into_iter().peekable();
            }
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                let (head, mut body) = request.into_parts();
                let mut lines: Vec<String> =
                    head.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
                lines.sort_unstable();
                lines.insert(0, format!("{} {}", head.method, head.uri));
                let mut bytes = Vec::new();
                while let Some(Ok(more)) = body.data().await {
                    bytes.extend_from_slice(&more);
                }
                lines.push(format!("{:?}", Bytes::from(bytes)));
                seen.lock().unwrap().push(lines);
                let mut response = Response::builder().status(script.status);
                for (name, value) in &script.headers {
                    response = response.header(*name, value);
                }
                let mut sending = respond.send_response(response.body(()).unwrap(), false).unwrap();
                let _ = sending.send_data(Bytes::from_static(script.body), false);
                while script.endless && sending.send_data(Bytes::from_static(script.body), false).is_ok() {
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
                let mut trailers = HeaderMap::new();
                for (name, value) in &script.trailers {
                    trailers.insert(*name, value.parse().unwrap());
                }
                let _ = sending.send_trailers(trailers);
            });
            // It writes what the task says.
            tokio::spawn(async move { while connection.accept().await.is_some() {} });
        }
    });
    (address, requests)
}

/// A server that does this with each connection, and holds it open until that returns.
pub fn rough(talk: impl Fn(&mut TcpStream) + Send + Copy + 'static) -> SocketAddr {
    let (listener, address) = listener();
    listener.set_nonblocking(false).unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            std::thread::spawn(move || talk(&mut stream));
        }
    });
    address
}

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn on_thread(work: impl Future<Output = ()> + Send + 'static) {
    std::thread::spawn(move || block_on(work));
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
