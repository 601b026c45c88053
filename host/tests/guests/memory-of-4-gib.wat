;; Begins with a memory of 4 GiB. Expected: the policy wanted more than 256 MiB of memory
(module
  (memory (export "memory") 65535)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
