;; Returns well and never answers. Expected: the policy returned without an answer
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (i32.const 1)))
