//! Small policies of somebody else, written for the tests in the text form of WebAssembly.

/// What a policy answers to `validate`.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// This JSON.
    Json(&'a str),
    /// Whatever these instructions do; behind them comes an answer that accepts.
    Does(&'a str),
}

/// A Kubewarden policy. The three operations have names of different lengths, by which it tells them apart.
pub fn policy(answer: Answer<'_>) -> Vec<u8> {
    let (json, does) = match answer {
        Answer::Json(json) => (json, ""),
        Answer::Does(does) => (r#"{"accepted":true}"#, does),
    };
    let text = format!(
        r#"(module
          (import "wapc" "__guest_request" (func $request (param i32 i32)))
          (import "wapc" "__guest_response" (func $response (param i32 i32)))
          (memory (export "memory") 2)
          (data (i32.const 0) "\"v1\"")
          (data (i32.const 16) "{{\"valid\":true}}")
          (data (i32.const 64) {json:?})
          (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
            (if (i32.eq (local.get $operation) (i32.const {protocol}))
              (then (call $response (i32.const 0) (i32.const 4)) (return (i32.const 1))))
            (if (i32.eq (local.get $operation) (i32.const {settings}))
              (then (call $response (i32.const 16) (i32.const 14)) (return (i32.const 1))))
            {does}
            (call $response (i32.const 64) (i32.const {length}))
            (i32.const 1)))"#,
        protocol = "protocol_version".len(),
        settings = "validate_settings".len(),
        length = json.len(),
    );
    wat::parse_str(text).expect("a module")
}
