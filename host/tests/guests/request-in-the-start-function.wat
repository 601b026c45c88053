;; Fetches the request before it is called: it is there. Expected: accepted
(module
  (import "wapc" "__guest_request" (func $request (param i32 i32)))
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 1000) "{\"accepted\":true}")
  (func $early (call $request (i32.const 0) (i32.const 100)) (call $response (i32.const 1000) (i32.const 17)))
  (start $early)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
