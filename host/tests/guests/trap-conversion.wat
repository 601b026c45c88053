;; Makes a number of what is none. Expected: the policy crashed: wasm trap: invalid conversion to integer
(module
  (memory (export "memory") 1)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (i32.trunc_f32_s (f32.const nan))))
