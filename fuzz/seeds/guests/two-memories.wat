(module
  (memory (export "memory") 1)
  (memory $other 1)
  (table 10 funcref)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
