;; Answers, complains, and returns badly. Expected: the policy failed: accepted
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (import "wapc" "__guest_error" (func $error (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"accepted\":true}")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call $response (i32.const 0) (i32.const 17))
    (call $error (i32.const 2) (i32.const 8))
    (i32.const 0)))
