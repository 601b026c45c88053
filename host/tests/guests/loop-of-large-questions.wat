;; Asks questions of 1 MiB without end. Expected: the policy was stopped after 2 seconds
(module
  (import "wapc" "__host_call" (func $ask (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 16)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (loop $again
      (drop (call $ask (i32.const 0) (i32.const 0x100000) (i32.const 0) (i32.const 0x100000) (i32.const 0) (i32.const 0x100000) (i32.const 0) (i32.const 0x100000)))
      (br $again))
    unreachable))
