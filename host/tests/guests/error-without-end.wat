;; Complains with 100 MiB that are no UTF-8: the beginning is kept. Expected: the policy failed: \u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}… (196627 bytes)
(module
  (import "wapc" "__guest_error" (func $error (param i32 i32)))
  (memory (export "memory") 1600)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (memory.fill (i32.const 0) (i32.const 255) (i32.const 0x6400000))
    (call $error (i32.const 0) (i32.const 0x6400000))
    (i32.const 0)))
