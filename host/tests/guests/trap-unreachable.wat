;; Comes to a place that cannot be reached. Expected: the policy crashed: wasm trap: wasm `unreachable` instruction executed
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    unreachable))
