;; Complains with no words. Expected: the policy failed:
(module
  (import "wapc" "__guest_error" (func $error (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call $error (i32.const 0) (i32.const 0))
    (i32.const 0)))
