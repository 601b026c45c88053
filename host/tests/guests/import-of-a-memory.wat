;; Imports a memory. Expected: the policy imports `env.memory`, which Kubewarden does not offer
(module
  (memory (export "memory") (import "env" "memory") 1)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
