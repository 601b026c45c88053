;; Answers with what is no UTF-8. Expected: the policy's answer cannot be read: invalid unicode code point at line 1 column 30
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"accepted\":false,\"message\":\"\ff\fe\"}")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call $response (i32.const 0) (i32.const 33))
    (i32.const 1)))
