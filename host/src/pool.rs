//! Work on all processors, results in order, memory bounded.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::task::{JoinError, spawn_blocking};

/// Items that a thread takes at once: handing over costs as much as a small file does.
const BATCH: usize = 16;

/// Does `work` with each item on the threads for blocking work, and hands the results to `each` in the order of the items.
/// Only a few batches of items are under way or waiting for their turn at any time. Ends early when `each` says so.
pub async fn in_order<I, T, W>(items: I, work: W, mut each: impl FnMut(T) -> ControlFlow<()>) -> Result<(), JoinError>
where
    I: Iterator,
    I::Item: Send + 'static,
    T: Send + 'static,
    W: Fn(I::Item) -> T + Send + Sync + 'static,
{
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    // Twice as many: while one result waits for its turn, its thread has something else to do.
    let most = workers * 2;
    let work = Arc::new(work);
    let mut under_way = VecDeque::with_capacity(most);
    let mut items = items.fuse();
    loop {
        while under_way.len() < most {
            let batch: Vec<I::Item> = items.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let work = Arc::clone(&work);
            under_way.push_back(spawn_blocking(move || batch.into_iter().map(|item| work(item)).collect::<Vec<T>>()));
        }
        let Some(first) = under_way.pop_front() else { return Ok(()) };
        if first.await?.into_iter().try_for_each(&mut each).is_break() {
            return Ok(());
        }
    }
}
