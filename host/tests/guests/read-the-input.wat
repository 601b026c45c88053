;; Reads from the standard input: there is none. Expected: accepted
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 32) "{\"accepted\":true}")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (i32.store (i32.const 4) (i32.const 100))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $response (i32.const 32) (i32.add (i32.const 17) (i32.load (i32.const 8))))
    (i32.const 1)))
