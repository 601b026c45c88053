;; Exports a call with another type. Expected: the policy does not export `__guest_call` as waPC asks for it
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param i64) (result i32) (i32.const 1)))
