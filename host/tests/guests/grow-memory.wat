;; Grows its memory until it gets none, and aborts. Expected: the policy wanted more than 256 MiB of memory
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    unreachable))
