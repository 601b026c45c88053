;; Answers with a list. Expected: the policy's answer cannot be read: invalid length 1, expected struct Response with 5 elements at line 1 column 6
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "[true]")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call $response (i32.const 0) (i32.const 6))
    (i32.const 1)))
