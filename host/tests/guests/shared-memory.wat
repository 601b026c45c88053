;; Waits for ever at a memory that it shares with nobody. Expected: this WebAssembly module cannot be compiled: failed to parse WebAssembly module: threads must be enabled for shared memories (at offset 0x18)
(module
  (memory (export "memory") 1 1 shared)
  (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    unreachable))
