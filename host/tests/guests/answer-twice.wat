;; Answers twice: the last answer counts. Expected: accepted
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"accepted\":false}")
  (data (i32.const 32) "{\"accepted\":true}")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call $response (i32.const 0) (i32.const 18))
    (call $response (i32.const 32) (i32.const 17))
    (i32.const 1)))
