;; Logs a mebibyte without end. Expected: the policy was stopped after 2 seconds
(module
  (import "wapc" "__console_log" (func $log (param i32 i32)))
  (memory (export "memory") 16)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (loop $again (call $log (i32.const 0) (i32.const 0x100000)) (br $again))
    unreachable))
