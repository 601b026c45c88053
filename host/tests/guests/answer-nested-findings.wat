;; Answers with findings that are nested a hundred thousand deep: they are no findings. Expected: accepted
(module
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "{\"accepted\":true,\"audit_annotations\":{\"findings\":    \"")
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (memory.fill (i32.const 54) (i32.const 91) (i32.const 100000))
    (i32.store (i32.const 100054) (i32.const 0x7d7d22))
    (call $response (i32.const 0) (i32.const 100057))
    (i32.const 1)))
