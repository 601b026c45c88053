//! A sign of life on standard error, for runs that take long and that somebody watches.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

/// Who waits for less does not wonder.
const PATIENCE: Duration = Duration::from_secs(1);

/// The files that are done. It costs nothing where nobody watches.
pub(super) struct Progress {
    began: Option<Instant>,
    files: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let watched = !quiet && io::stderr().is_terminal();
        Self { began: watched.then(Instant::now), files: 0, bar: None }
    }

    /// One more file is done; `print` shows what came of it.
    pub(super) fn file<T>(&mut self, print: impl FnOnce() -> T) -> T {
        self.files += 1;
        match (&self.bar, self.began) {
            (Some(bar), _) => {
                bar.set_position(self.files);
                return bar.suspend(print);
            }
            (None, Some(began)) if began.elapsed() >= PATIENCE => {
                let bar = ProgressBar::no_length().with_position(self.files).with_elapsed(began.elapsed());
                if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} files checked, {elapsed}") {
                    bar.set_style(style);
                }
                bar.enable_steady_tick(Duration::from_millis(100));
                self.bar = Some(bar);
            }
            _ => {}
        }
        print()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
