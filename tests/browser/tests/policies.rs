//! Policies of somebody else run on the page, which lives on whatever they do.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use serde_json::Value;
use std::fs;
use std::path::Path;
use waitwarden_test_browser::{Answer, Browser, Page, plain, policy, said};

fn choose(page: &mut Page<'_>, place: &Path, name: &str, module: &[u8]) {
    let file = place.join(name);
    fs::write(&file, module).expect("a file");
    page.choose(&file);
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a module")
}

#[test]
fn a_policy_of_somebody_else_runs() {
    let place = tempfile::tempdir().expect("a folder");
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "grafana");
    let refuses = policy(Answer::Json(r#"{"accepted":false,"message":"not on a Tuesday","code":403}"#));
    page.after(|page| choose(page, place.path(), "tuesday.wasm", &refuses));
    assert_eq!(page.text("seen('policy-name')"), "tuesday.wasm");
    assert_eq!(page.text("seen('verdict-title')"), "Refused: 1 error");
    assert!(page.text("seen('findings')").contains("not on a Tuesday"));
    // What the command line says of it too.
    let manifests = page.text("textOf('manifests')");
    let same = |page: &mut Page<'_>, name: &str| {
        let said = said(&manifests, "", Some(&place.path().join(name)));
        let copied: Value = serde_json::from_str(&page.copied("findings").expect("findings")).expect("JSON");
        let shown: Value = copied.as_array().expect("a list").iter().map(plain).collect();
        assert_eq!((shown, page.copied("result")), (said.findings, said.rendered), "{name}");
    };
    same(&mut page, "tuesday.wasm");
    // It may change what it likes: here, to something else altogether.
    let changes = policy(Answer::Json(
        r#"{"accepted":true,"mutated_object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"other","namespace":"shop"}}}"#,
    ));
    page.after(|page| choose(page, place.path(), "other.wasm", &changes));
    assert!(page.copied("result").expect("a result").contains("name: other"));
    same(&mut page, "other.wasm");
    // And back.
    page.run("document.getElementById('policy').click()");
    page.after(|page| {
        page.run("document.getElementById('policy-reset').click()");
    });
    assert_eq!(page.text("seen('policy-name')"), "policy.wasm");
    assert_eq!(page.text("document.getElementById('verdict').dataset.state"), "accepted");
    page.close();
}

#[test]
fn a_policy_that_loops_is_stopped_and_the_page_lives_on() {
    let place = tempfile::tempdir().expect("a folder");
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "grafana");
    choose(&mut page, place.path(), "loops.wasm", &policy(Answer::Does("(loop $for_ever (br $for_ever))")));
    page.until("seen('verdict-title') === 'The policy was stopped after 2 seconds'", "it is stopped");
    // The editor still takes what is typed, and the policy is asked again, in vain.
    page.select("manifests", 0, 0);
    page.write("# still here\n");
    assert!(page.text("textOf('manifests')").starts_with("# still here\n"));
    page.run("document.getElementById('policy').click()");
    page.after(|page| {
        page.run("document.getElementById('policy-reset').click()");
    });
    assert_eq!(page.text("document.getElementById('verdict').dataset.state"), "accepted");
    page.close();
}

#[test]
fn a_policy_that_loops_before_it_is_asked_is_not_taken() {
    let place = tempfile::tempdir().expect("a folder");
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "grafana");
    let loops = wat(r#"(module (memory (export "memory") 1)
            (func (export "__guest_call") (param i32 i32) (result i32) (loop $for_ever (br $for_ever)) (i32.const 1)))"#);
    page.after(|page| choose(page, place.path(), "loops.wasm", &loops));
    assert_eq!(page.text("seen('toast')"), "loops.wasm: the policy was stopped after 2 seconds");
    assert_eq!(page.text("seen('policy-name')"), "policy.wasm");
    assert_eq!(page.text("document.getElementById('verdict').dataset.state"), "accepted");
    page.close();
}

#[test]
fn whatever_a_policy_does_is_said() {
    let place = tempfile::tempdir().expect("a folder");
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "grafana");
    for (does, says) in [
        ("unreachable", "the policy crashed: unreachable"),
        (
            "(call $response (i32.const 65536) (i32.const 131072))",
            "the policy passed memory that it does not have to `__guest_response`: 131072 bytes at address 65536",
        ),
        (
            "(call $request (i32.const -1) (i32.const -1))",
            "the policy passed memory that it does not have to `__guest_request`: 8 bytes at address 4294967295",
        ),
        (
            "(if (i32.eq (memory.grow (i32.const 4095)) (i32.const -1)) (then unreachable))",
            "the policy crashed: unreachable",
        ),
        ("(return (i32.const 1))", "the policy returned without an answer"),
        ("(return (i32.const 0))", "the policy failed: it gives no reason"),
        (
            "(call $response (i32.const 64) (i32.const 5)) (return (i32.const 1))",
            "the policy's answer cannot be read: ",
        ),
    ] {
        page.after(|page| choose(page, place.path(), "does.wasm", &policy(Answer::Does(does))));
        let shown = page.text("seen('findings')");
        // Words of code are shown as such.
        assert!(shown.contains(&says.replace('`', "")), "{does}: {shown}");
    }
    // As much memory as a policy may have.
    let grows = "(if (i32.eq (memory.grow (i32.const 4094)) (i32.const -1)) (then unreachable))";
    page.after(|page| choose(page, place.path(), "grows.wasm", &policy(Answer::Does(grows))));
    assert_eq!(page.text("document.getElementById('verdict').dataset.state"), "accepted");
    for (module, says) in [
        (b"kind: Pod".to_vec(), "this is not WebAssembly: it does not start with `\\0asm`"),
        (
            b"\0asm\x0d\0\x01\0".to_vec(),
            "this is not a Kubewarden waPC policy: it is a WebAssembly component, not a module",
        ),
        (wat("(module)"), "this is not a Kubewarden waPC policy: it does not export `__guest_call`"),
        (wat("(module (memory 5000))"), "the policy wanted more than 256 MiB of memory"),
        (
            wat(
                r#"(module (import "env" "abort" (func)) (memory (export "memory") 1) (func (export "__guest_call")))"#,
            ),
            "the policy imports `env.abort`, which Kubewarden does not offer",
        ),
    ] {
        page.run("seen('toast') && (document.getElementById('toast').textContent = '')");
        page.after(|page| choose(page, place.path(), "wrong.wasm", &module));
        assert_eq!(page.text("seen('toast')"), format!("wrong.wasm: {says}"));
        assert_eq!(page.text("seen('policy-name')"), "policy.wasm");
    }
    page.close();
}
