;; Exports a `wapc_init` that wants something. Expected: the policy does not export `wapc_init` as waPC asks for it
(module
  (memory (export "memory") 1)
  (func (export "wapc_init") (param i32))
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
