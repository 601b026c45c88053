;; Calls itself in `wapc_init`. Expected: the policy crashed: wasm trap: call stack exhausted
(module
  (memory (export "memory") 1)
  (func $deeper (export "wapc_init") (call $deeper))
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
