;; Has data behind its memory. Expected: the policy crashed: wasm trap: out of bounds memory access
(module
  (memory (export "memory") 1)
  (data (i32.const 65535) "ab")
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
