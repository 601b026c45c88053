;; Loops in `_initialize`. Expected: the policy was stopped after 2 seconds
(module
  (memory (export "memory") 1)
  (func (export "_initialize") (loop $again (br $again)))
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
