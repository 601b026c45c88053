;; Has a memory with addresses of 64 bits. Expected: the policy returned without an answer
(module
  (memory (export "memory") i64 1)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
