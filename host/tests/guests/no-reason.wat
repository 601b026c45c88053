;; Returns badly and gives no reason. Expected: the policy failed: it gives no reason
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (i32.const 0)))
