;; Asks for random numbers without end. Expected: the policy was stopped after 2 seconds
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (loop $again (drop (call $random (i32.const 0) (i32.const 65536))) (br $again))
    unreachable))
