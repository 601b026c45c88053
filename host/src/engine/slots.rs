//! The memory that is set aside for instances, and who waits for a place in it.

use super::limits::{MEMORY_BYTES, TABLE_ELEMENTS, TABLES};
use std::sync::{Condvar, Mutex, PoisonError};
use wasmtime::{Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

/// What an instance touched is cleaned and stays resident up to here, where Linux can tell what was touched (6.7).
const KEPT_BYTES: usize = 4 << 20;

/// What the tables of a module that was compiled here may say of itself; Go programs have some hundred kilobytes.
const INSTANCE_BYTES: usize = 8 << 20;

/// How many instances there may be at once. Who asks for one more waits.
#[derive(Debug)]
pub(crate) struct Slots {
    free: Mutex<usize>,
    freed: Condvar,
    count: u32,
}

/// The right to one instance.
#[derive(Debug)]
pub(crate) struct Slot<'s>(&'s Slots);

impl Default for Slots {
    /// Twice as many as there are processors.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let count = u32::try_from(processors * 2).unwrap_or(2).clamp(2, 64);
        Self { free: Mutex::new(count as usize), freed: Condvar::new(), count }
    }
}

impl Slots {
    /// Room for that many instances.
    pub(crate) fn allocation(&self) -> InstanceAllocationStrategy {
        let mut pooling = PoolingAllocationConfig::new();
        pooling
            .total_core_instances(self.count)
            .total_memories(self.count)
            .total_tables(self.count * TABLES)
            .max_tables_per_module(TABLES)
            .table_elements(TABLE_ELEMENTS)
            .max_core_instance_size(INSTANCE_BYTES)
            .max_memory_size(MEMORY_BYTES)
            .max_unused_warm_slots(self.count);
        if PoolingAllocationConfig::is_pagemap_scan_available() {
            pooling.pagemap_scan(Enabled::Auto).linear_memory_keep_resident(KEPT_BYTES).table_keep_resident(KEPT_BYTES);
        }
        InstanceAllocationStrategy::Pooling(pooling)
    }

    /// Waits until there is room.
    pub(crate) fn take(&self) -> Slot<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Slot(self)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
