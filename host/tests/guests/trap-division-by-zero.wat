;; Divides by zero. Expected: the policy crashed: wasm trap: integer divide by zero
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (i32.div_u (i32.const 1) (i32.const 0))))
