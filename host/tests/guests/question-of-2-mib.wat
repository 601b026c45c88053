;; Asks with 2 MiB. Expected: the policy failed: the question is larger than 1 MiB
(module
  (import "wapc" "__guest_error" (func $error (param i32 i32)))
  (import "wapc" "__host_call" (func $ask (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wapc" "__host_error_len" (func $error_len (result i32)))
  (import "wapc" "__host_error" (func $get_error (param i32)))
  (memory (export "memory") 32)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (local $length i32)
    (if (call $ask (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0x200000)) (then unreachable))
    (local.set $length (call $error_len))
    (call $get_error (i32.const 500))
    (call $error (i32.const 500) (local.get $length))
    (i32.const 0)))
