;; Has elements behind its table. Expected: the policy crashed: wasm trap: undefined element: out of bounds table access
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (func $it)
  (elem (i32.const 1) $it)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
