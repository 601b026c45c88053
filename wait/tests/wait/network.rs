//! `tcp://`, `http://` and `https://`.

use crate::program::Program;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;
use waitwarden_test_servers::{Answer, Server, rough};

fn text(status: u16) -> Answer {
    Answer::Text(status, "no matter".to_owned())
}

#[test]
fn a_port_that_opens_ends_the_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let target = format!("tcp://{address}");
    let running = Program::new().name(&address, "ADDRESS").option("--timeout=20s").start(&[&target]);
    std::thread::sleep(Duration::from_millis(150));
    let _listener = TcpListener::bind(address).unwrap();
    running.end().is(
        0,
        &[
            "waiting, at most 20s, for tcp://ADDRESS",
            "tcp://ADDRESS: connection refused: ADDRESS: nobody listens there yet",
            "tcp://ADDRESS: ready after Ns",
            "ready after Ns: tcp://ADDRESS",
        ],
    );
}

#[test]
fn every_address_of_a_name_is_tried() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let outcome =
        Program::new().file("hosts", "::1 db\n127.0.0.2 db\n127.0.0.1 db\n").wait_for(&[&format!("tcp://db:{port}")]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

#[test]
fn a_wrong_status_is_waited_out() {
    let server = Server::start(&[("/healthz", &[text(503), text(503), text(302), text(204)])], false);
    let target = format!("http://{}/healthz?deep=1", server.address);
    Program::new().name(&server.address, "ADDRESS").wait_for(&[&target]).is(
        0,
        &[
            "waiting, without a time limit, for http://ADDRESS/healthz?deep=1",
            "http://ADDRESS/healthz?deep=1: wrong status: it answers 503, and 200-299 is wanted",
            "http://ADDRESS/healthz?deep=1: wrong status: it answers 302, and 200-299 is wanted; redirects are not followed",
            "http://ADDRESS/healthz?deep=1: ready after Ns",
            "ready after Ns: http://ADDRESS/healthz?deep=1",
        ],
    );
    assert_eq!(server.requests(), ["/healthz?deep=1"; 4]);
}

#[test]
fn another_status_can_be_wanted() {
    let server = Server::start(&[("/", &[text(200), text(401)])], false);
    let target = format!("http://{} status=301|400-404", server.address);
    let outcome = Program::new().name(&server.address, "ADDRESS").wait_for(&[&target]);
    assert_eq!(outcome.code, Some(0));
    assert_eq!(outcome.lines[1], "http://ADDRESS/: wrong status: it answers 200, and 301|400-404 is wanted");
}

#[test]
fn https_trusts_the_file() {
    let server = Server::start(&[("/", &[text(200)])], true);
    let target = format!("https://localhost:{}/", server.address.port());
    let program = Program::new().file("ca.crt", &server.ca).name(&server.address.port(), "PORT");
    let option = format!("--ca-file={}", program.path("ca.crt").display());
    program.option(&option).wait_for(&[&target]).is(
        0,
        &[
            "waiting, without a time limit, for https://localhost:PORT/",
            "https://localhost:PORT/: ready after Ns",
            "ready after Ns: https://localhost:PORT/",
        ],
    );
}

#[test]
fn https_is_always_verified() {
    let server = Server::start(&[("/", &[text(200)])], true);
    let says = |program: Program, target: &str, expected: &[&str]| {
        let outcome = program.name(&server.address.port(), "PORT").stop_after(expected.len(), &[target]);
        assert_eq!(&outcome.lines[..expected.len()], expected);
    };
    let port = server.address.port();
    let untrusted =
        "TLS not trusted: localhost:PORT: its certificate is not signed by a well-known authority or one of --ca-file";
    says(
        Program::new(),
        &format!("https://localhost:{port}"),
        &["waiting, at most 30s, for https://localhost:PORT/", &format!("https://localhost:PORT/: {untrusted}")],
    );
    let program = Program::new().file("hosts", "127.0.0.1 other\n").file("ca.crt", &server.ca);
    let option = format!("--ca-file={}", program.path("ca.crt").display());
    says(
        program.option(&option),
        &format!("https://other:{port}"),
        &[
            "waiting, at most 30s, for https://other:PORT/",
            "https://other:PORT/: TLS not trusted: other:PORT: its certificate is for another name",
        ],
    );
    let program = Program::new();
    let option = format!("--ca-file={}", program.path("ca.crt").display());
    says(
        program.option(&option),
        &format!("https://localhost:{port}"),
        &[
            "warning: the file of --ca-file, DIR/ca.crt, cannot be read (No such file or directory (os error 2)); https and grpcs \
             targets are checked against the well-known authorities only",
            "waiting, at most 30s, for https://localhost:PORT/",
            &format!("https://localhost:PORT/: {untrusted}"),
        ],
    );
}

#[test]
fn what_speaks_something_else_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"220 mail.example.com ESMTP\r\n");
        }
    });
    for (scheme, reason) in [
        ("https", "TLS failed: ADDRESS: what answers does not speak TLS"),
        ("http", "not HTTP: ADDRESS: invalid HTTP version parsed"),
    ] {
        let outcome = Program::new().name(&address, "ADDRESS").stop_after(2, &[&format!("{scheme}://{address}/")]);
        assert_eq!(outcome.lines[1], format!("{scheme}://ADDRESS/: {reason}"));
    }
}

#[test]
fn a_head_without_end_is_cut_off() {
    let address = rough(|stream| {
        let line = format!("x: {}\r\n", "y".repeat(1000));
        // An answer that comes before the question is another mistake.
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(line.as_bytes()).is_ok() {}
    });
    let outcome = Program::new().name(&address, "ADDRESS").stop_after(2, &[&format!("http://{address}/")]);
    assert_eq!(outcome.lines[1], "http://ADDRESS/: not HTTP: ADDRESS: message head is too large");
}
