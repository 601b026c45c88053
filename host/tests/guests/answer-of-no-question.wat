;; Fetches the answer to a question that it never asked: it is empty. Expected: accepted
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (import "wapc" "__host_response_len" (func $len (result i32)))
  (import "wapc" "__host_response" (func $get (param i32)))
  (import "wapc" "__host_error_len" (func $error_len (result i32)))
  (import "wapc" "__host_error" (func $get_error (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"accepted\":true}")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call $get (i32.const 0))
    (call $get_error (i32.const 0))
    (call $response (i32.const 0) (i32.add (i32.add (i32.const 17) (call $len)) (call $error_len)))
    (i32.const 1)))
