;; Exports a call that is a number. Expected: the policy does not export `__guest_call` as waPC asks for it
(module
  (memory (export "memory") 1)
  (global (export "__guest_call") i32 (i32.const 1)))
