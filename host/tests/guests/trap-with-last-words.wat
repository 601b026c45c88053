;; Says why, and traps. Expected: the policy crashed: wasm trap: wasm `unreachable` instruction executed; it said: it \u{fffd}\u{1b}[
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 32) "it \ff\1b[")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (i32.store (i32.const 16) (i32.const 32))
    (i32.store (i32.const 20) (i32.const 6))
    (drop (call $write (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 64)))
    unreachable))
