;; Ends itself in `wapc_init`. Expected: the policy ended itself with exit code 101 and gave no answer
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "wapc_init") (call $exit (i32.const 101)))
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
