//! `grpc://` and `grpcs://`: the health service of a real server, and everything that is none.

use crate::program::Program;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::Duration;
use waitwarden_test_servers::{Authority, Certificate, GrpcServer, Script, ServingStatus, rough, scripted};

/// A program that is waiting for this says so, and why.
#[track_caller]
fn waits(program: Program, address: SocketAddr, target: &str, reason: &str) {
    let port = address.port();
    let outcome = program
        .name(&address, "ADDRESS")
        .name(&port, "PORT")
        .stop_after(2, &[&target.replace("PORT", &port.to_string())]);
    let shown = target.replace("127.0.0.1:PORT", "ADDRESS");
    assert_eq!(outcome.lines[1], format!("{shown}: {reason}"), "{outcome:?}");
}

/// The answers are waited out, each with its reason; the last one is SERVING.
#[track_caller]
fn waits_out(scripts: Vec<Script>, reasons: &[&str]) {
    let (address, _) = scripted(scripts.into_iter().chain([Script::body(SERVING)]).collect());
    let outcome =
        Program::new().name(&address, "ADDRESS").option("--timeout=20s").wait_for(&[&format!("grpc://{address}")]);
    let mut lines = vec!["waiting, at most 20s, for grpc://ADDRESS".to_owned()];
    lines.extend(reasons.iter().map(|reason| format!("grpc://ADDRESS: {reason}")));
    lines.extend(["grpc://ADDRESS: ready after Ns", "ready after Ns: grpc://ADDRESS"].map(str::to_owned));
    assert_eq!((outcome.code, outcome.lines), (Some(0), lines));
}

/// Over TLS, with such a certificate.
fn tls(authority: &Authority, certificate: Certificate) -> GrpcServer {
    GrpcServer::tls(authority.server(certificate, &["h2"]))
}

/// With the CA of an authority.
fn trusting(authority: &Authority) -> Program {
    let program = Program::new().file("ca.crt", &authority.pem());
    let option = format!("--ca-file={}", program.path("ca.crt").display());
    program.option(&option)
}

const SERVING: &[u8] = b"\0\0\0\0\x02\x08\x01";

#[test]
fn a_server_that_becomes_healthy_ends_the_wait() {
    let server = GrpcServer::new();
    server.says("", ServingStatus::NotServing);
    let target = format!("grpc://{}", server.address);
    let running = Program::new().name(&server.address, "ADDRESS").option("--timeout=20s").start(&[&target]);
    std::thread::sleep(Duration::from_millis(200));
    server.says("", ServingStatus::Serving);
    running.end().is(
        0,
        &[
            "waiting, at most 20s, for grpc://ADDRESS",
            "grpc://ADDRESS: not ready yet: the health service says NOT_SERVING",
            "grpc://ADDRESS: ready after Ns",
            "ready after Ns: grpc://ADDRESS",
        ],
    );
}

#[test]
fn a_service_has_its_own_status() {
    let server = GrpcServer::new();
    server.says("auth.v1.Login", ServingStatus::Serving);
    server.says("auth.v1.Tokens", ServingStatus::Unknown);
    let named = |service: &str| format!("grpc://{}/{service}", server.address);
    let outcome = Program::new().wait_for(&[&named("auth.v1.Login")]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    waits(
        Program::new(),
        server.address,
        "grpc://127.0.0.1:PORT/auth.v1.Tokens",
        "not ready yet: the health service says UNKNOWN",
    );
    waits(
        Program::new(),
        server.address,
        "grpc://127.0.0.1:PORT/auth.v1.Logins",
        "no such service: the health service knows no `auth.v1.Logins`; is its status registered there, and the name right?",
    );
}

#[test]
fn a_server_without_a_status_of_its_own_asks_for_a_service() {
    let mut server = GrpcServer::new();
    server.forgets("");
    waits(
        Program::new(),
        server.address,
        "grpc://127.0.0.1:PORT",
        "no such service: the health service has no status of the server as a whole; name a service: grpc://ADDRESS/SERVICE",
    );
}

#[test]
fn a_server_without_a_health_service_is_told_apart() {
    let server = GrpcServer::without_health();
    waits(
        Program::new(),
        server.address,
        "grpc://127.0.0.1:PORT",
        "no health service: the server does not implement grpc.health.v1.Health; register it there, or wait with tcp://ADDRESS",
    );
}

#[test]
fn grpcs_trusts_the_file() {
    let authority = Authority::new();
    let port = tls(&authority, Certificate::Good).address.port();
    trusting(&authority).name(&port, "PORT").wait_for(&[&format!("grpcs://localhost:{port}")]).is(
        0,
        &[
            "waiting, without a time limit, for grpcs://localhost:PORT",
            "grpcs://localhost:PORT: ready after Ns",
            "ready after Ns: grpcs://localhost:PORT",
        ],
    );
}

#[test]
fn grpcs_is_always_verified() {
    let authority = Authority::new();
    waits(
        Program::new(),
        tls(&authority, Certificate::Good).address,
        "grpcs://localhost:PORT",
        "TLS not trusted: localhost:PORT: its certificate is not signed by a well-known authority or one of --ca-file",
    );
    for (certificate, reason) in [
        (Certificate::OtherName, "its certificate is for another name"),
        (Certificate::Expired, "its certificate has expired"),
        (Certificate::NotYetValid, "its certificate is not valid yet; is the clock right?"),
    ] {
        waits(
            trusting(&authority),
            tls(&authority, certificate).address,
            "grpcs://localhost:PORT",
            &format!("TLS not trusted: localhost:PORT: {reason}"),
        );
    }
}

#[test]
fn tls_on_the_wrong_side_is_said() {
    waits(
        Program::new(),
        tls(&Authority::new(), Certificate::Good).address,
        "grpc://127.0.0.1:PORT",
        "not gRPC: ADDRESS: what answers does not speak HTTP/2; is it another kind of server, or does it want TLS (grpcs://)?",
    );
    waits(
        Program::new(),
        GrpcServer::new().address,
        "grpcs://127.0.0.1:PORT",
        "TLS failed: ADDRESS: what answers does not speak TLS",
    );
}

#[test]
fn the_call_is_a_grpc_call() {
    let (address, requests) = scripted(vec![Script::body(SERVING)]);
    let outcome = Program::new().wait_for(&[&format!("grpc://{address}/a.B")]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let expected = [
        format!("POST http://{address}/grpc.health.v1.Health/Check"),
        "content-type: application/grpc".to_owned(),
        "te: trailers".to_owned(),
        concat!("user-agent: waitwarden-wait/", env!("CARGO_PKG_VERSION")).to_owned(),
        r#"b"\0\0\0\0\x05\n\x03a.B""#.to_owned(),
    ];
    assert_eq!(*requests.lock().unwrap(), [expected]);
}

#[test]
fn other_errors_are_repeated_once() {
    let script = |request: u8| Script::error(14, &format!("no%20endpoints%0Aof%1B[31m request {request}"));
    let headers = vec![("content-type", "text/plain".to_owned()), ("grpc-status", "7".to_owned())];
    waits_out(
        vec![
            script(1),
            script(2),
            script(3),
            Script { status: 403, headers, ..Script::body(b"") },
            Script::error(42, ""),
        ],
        &[
            "gRPC error: it answers UNAVAILABLE (14): no endpoints of [31m request 1",
            "gRPC error: it answers PERMISSION_DENIED (7)",
            "gRPC error: it answers the status 42",
        ],
    );
}

#[test]
fn what_is_no_answer_of_grpc_is_waited_out() {
    let headers = |content_type: &str| vec![("content-type", content_type.to_owned())];
    let both = vec![("content-type", "application/grpc".to_owned()), ("grpc-status", "0".to_owned())];
    let long = vec![("content-type", "application/grpc".to_owned()), ("x-padding", "x".repeat(20_000))];
    let endless = Script { endless: true, ..Script::body(&[0; 100]) };
    waits_out(
        vec![
            Script { status: 404, headers: headers("text/html"), ..Script::body(b"<html>") },
            Script { headers: headers("text/html"), ..Script::body(b"<html>") },
            Script { headers: Vec::new(), ..Script::body(b"") },
            Script { trailers: vec![("x", String::new())], ..Script::body(SERVING) },
            Script { headers: both, trailers: Vec::new(), ..Script::body(b"") },
            Script::body(b""),
            Script::body(b"\x01\0\0\0\x02\x08\x01"),
            Script::body(b"\0\0\0\0\x02\x08\x01\0\0\0\0\0"),
            Script::body(b"\0\0\0\0\x02\x08\x81"),
            endless,
            Script { headers: long, ..Script::body(SERVING) },
            Script::body(b"\0\0\0\0\x02\x08\x09"),
        ],
        &[
            "wrong status: it answers HTTP 404, and gRPC answers 200; is this the gRPC port?",
            "not gRPC: ADDRESS: its answer has the content type `text/html`; application/grpc is wanted",
            "not gRPC: ADDRESS: its answer has no content type; application/grpc is wanted",
            "not gRPC: ADDRESS: its answer ends without a grpc-status",
            "not gRPC: ADDRESS: its answer is not one uncompressed message",
            "not gRPC: ADDRESS: its answer is no HealthCheckResponse",
            "not gRPC: ADDRESS: its answer is longer than 4 KiB",
            "not gRPC: ADDRESS: its answer breaks the rules of HTTP/2, or its headers exceed 16 KiB",
            "not ready yet: the health service says 9, a status that is not known here",
        ],
    );
}

#[test]
fn what_speaks_something_else_is_said() {
    for greeting in ["HTTP/1.1 400 Bad Request\r\n\r\n", "220 mail.example.com ESMTP\r\n"] {
        let address = rough(move |stream| {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(greeting.as_bytes());
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let reason = "not gRPC: ADDRESS: what answers does not speak HTTP/2; is it another kind of server, or does it want TLS (grpcs://)?";
        waits(Program::new(), address, "grpc://127.0.0.1:PORT", reason);
    }
}

#[test]
fn https_without_http2_is_said() {
    let authority = Authority::new();
    let server = GrpcServer::tls(authority.server(Certificate::Good, &["http/1.1"]));
    waits(
        trusting(&authority),
        server.address,
        "grpcs://localhost:PORT",
        "TLS failed: localhost:PORT: it does not offer the protocol `h2` (ALPN)",
    );
}

#[test]
fn a_connection_that_is_reset_is_said_once() {
    let address = rough(|stream| {
        // What is not read makes it a reset.
        let _ = stream.read(&mut [0; 1]);
    });
    let target = format!("grpc://{address}");
    let outcome = Program::new().name(&address, "ADDRESS").option("--timeout=1s").wait_for(&[&target]);
    outcome.is(
        69,
        &[
            "waiting, at most 1s, for grpc://ADDRESS",
            "grpc://ADDRESS: no answer: ADDRESS: it closes the connection instead of answering; does it want TLS (grpcs://)?",
            "grpc://ADDRESS: timed out after Ns: no answer: ADDRESS: it closes the connection instead of answering; does it want \
             TLS (grpcs://)?",
            "timed out after Ns: grpc://ADDRESS (no answer)",
        ],
    );
}

#[test]
fn silence_is_bounded() {
    let address = rough(|stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    waits(
        Program::new(),
        address,
        "grpc://127.0.0.1:PORT",
        "no answer: ADDRESS: connected, but there is no answer within 5s",
    );
}

#[test]
fn nobody_and_no_name_are_told_apart() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    waits(Program::new(), address, "grpc://127.0.0.1:PORT", "connection refused: ADDRESS: nobody listens there yet");
    waits(
        Program::new().without("resolv.conf"),
        address,
        "grpc://auth:PORT",
        "name does not resolve: `auth` is not in hosts, and DIR/resolv.conf cannot be used: No such file or directory (os \
         error 2)",
    );
}
