;; Reads behind its memory. Expected: the policy crashed: wasm trap: out of bounds memory access
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (i32.load (i32.const -1))))
