;; Writes behind its memory. Expected: the policy crashed: wasm trap: out of bounds memory access
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (i64.store (i32.const 65535) (i64.const 0))
    (i32.const 1)))
