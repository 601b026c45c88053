(module
  (import "wapc" "__guest_error" (func $error (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "__guest_call") (param i32 i32) (result i32)
    (drop (memory.grow (i32.const 2000)))
    (call $error (i32.const 65000) (i32.const 131072000))
    (i32.const 0)))
