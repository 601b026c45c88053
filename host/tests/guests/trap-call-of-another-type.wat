;; Calls a function of another type. Expected: the policy crashed: wasm trap: indirect call type mismatch
(module
  (memory (export "memory") 1)
  (type $one (func (result i32)))
  (table funcref (elem $none))
  (func $none)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (call_indirect (type $one) (i32.const 0))))
