//! The engine against policies that are wrong or hostile: each ends in an error that says what happened.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may fail")]

use std::sync::Arc;
use std::time::{Duration, Instant};
use waitwarden::engine::{Engine, Error, Foreign, HostCall, HostCalls, Outcome};

/// A guest with these imports and this `__guest_call`.
fn guest(imports: &str, body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "wapc" "__guest_request" (func $request (param i32 i32)))
            (import "wapc" "__guest_response" (func $response (param i32 i32)))
            (import "wapc" "__guest_error" (func $error (param i32 i32)))
            {imports}
            (memory (export "memory") 1)
            (data (i32.const 8) "it broke")
            (func (export "__guest_call") (param $op i32) (param $len i32) (result i32)
                {body}))"#
    );
    wat::parse_str(&text).expect(&text)
}

fn call(wasm: &[u8], payload: &[u8]) -> Outcome {
    Engine::new().unwrap().load(wasm).unwrap().call("validate", payload)
}

fn refused(wasm: &[u8]) -> Error {
    Engine::new().unwrap().load(wasm).unwrap_err()
}

#[test]
fn a_good_guest_gets_the_payload_and_answers() {
    // Answers with the operation and the payload behind each other.
    let body = "(call $request (i32.const 100) (i32.add (i32.const 100) (local.get $op)))
                (call $response (i32.const 100) (i32.add (local.get $op) (local.get $len)))
                (i32.const 1)";
    assert_eq!(call(&guest("", body), b" {}").answer, Ok(b"validate {}".to_vec()));
}

#[test]
fn a_guest_error_is_told() {
    let body = "(call $error (i32.const 8) (i32.const 8)) (i32.const 0)";
    assert_eq!(call(&guest("", body), b"").answer, Err(Error::Guest("it broke".to_owned())));
}

#[test]
fn a_guest_that_fails_silently_still_fails() {
    assert_eq!(call(&guest("", "(i32.const 0)"), b"").answer, Err(Error::Guest("it gives no reason".to_owned())));
    assert_eq!(call(&guest("", "(i32.const 1)"), b"").answer, Err(Error::NoAnswer));
}

#[test]
fn a_trap_is_told() {
    let answer = call(&guest("", "unreachable"), b"").answer;
    let Err(Error::Trap { message, stderr }) = answer else { panic!("{answer:?}") };
    assert!(message.contains("unreachable"), "{message}");
    assert_eq!(stderr, "");
}

#[test]
fn the_last_words_of_a_guest_are_kept() {
    let imports = r#"(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))"#;
    let body = "(i32.store (i32.const 64) (i32.const 8)) (i32.store (i32.const 68) (i32.const 8))
                (drop (call $write (i32.const 2) (i32.const 64) (i32.const 1) (i32.const 80)))
                (drop (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 80)))
                unreachable";
    let outcome = call(&guest(imports, body), b"");
    assert!(matches!(&outcome.answer, Err(Error::Trap { stderr, .. }) if stderr == "it broke"), "{outcome:?}");
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("it broke", "it broke"));
}

#[test]
fn printing_without_end_is_bounded() {
    let imports = r#"(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))"#;
    let body = "(local $i i32)
                (i32.store (i32.const 64) (i32.const 0)) (i32.store (i32.const 68) (i32.const 65536))
                (loop $again
                    (drop (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 80)))
                    (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
                (i32.load (i32.const 80)) (i32.const 65536) i32.eq";
    let outcome = call(&guest(imports, body), b"");
    assert_eq!(outcome.answer, Err(Error::NoAnswer), "the write must have said that it wrote all");
    assert!(outcome.stdout.len() <= 64 * 1024, "{}", outcome.stdout.len());
}

#[test]
fn a_loop_meets_its_deadline() {
    let before = Instant::now();
    assert_eq!(call(&guest("", "(loop $again (br $again)) unreachable"), b"").answer, Err(Error::Deadline));
    let took = before.elapsed();
    assert!(took > Duration::from_millis(1900) && took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_loop_in_the_start_meets_its_deadline_too() {
    let wasm = wat::parse_str(
        r#"(module (memory (export "memory") 1)
            (func $forever (loop $again (br $again)))
            (start $forever)
            (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))"#,
    );
    assert_eq!(call(&wasm.unwrap(), b"").answer, Err(Error::Deadline));
}

#[test]
fn nobody_sleeps() {
    let imports =
        r#"(import "wasi_snapshot_preview1" "poll_oneoff" (func $sleep (param i32 i32 i32 i32) (result i32)))"#;
    let before = Instant::now();
    // A subscription to the clock, an hour from now.
    let body = "(i64.store (i32.const 124) (i64.const 3600000000000))
                (drop (call $sleep (i32.const 100) (i32.const 200) (i32.const 1) (i32.const 300))) (i32.const 0)";
    assert!(call(&guest(imports, body), b"").answer.is_err());
    assert!(before.elapsed() < Duration::from_secs(1));
}

#[test]
fn memory_is_bounded() {
    // Grows by a mebibyte until it gets none, and then aborts, as allocators do.
    let body = "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable";
    assert_eq!(call(&guest("", body), b"").answer, Err(Error::Memory));
}

#[test]
fn memory_at_the_start_is_bounded_too() {
    let wasm = wat::parse_str(
        r#"(module (memory (export "memory") 65535)
            (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))"#,
    );
    assert_eq!(refused(&wasm.unwrap()), Error::Memory);
}

#[test]
fn recursion_is_bounded() {
    let answer = call(&guest("", "(call 3 (local.get $op) (local.get $len))"), b"").answer;
    assert!(matches!(&answer, Err(Error::Trap { message, .. }) if message.contains("stack")), "{answer:?}");
}

#[test]
fn an_exit_is_no_answer() {
    let imports = r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#;
    assert_eq!(call(&guest(imports, "(call $exit (i32.const 3)) unreachable"), b"").answer, Err(Error::Exit(3)));
}

#[test]
fn a_main_that_ends_well_is_fine() {
    let wasm = wat::parse_str(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (import "wapc" "__guest_response" (func $response (param i32 i32)))
            (memory (export "memory") 1) (data (i32.const 8) "ok")
            (func (export "_start") (call $exit (i32.const 0)))
            (func (export "__guest_call") (param i32 i32) (result i32) (call $response (i32.const 8) (i32.const 2)) (i32.const 1)))"#,
    );
    assert_eq!(call(&wasm.unwrap(), b"").answer, Ok(b"ok".to_vec()));
}

#[test]
fn files_that_are_no_policies_are_told_apart() {
    let module = |fields: &str| wat::parse_str(format!("(module {fields})")).unwrap();
    assert_eq!(refused(b"apiVersion: v1\n"), Error::NotWasm);
    assert_eq!(refused(b""), Error::NotWasm);
    assert_eq!(refused(&wat::parse_str("(component)").unwrap()), Error::NotWapc(Foreign::Component));
    assert_eq!(refused(&module(r#"(func (export "opa_malloc"))"#)), Error::NotWapc(Foreign::Rego));
    assert_eq!(refused(&module(r#"(func (export "_start"))"#)), Error::NotWapc(Foreign::Wasi));
    assert_eq!(refused(&module("")), Error::NotWapc(Foreign::Other));
    assert_eq!(refused(&module(r#"(func (export "__guest_call"))"#)), Error::MissingExport("memory"));
    let unknown = r#"(import "env" "time" (func)) (memory (export "memory") 1) (func (export "__guest_call"))"#;
    assert_eq!(refused(&module(unknown)), Error::UnknownImport { module: "env".to_owned(), name: "time".to_owned() });
    assert!(matches!(refused(b"\0asm\x01\0\0\0garbage"), Error::Invalid(_)));
}

#[test]
fn a_guest_call_of_another_type_is_told() {
    let wasm = wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "__guest_call")))"#);
    assert_eq!(call(&wasm.unwrap(), b"").answer, Err(Error::MissingExport("__guest_call")));
}

#[test]
fn the_protocol_version_is_checked() {
    let answers = |version: &str| {
        let body = format!(
            r"(i32.store8 (i32.const 200) (i32.const 34)) (i32.store16 (i32.const 201) (i32.const {}))
               (i32.store8 (i32.const 203) (i32.const 34)) (call $response (i32.const 200) (i32.const 4)) (i32.const 1)",
            u16::from_le_bytes(version.as_bytes().try_into().unwrap())
        );
        Engine::new().unwrap().load(&guest("", &body)).unwrap().check_protocol()
    };
    assert_eq!(answers("v1"), Ok(()));
    assert_eq!(answers("v2"), Err(Error::Protocol("\"v2\"".to_owned())));
}

/// Asks the host, and answers with its answer or its error.
fn asking(binding: &str, namespace: &str, operation: &str) -> Vec<u8> {
    let imports = format!(
        r#"(import "wapc" "__host_call" (func $ask (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
           (import "wapc" "__host_response_len" (func $len (result i32)))
           (import "wapc" "__host_response" (func $get (param i32)))
           (import "wapc" "__host_error_len" (func $error_len (result i32)))
           (import "wapc" "__host_error" (func $get_error (param i32)))
           (data (i32.const 100) "{binding}") (data (i32.const 200) "{namespace}") (data (i32.const 300) "{operation}")"#
    );
    let body = format!(
        "(if (i32.eq (i32.const 1) (call $ask (i32.const 100) (i32.const {}) (i32.const 200) (i32.const {}) (i32.const 300) (i32.const {}) (i32.const 8) (i32.const 8)))
            (then (call $response (i32.const 500) (call $len (call $get (i32.const 500)))))
            (else (call $error (i32.const 500) (call $error_len (call $get_error (i32.const 500)))) (return (i32.const 0))))
         (i32.const 1)",
        binding.len(),
        namespace.len(),
        operation.len()
    );
    // The length must be asked for before the bytes are taken.
    let body =
        body.replace("(call $len (call $get (i32.const 500)))", "(call $len) (call $get (i32.const 500))").replace(
            "(call $error_len (call $get_error (i32.const 500)))",
            "(call $error_len) (call $get_error (i32.const 500))",
        );
    guest(&imports, &body)
}

#[test]
fn offline_questions_get_an_error() {
    let answer = call(&asking("kubewarden", "kubernetes", "can_i"), b"").answer;
    assert_eq!(answer, Err(Error::Guest("`kubernetes/can_i` is not available offline".to_owned())));
}

#[test]
fn logging_is_kept() {
    let outcome = call(&asking("kubewarden", "tracing", "log"), b"");
    assert_eq!((outcome.answer, outcome.log.as_str()), (Ok(Vec::new()), "it broke"));
}

#[derive(Debug)]
struct Echo;

impl HostCalls for Echo {
    fn answer(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        Ok(format!("{call:?}").into_bytes())
    }
}

#[test]
fn somebody_else_may_answer() {
    let policy = Engine::new().unwrap().load(&asking("b", "n", "o")).unwrap().with_host_calls(Arc::new(Echo));
    let answer = String::from_utf8(policy.call("validate", b"").answer.unwrap()).unwrap();
    assert_eq!(
        answer,
        r#"HostCall { binding: "b", namespace: "n", operation: "o", payload: [105, 116, 32, 98, 114, 111, 107, 101] }"#
    );
}

#[derive(Debug)]
struct Slow;

impl HostCalls for Slow {
    fn answer(&self, _: &HostCall<'_>) -> Result<Vec<u8>, String> {
        std::thread::sleep(Duration::from_millis(2600));
        Ok(b"at last".to_vec())
    }
}

#[test]
fn what_the_host_takes_is_not_the_guests_time() {
    let policy = Engine::new().unwrap().load(&asking("b", "n", "o")).unwrap().with_host_calls(Arc::new(Slow));
    assert_eq!(policy.call("validate", b"").answer, Ok(b"at last".to_vec()));
}

#[test]
fn questions_without_end_meet_the_deadline() {
    let imports = r#"(import "wapc" "__host_call" (func $ask (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))"#;
    let zeros = "(i32.const 0) ".repeat(8);
    let body = format!("(loop $again (drop (call $ask {zeros})) (br $again)) unreachable");
    assert_eq!(call(&guest(imports, &body), b"").answer, Err(Error::Deadline));
}

#[test]
fn the_built_in_policy_loads_as_it_was_compiled() {
    let (policy, note) = Engine::new().unwrap().built_in().unwrap();
    assert_eq!(note, None);
    assert_eq!(policy.check_protocol(), Ok(()));
    let outcome = policy.call("validate_settings", b"{}");
    let answer: serde_json::Value = serde_json::from_slice(&outcome.answer.unwrap()).unwrap();
    assert_eq!(answer["valid"], true);
}

#[test]
fn instances_share_nothing() {
    // Counts its calls in a global; the second call must see the first value again.
    let wasm = wat::parse_str(
        r#"(module (import "wapc" "__guest_response" (func $response (param i32 i32)))
            (memory (export "memory") 1) (global $calls (mut i32) (i32.const 48))
            (func (export "__guest_call") (param i32 i32) (result i32)
                (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                (i32.store8 (i32.const 0) (global.get $calls))
                (call $response (i32.const 0) (i32.const 1)) (i32.const 1)))"#,
    );
    let policy = Engine::new().unwrap().load(&wasm.unwrap()).unwrap();
    assert_eq!(policy.call("validate", b"").answer, Ok(b"1".to_vec()));
    assert_eq!(policy.call("validate", b"").answer, Ok(b"1".to_vec()));
}
