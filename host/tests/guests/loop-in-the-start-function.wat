;; Loops in its start function. Expected: the policy was stopped after 2 seconds
(module
  (memory (export "memory") 1)
  (func $forever (loop $again (br $again)))
  (start $forever)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
