;; Calls itself through a table. Expected: the policy crashed: wasm trap: call stack exhausted
(module
  (memory (export "memory") 1)
  (type $none (func))
  (table funcref (elem $deeper))
  (func $deeper (type $none) (call_indirect (type $none) (i32.const 0)))
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call_indirect (type $none) (i32.const 0))
    unreachable))
