;; Traps in its start function. Expected: the policy crashed: wasm trap: wasm `unreachable` instruction executed
(module
  (memory (export "memory") 1)
  (func $it unreachable)
  (start $it)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
