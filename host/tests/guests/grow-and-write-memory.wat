;; Grows its memory, writes all of it, and aborts. Expected: the policy wanted more than 256 MiB of memory
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (local $end i32)
    (loop $again
      (local.set $end (i32.mul (memory.size) (i32.const 65536)))
      (if (i32.eq (memory.grow (i32.const 256)) (i32.const -1)) (then unreachable))
      (memory.fill (local.get $end) (i32.const 7) (i32.const 0x1000000))
      (br $again))
    unreachable))
