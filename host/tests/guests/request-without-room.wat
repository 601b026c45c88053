;; Makes no room for the payload. Expected: the policy passed memory that it does not have to `__guest_request`: 17 bytes at address 65535
(module
  (import "wapc" "__guest_request" (func $request (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call $request (i32.const 0) (i32.const 65535))
    (i32.const 1)))
