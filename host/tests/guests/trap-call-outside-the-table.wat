;; Calls a place that no table has. Expected: the policy crashed: wasm trap: undefined element: out of bounds table access
(module
  (memory (export "memory") 1)
  (type $one (func (result i32)))
  (table 1 funcref)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call_indirect (type $one) (i32.const -1))))
