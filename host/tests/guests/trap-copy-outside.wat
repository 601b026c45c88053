;; Copies more than its memory. Expected: the policy crashed: wasm trap: out of bounds memory access
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (memory.copy (i32.const 0) (i32.const 1) (i32.const 65536))
    (i32.const 1)))
