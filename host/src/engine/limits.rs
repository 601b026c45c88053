//! What a guest may use: time and memory. A policy is somebody's code, and a loop in it must not hang a pipeline.

pub(crate) use waitwarden_review::failure::{ANSWER_BYTES, DEADLINE_SECONDS, MEMORY_BYTES};

use super::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use wasmtime::{Engine, ResourceLimiter};

/// How often the time is looked at.
const TICK_MILLISECONDS: u64 = 50;

/// The deadline in ticks. One more, since the first tick may come at once.
pub(crate) const DEADLINE_TICKS: u64 = DEADLINE_SECONDS * 1000 / TICK_MILLISECONDS + 1;

/// The largest question that is answered; they are short.
pub(crate) const QUESTION_BYTES: u32 = 1 << 20;

/// How long all questions of one evaluation may take the host: longer than a registry that hardly answers.
const HOST_TIME: Duration = Duration::from_mins(2);

/// What of each answer is the guest's own time all the same: who asks without end is not waiting.
const QUICK: Duration = Duration::from_millis(5);

/// The time of one evaluation. What a guest waits for its host is not its own: somebody else may be reading all manifests.
#[derive(Debug)]
pub(crate) struct Time {
    end: Instant,
    /// What is left of [`HOST_TIME`].
    spare: Duration,
}

impl Time {
    pub(crate) fn start() -> Self {
        Self { end: Instant::now() + Duration::from_secs(DEADLINE_SECONDS), spare: HOST_TIME }
    }

    /// Adds what the host took since `asked`; how many ticks the guest has left, of [`DEADLINE_TICKS`].
    pub(crate) fn give_back(&mut self, asked: Instant) -> u64 {
        let now = Instant::now();
        let granted = self.granted(now.saturating_duration_since(asked));
        self.end += granted;
        let left = self.end.saturating_duration_since(now).as_millis();
        u64::try_from(left).unwrap_or(DEADLINE_TICKS).div_ceil(TICK_MILLISECONDS).saturating_add(1).min(DEADLINE_TICKS)
    }

    /// How much of what the host took is given back.
    fn granted(&mut self, took: Duration) -> Duration {
        let granted = took.saturating_sub(QUICK).min(self.spare);
        self.spare = self.spare.saturating_sub(granted);
        granted
    }
}

/// A guest's table elements; a large Go program has some ten thousand functions.
pub(crate) const TABLE_ELEMENTS: usize = 1 << 18;

/// A guest's tables.
pub(crate) const TABLES: u32 = 4;

/// Remembers whether memory was refused: the guest then aborts in its own way, and the reason is lost otherwise.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub(crate) memory_refused: bool,
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let fits = desired <= MEMORY_BYTES;
        self.memory_refused |= !fits;
        Ok(fits)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let fits = desired <= TABLE_ELEMENTS;
        self.memory_refused |= !fits;
        Ok(fits)
    }

    fn instances(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        TABLES as usize
    }
}

/// The thread that moves an engine's clock on, for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Ticker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(crate) fn start(engine: &Engine) -> Result<Self, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, engine) = (Arc::clone(&stop), engine.weak());
        let thread = thread::Builder::new()
            .name("epochs".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    thread::park_timeout(Duration::from_millis(TICK_MILLISECONDS));
                    let Some(engine) = engine.upgrade() else { return };
                    engine.increment_epoch();
                }
            })
            .map_err(|error| Error::Engine(error.to_string()))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // The thread cannot panic, and there is nobody to tell.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_does_not_wait_for_its_host_for_ever() {
        let mut time = Time::start();
        let granted = [90_005, 5, 90_000, 1_000].map(|millis| time.granted(Duration::from_millis(millis)).as_millis());
        assert_eq!(granted, [90_000, 0, 30_000, 0]);
    }

    #[test]
    fn who_has_no_time_left_has_one_tick() {
        let mut time = Time::start();
        time.spare = Duration::ZERO;
        time.end = Instant::now();
        assert_eq!(time.give_back(Instant::now()), 1);
    }
}
