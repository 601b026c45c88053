//! Targets on the network.

use crate::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use waitwarden_test_servers::{Answer, Authority, Certificate, DnsServer, GrpcServer, Server, ServingStatus, rough};

const UNTRUSTED: &str = "its certificate is not signed by a well-known authority or one of --ca-file";

fn text(status: u16) -> Answer {
    Answer::Text(status, "no matter".to_owned())
}

/// What is said of a name that the name server does not know, behind the search list of a Pod.
pub(crate) fn unknown(name: &str) -> String {
    let domains = ["shop.svc.cluster.local.", "svc.cluster.local.", "cluster.local."];
    let tried: Vec<String> = domains.iter().map(|domain| format!("{name}.{domain}")).collect();
    let tried = tried.join(", ");
    format!("name does not resolve: the name server 127.0.0.1 knows no address of `{name}`; tried {tried}, {name}.")
}

/// Where nobody listens.
fn nowhere() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The cells of a scheme that have nothing to do with what is said over the connection.
fn connections(scheme: &str, path: &str) -> Vec<Cell> {
    let url = |host: &str| format!("{scheme}://{host}{path}");
    let refused = "connection refused: 127.0.0.1:1: nobody listens there yet";
    vec![
        Cell::new("name does not resolve", url("db.test:1"))
            .name_server(&DnsServer::start(&[]), 5)
            .times_out(unknown("db.test")),
        Cell::new("connection refused", url("127.0.0.1:1")).times_out(refused),
        Cell::new("not required", format!("{} required=false", url("127.0.0.1:1"))).gives_up(refused),
    ]
}

/// A server that begins to listen a little later.
fn later(scheme: &str, path: &str, start: impl FnOnce(SocketAddr) + Send + 'static) -> Cell {
    let address = nowhere();
    Cell::new("becomes satisfied", format!("{scheme}://{address}{path}"))
        .then(move || start(address))
        .remarks(format!("connection refused: {address}: nobody listens there yet"))
}

pub(crate) fn tcp() -> Vec<Cell> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut cells = connections("tcp", "");
    cells.push(Cell::new("satisfied", format!("tcp://{}", listener.local_addr().unwrap())).keep(listener));
    cells.push(later("tcp", "", |address| {
        let listener = TcpListener::bind(address).unwrap();
        std::thread::spawn(move || listener.incoming().for_each(drop));
    }));
    cells
}

pub(crate) fn http() -> Vec<Cell> {
    let cell = |outcome, answers: &[Answer], options: &str| {
        let server = Server::start(&[("/healthz", answers)], false);
        Cell::new(outcome, format!("http://{}/healthz{options}", server.address)).keep(server)
    };
    let mut cells = connections("http", "/healthz");
    cells.push(cell("satisfied", &[text(204)], ""));
    let wrong = "wrong status: it answers 503, and 200-299 is wanted";
    cells.push(cell("becomes satisfied", &[text(503), text(200)], "").remarks(wrong));
    cells.push(cell("wrong status", &[text(503)], "").times_out(wrong));
    cells.push(cell("another status", &[text(301)], " status=301|401"));
    let mail = rough(|stream| {
        use std::io::{Read as _, Write as _};
        // A greeting that comes before the question is another mistake.
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"220 mail.example.com ESMTP\r\n");
    });
    let not_http = format!("not HTTP: {mail}: invalid HTTP version parsed");
    cells.push(Cell::new("not HTTP", format!("http://{mail}/healthz")).times_out(not_http));
    let server = Server::start(&[("/", &[Answer::Silence])], false);
    let silent = format!("no answer: {}: connected, but there is no status within 5s", server.address);
    cells.push(Cell::new("no answer", format!("http://{}/", server.address)).times_out_slowly(silent).keep(server));
    cells
}

pub(crate) fn https() -> Vec<Cell> {
    let authority = Authority::new();
    let cell = |outcome, certificate, answers: &[Answer]| {
        let server = Server::https(&[("/", answers)], &authority, certificate);
        let port = server.address.port();
        (Cell::new(outcome, format!("https://localhost:{port}/")).ca(authority.pem()).keep(server), port)
    };
    let bad = |outcome, certificate, why: &str| {
        let (cell, port) = cell(outcome, certificate, &[text(200)]);
        cell.times_out(format!("TLS not trusted: localhost:{port}: {why}"))
    };
    let mut cells = connections("https", "/");
    cells.push(cell("satisfied", Certificate::Good, &[text(200)]).0);
    let wrong = "wrong status: it answers 503, and 200-299 is wanted";
    let (becoming, _) = cell("becomes satisfied", Certificate::Good, &[text(503), text(200)]);
    cells.push(becoming.remarks(wrong));
    cells.push(cell("wrong status", Certificate::Good, &[text(503)]).0.times_out(wrong));
    cells.push(bad("not trusted", Certificate::Good, UNTRUSTED).ca(Authority::new().pem()));
    cells.push(bad("expired", Certificate::Expired, "its certificate has expired"));
    let early = "its certificate is not valid yet; is the clock right?";
    cells.push(bad("not valid yet", Certificate::NotYetValid, early));
    cells.push(bad("another name", Certificate::OtherName, "its certificate is for another name"));
    // The ConfigMap is optional: the Pod starts without it, and the program says so.
    cells.push(bad("without the CA", Certificate::Good, UNTRUSTED).ca(""));
    let plain = Server::start(&[("/", &[text(200)])], false);
    let no_tls = format!("TLS failed: {}: what answers does not speak TLS", plain.address);
    cells.push(Cell::new("no TLS", format!("https://{}/", plain.address)).times_out(no_tls).keep(plain));
    cells
}

pub(crate) fn grpc() -> Vec<Cell> {
    let cell = |outcome, path: &str, server: GrpcServer| {
        Cell::new(outcome, format!("grpc://{}{path}", server.address)).keep(server)
    };
    let serving = |service: &str, status| {
        let server = GrpcServer::new();
        server.says(service, status);
        server
    };
    let mut cells = connections("grpc", "");
    cells.push(cell("satisfied", "/shop.v1.Cart", serving("shop.v1.Cart", ServingStatus::Serving)));
    let not_serving = "not ready yet: the health service says NOT_SERVING";
    let becoming = Arc::new(serving("", ServingStatus::NotServing));
    let server = Arc::clone(&becoming);
    cells.push(
        Cell::new("becomes satisfied", format!("grpc://{}", becoming.address))
            .then(move || server.says("", ServingStatus::Serving))
            .keep(becoming)
            .remarks(not_serving),
    );
    cells.push(cell("not serving", "", serving("", ServingStatus::NotServing)).times_out(not_serving));
    cells.push(cell("unknown service", "/shop.v1.Cart", GrpcServer::new()).times_out(
        "no such service: the health service knows no `shop.v1.Cart`; is its status registered there, and the name right?",
    ));
    let server = GrpcServer::without_health();
    let says = format!(
        "no health service: the server does not implement grpc.health.v1.Health; register it there, or wait with tcp://{}",
        server.address
    );
    cells.push(cell("no health service", "", server).times_out(says));
    let old = rough(|stream| {
        use std::io::Write as _;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        std::thread::sleep(std::time::Duration::from_millis(200));
    });
    let says = format!(
        "not gRPC: {old}: what answers does not speak HTTP/2; is it another kind of server, or does it want TLS (grpcs://)?"
    );
    cells.push(Cell::new("not HTTP/2", format!("grpc://{old}")).times_out(says));
    cells
}

pub(crate) fn grpcs() -> Vec<Cell> {
    let authority = Authority::new();
    let cell = |outcome, certificate| {
        let server = GrpcServer::tls(authority.server(certificate, &["h2"]));
        let port = server.address.port();
        (Cell::new(outcome, format!("grpcs://localhost:{port}")).ca(authority.pem()), server, port)
    };
    let bad = |outcome, certificate, why: &str| {
        let (cell, server, port) = cell(outcome, certificate);
        cell.keep(server).times_out(format!("TLS not trusted: localhost:{port}: {why}"))
    };
    let mut cells = connections("grpcs", "");
    let (satisfied, server, _) = cell("satisfied", Certificate::Good);
    cells.push(satisfied.keep(server));
    let not_serving = "not ready yet: the health service says NOT_SERVING";
    let (becoming, server, _) = cell("becomes satisfied", Certificate::Good);
    server.says("", ServingStatus::NotServing);
    let server = Arc::new(server);
    let later = Arc::clone(&server);
    cells.push(becoming.then(move || later.says("", ServingStatus::Serving)).keep(server).remarks(not_serving));
    let (unhealthy, server, _) = cell("not serving", Certificate::Good);
    server.says("", ServingStatus::NotServing);
    cells.push(unhealthy.keep(server).times_out(not_serving));
    cells.push(bad("not trusted", Certificate::Good, UNTRUSTED).ca(Authority::new().pem()));
    cells.push(bad("expired", Certificate::Expired, "its certificate has expired"));
    cells.push(bad("another name", Certificate::OtherName, "its certificate is for another name"));
    cells
}

pub(crate) fn dns() -> Vec<Cell> {
    const HOME: Ipv4Addr = Ipv4Addr::LOCALHOST;
    let known = DnsServer::start(&[("db.example.com.", HOME)]);
    let (late, none) = (DnsServer::start(&[]), DnsServer::start(&[]));
    let names = Arc::clone(&late.names);
    let why = unknown("db.test");
    let mut cells = vec![
        Cell::new("satisfied", "dns://db.example.com").name_server(&known, 5),
        Cell::new("becomes satisfied", "dns://db.test").name_server(&late, 5).remarks(&why).then(move || {
            names.lock().unwrap().push(("db.test.".to_owned(), HOME));
        }),
        Cell::new("name does not resolve", "dns://db.test").name_server(&none, 5).times_out(&why),
        Cell::new("not required", "dns://db.test required=false").name_server(&none, 5).gives_up(&why),
    ];
    let cluster = DnsServer::start(&[("db.shop.svc.cluster.local.", HOME)]);
    let forms = ["db", "db.shop", "db.shop.svc", "db.shop.svc.cluster.local", "db.shop.svc.cluster.local."];
    for ndots in [1, 2, 5] {
        for name in forms {
            cells.push(Cell::new("every ndots", format!("dns://{name}")).name_server(&cluster, ndots));
        }
    }
    cells
}
