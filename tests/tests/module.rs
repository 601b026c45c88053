//! The module as Kubewarden takes it: its size, what it imports, what it exports; and that the CLI holds the same one.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use std::fs;
use waitwarden::engine::POLICY_WASM;
use waitwarden_tests::{root, verdict};
use wasmtime::{Engine, Module};

/// The budget of design: 300 KiB.
const LARGEST: usize = 300 * 1024;

fn module() -> Vec<u8> {
    fs::read(root().join("policy.wasm")).expect("policy.wasm at the top level: run `make policy.wasm`")
}

#[test]
fn it_is_small() {
    let bytes = module().len();
    assert!(bytes <= LARGEST, "policy.wasm has {bytes} bytes, and {LARGEST} is the limit");
}

#[test]
fn the_command_line_holds_the_same_bytes() {
    assert!(
        module() == POLICY_WASM,
        "policy.wasm and the module inside the command line differ: `make test` builds the one with the other"
    );
}

#[test]
fn it_imports_wapc_and_what_the_standard_library_needs() {
    let module = Module::new(&Engine::default(), module()).expect("a module");
    let mut imports: Vec<String> =
        module.imports().map(|import| format!("{} {}", import.module(), import.name())).collect();
    imports.sort();
    assert_eq!(
        imports,
        [
            "wapc __guest_error",
            "wapc __guest_request",
            "wapc __guest_response",
            "wapc __host_call",
            "wapc __host_error",
            "wapc __host_error_len",
            "wapc __host_response",
            "wapc __host_response_len",
            "wasi_snapshot_preview1 environ_get",
            "wasi_snapshot_preview1 environ_sizes_get",
            "wasi_snapshot_preview1 fd_write",
            "wasi_snapshot_preview1 proc_exit",
            "wasi_snapshot_preview1 random_get",
        ]
    );
    let mut exports: Vec<String> = module.exports().map(|export| export.name().to_owned()).collect();
    exports.sort();
    assert_eq!(exports, ["__guest_call", "memory", "wapc_init"]);
}

#[test]
fn it_speaks_version_one() {
    let policy = verdict::policy().expect("the policy");
    assert_eq!(verdict::call(&policy, "protocol_version", &Value::Null), Ok(json!("v1")));
}

#[test]
fn what_is_no_request_is_refused_with_422() {
    let policy = verdict::policy().expect("the policy");
    let ask = |payload: &[u8]| {
        let answer = policy.call("validate", payload).answer.expect("an answer");
        serde_json::from_slice::<Value>(&answer).expect("JSON")
    };
    let refused = |message: &str| json!({ "accepted": false, "message": message, "code": 422 });
    assert_eq!(ask(b"{"), refused("waitwarden: the request is not JSON"));
    assert_eq!(ask(b"\xff"), refused("waitwarden: the request is not JSON"));
    assert_eq!(
        ask(br#"{"request":{},"settings":{"mode":7}}"#),
        refused("waitwarden: the settings are not valid:\n- mode: 7 is not possible; expected one of mutate, validate")
    );
    for nothing in [&b"null"[..], b"{}", b"[]", b"7", br#"{"request":[],"settings":null}"#] {
        assert_eq!(ask(nothing), json!({ "accepted": true }));
    }
}
