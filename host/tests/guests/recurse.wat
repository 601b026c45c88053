;; Calls itself. Expected: the policy crashed: wasm trap: call stack exhausted
(module
  (memory (export "memory") 1)
  (func $deeper (param i64) (call $deeper (i64.add (local.get 0) (i64.const 1))))
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call $deeper (i64.const 0))
    unreachable))
