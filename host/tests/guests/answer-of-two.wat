;; Answers with two values. Expected: the policy's answer cannot be read: trailing characters at line 1 column 18
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"accepted\":true}{\"accepted\":false}")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call $response (i32.const 0) (i32.const 35))
    (i32.const 1)))
