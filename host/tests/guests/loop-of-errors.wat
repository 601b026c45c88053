;; Complains without end. Expected: the policy was stopped after 2 seconds
(module
  (import "wapc" "__guest_error" (func $error (param i32 i32)))
  (memory (export "memory") 256)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (loop $again (call $error (i32.const 0) (i32.const 0x1000000)) (br $again))
    unreachable))
