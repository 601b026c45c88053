(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") i64 1)
  (func (export "__guest_call") (param i32 i32) (result i32)
    (call $response (i32.const 0) (i32.const 8))
    (i32.const 1)))
