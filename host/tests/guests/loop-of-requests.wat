;; Asks for the request without end. Expected: the policy was stopped after 2 seconds
(module
  (import "wapc" "__guest_request" (func $request (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (loop $again (call $request (i32.const 0) (i32.const 100)) (br $again))
    unreachable))
