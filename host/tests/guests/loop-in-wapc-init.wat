;; Loops in `wapc_init`. Expected: the policy was stopped after 2 seconds
(module
  (memory (export "memory") 1)
  (func (export "wapc_init") (loop $again (br $again)))
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
