;; Asks for more memory without end, and gets none. Expected: the policy wanted more than 256 MiB of memory
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (loop $again (drop (memory.grow (i32.const 65535))) (br $again))
    unreachable))
