;; Opens the folder above. Expected: accepted
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 32) "{\"accepted\":true}")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (i32.store8 (i32.const 0) (i32.const 47))
    (if (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 100))) (then unreachable))
    (call $response (i32.const 32) (i32.const 17))
    (i32.const 1)))
