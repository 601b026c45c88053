//! A policy that says the same of everything.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail")]

/// A module that answers every `validate` with this text.
pub(crate) fn answering(answer: &str) -> Vec<u8> {
    // `protocol_version` has 16 letters, `validate_settings` 17, `validate` 8.
    let text = format!(
        r#"(module
            (import "wapc" "__guest_response" (func $response (param i32 i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\"v1\"") (data (i32.const 16) "{{\"valid\":true}}") (data (i32.const 64) "{}")
            (func (export "__guest_call") (param $op i32) (param i32) (result i32)
                (if (i32.eq (local.get $op) (i32.const 16)) (then (call $response (i32.const 0) (i32.const 4)))
                (else (if (i32.eq (local.get $op) (i32.const 17)) (then (call $response (i32.const 16) (i32.const 14)))
                (else (call $response (i32.const 64) (i32.const {}))))))
                (i32.const 1)))"#,
        answer.replace('"', "\\\""),
        answer.len()
    );
    wat::parse_str(text).unwrap()
}
