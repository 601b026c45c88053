;; Lets operation and payload be written into one place: the payload stays. Expected: accepted
(module
  (import "wapc" "__guest_request" (func $request (param i32 i32)))
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call $request (i32.const 0) (i32.const 0))
    (call $response (i32.const 0) (local.get $payload))
    (i32.const 1)))
