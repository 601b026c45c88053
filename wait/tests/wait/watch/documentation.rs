//! What `docs/wait.md` shows of `watch` and `check` is what they say.

use super::Port;
use crate::data::data;
use crate::program::Program;
use waitwarden_test_servers::{Answer, Server};

const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/rec/endpointslices";

/// The block of this kind.
fn block(kind: &str) -> Vec<&'static str> {
    let page = include_str!("../../../../docs/wait.md");
    let (_, rest) = page.split_once(&format!("```console {kind}\n")).unwrap();
    rest.split_once("```").unwrap().0.lines().collect()
}

#[test]
fn the_documentation_shows_what_is_said() {
    let mut port = Port::open();
    let some = data("endpointslices-ready-and-unready.json");
    let server = Server::api(&[(SLICES, std::slice::from_ref(&some))]);
    let program = Program::with_api(&server)
        .file("hosts", "127.0.0.1 db.example.com\n")
        .name(&format!(":{}", port.address.port()), ":5432")
        .name(&"500ms", "30s")
        .command("watch")
        .option("--interval=100ms")
        .option("--grace=500ms");
    let tcp = format!("tcp://db.example.com:{} on-loss=restart", port.address.port());
    let mut watching = program.listen(&["service/web on-loss=unready", &tcp]);
    let shown: Vec<String> = block("watch").iter().map(|line| watching.running.program.comparable(line)).collect();
    // Either may be seen first.
    let rest = |lines: &[String]| {
        let mut lines = lines.to_vec();
        lines.retain(|line| line != "service/web: present");
        lines
    };
    watching.hears(&shown[1]);
    server.answer(SLICES, &[data("endpointslices-null-endpoints.json")]);
    watching.hears(&shown[3]);
    assert_eq!(watching.check(), (Some(1), block("check").concat() + "\n"));
    server.answer(SLICES, &[some]);
    watching.hears(&shown[4]);
    server.trouble(Some(Answer::Text(503, r#"{"kind":"Status","message":"starting","code":503}"#.to_owned())));
    watching.hears(&shown[5]);
    server.trouble(None);
    watching.hears(&shown[6]);
    port.close();
    let outcome = watching.end();
    assert_eq!((outcome.code, rest(&outcome.lines).join("\n")), (Some(75), rest(&shown).join("\n")));
}
