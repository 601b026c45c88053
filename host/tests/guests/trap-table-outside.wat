;; Looks behind its table. Expected: the policy crashed: wasm trap: undefined element: out of bounds table access
(module
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (drop (table.get $t (i32.const 1)))
    (i32.const 1)))
