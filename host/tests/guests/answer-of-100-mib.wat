;; Answers with 100 MiB. Expected: the policy's answer cannot be read: it is larger than 16 MiB
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1600)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call $response (i32.const 0) (i32.const 0x6400000))
    (i32.const 1)))
