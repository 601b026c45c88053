;; Answers with an object of five million lists. Expected: accepted
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 256)
  (data (i32.const 0) "{\"accepted\":true,\"mutated_object\":[ ")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (local $at i32)
    (memory.copy (i32.const 64) (i32.const 0) (i32.const 36))
    (local.set $at (i32.const 100))
    (loop $again
      (i32.store (local.get $at) (i32.const 0x2c5d5b))
      (local.set $at (i32.add (local.get $at) (i32.const 3)))
      (br_if $again (i32.lt_u (local.get $at) (i32.const 15000100))))
    (i32.store (local.get $at) (i32.const 0x7d5d30))
    (call $response (i32.const 64) (i32.const 15000039))
    (i32.const 1)))
