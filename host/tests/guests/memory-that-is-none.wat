;; Exports a memory that is a function. Expected: the policy does not export `memory` as waPC asks for it
(module
  (func (export "memory"))
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
