;; Answers before it is asked, and is silent then. Expected: accepted
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"accepted\":true}")
  (func $early (call $response (i32.const 0) (i32.const 17)))
  (start $early)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
