;; Grows its table until it gets no more, and aborts. Expected: the policy wanted more than 256 MiB of memory
(module
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (loop $again (br_if $again (i32.ne (table.grow $t (ref.null func) (i32.const 4096)) (i32.const -1))))
    unreachable))
