;; Imports a function with another type. Expected: this WebAssembly module cannot be compiled: incompatible import type for `wapc::__host_call`: types incompatible: expected type `(func (param i64))`, found type `(func (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32))`
(module
  (import "wapc" "__host_call" (func (param i64)))
  (memory (export "memory") 1)
  (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1)))
