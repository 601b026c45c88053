;; Loops while it is called. Expected: the policy was stopped after 2 seconds
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (loop $again (br $again))
    unreachable))
