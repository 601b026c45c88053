;; Begins with a table of four thousand million functions. Expected: this WebAssembly module cannot be compiled: module table does not fit in pooling allocator requirements: table index 0 has a minimum element size of 4294967295 which exceeds the limit of 262144
(module
  (memory (export "memory") 1)
  (table 4294967295 funcref)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
