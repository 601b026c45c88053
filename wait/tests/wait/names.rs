//! `dns://NAME`, and how names are resolved for everything else.

use crate::program::Program;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;
use waitwarden_test_servers::{DnsServer, Mood};

const HOME: Ipv4Addr = Ipv4Addr::LOCALHOST;
const RESOLV: &str =
    "search rec.svc.cluster.local svc.cluster.local cluster.local\nnameserver 127.0.0.1\noptions ndots:2\n";

fn program(server: &DnsServer) -> Program {
    Program::new().file("resolv.conf", RESOLV).env("WAITWARDEN_DNS_PORT", &server.port.to_string())
}

#[test]
fn a_name_that_appears_ends_the_wait() {
    let server = DnsServer::start(&[]);
    let running = program(&server).option("--timeout=20s").start(&["dns://db.example.com"]);
    std::thread::sleep(Duration::from_millis(300));
    server.names.lock().unwrap().push(("db.example.com.".to_owned(), HOME));
    running.end().is(
        0,
        &[
            "waiting, at most 20s, for dns://db.example.com",
            "dns://db.example.com: name does not resolve: the name server 127.0.0.1 knows no address of `db.example.com`; tried \
             db.example.com., db.example.com.rec.svc.cluster.local., db.example.com.svc.cluster.local., \
             db.example.com.cluster.local.",
            "dns://db.example.com: ready after Ns",
            "ready after Ns: dns://db.example.com",
        ],
    );
}

#[test]
fn search_domains_are_added_whatever_the_dots() {
    for (known, name) in [
        ("db.rec.svc.cluster.local.", "db"),
        ("db.shop.svc.cluster.local.", "db.shop"),
        ("db.shop.svc.cluster.local.", "db.shop.svc"),
        ("db.shop.svc.cluster.local.", "db.shop.svc.cluster.local"),
        ("db.", "db"),
        ("db.example.com.", "db.example.com."),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = DnsServer::start(&[(known, HOME)]);
        let tcp = format!("tcp://{name}:{port}");
        let outcome = program(&server).option("--timeout=20s").wait_for(&[&format!("dns://{name}"), &tcp]);
        assert_eq!(outcome.code, Some(0), "{name}: {outcome:?}");
    }
}

#[test]
fn hosts_comes_first() {
    let outcome = Program::new().wait_for(&["dns://localhost"]);
    outcome.is(
        0,
        &[
            "waiting, without a time limit, for dns://localhost",
            "dns://localhost: ready after Ns",
            "ready after Ns: dns://localhost",
        ],
    );
}

#[test]
fn a_missing_resolv_conf_is_said() {
    let outcome = Program::new().without("resolv.conf").stop_after(2, &["tcp://db:1"]);
    assert_eq!(outcome.code, Some(143));
    assert_eq!(
        outcome.lines[1],
        "tcp://db:1: name does not resolve: `db` is not in hosts, and DIR/resolv.conf cannot be used: No such file or directory \
         (os error 2)"
    );
}

#[test]
fn half_an_answer_is_none() {
    let server = DnsServer::start(&[]);
    *server.mood.lock().unwrap() = Mood::HalfFailing;
    let outcome = program(&server).stop_after(2, &["dns://db.example.com."]);
    assert_eq!(
        outcome.lines[1],
        "dns://db.example.com.: name does not resolve: the name server 127.0.0.1 does not tell `db.example.com.` (DNS error: \
         error response: Server Failure); tried db.example.com."
    );
}
