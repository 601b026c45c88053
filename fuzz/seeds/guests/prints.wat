(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\04\00\00\00\14\00\00\00\ff\ff\ff\ff")
  (data (i32.const 16) "said")
  (func (export "__guest_call") (param i32 i32) (result i32)
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 64)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 2) (i32.const 64)))
    (i32.const 0)))
