;; Imports what Kubewarden does not offer. Expected: the policy imports `wapc.__guest_everything`, which Kubewarden does not offer
(module
  (import "wapc" "__guest_everything" (func))
  (memory (export "memory") 1)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
