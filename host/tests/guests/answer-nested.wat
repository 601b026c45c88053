;; Answers with a list in a list in a list, a hundred thousand deep. Expected: the policy's answer cannot be read: recursion limit exceeded at line 1 column 161
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "{\"accepted\":true,\"mutated_object\":")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (memory.fill (i32.const 34) (i32.const 91) (i32.const 100000))
    (call $response (i32.const 0) (i32.const 100034))
    (i32.const 1)))
