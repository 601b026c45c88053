//! Several ways to the same thing: each starts when the one before it failed or is slow, and the first success counts.

use std::time::Duration;
use tokio::task::JoinSet;

/// A way that did not end by then is overtaken by the next.
const STAGGER: Duration = Duration::from_millis(250);

/// The first success, else every error in the order of the ways. Nothing goes on when the caller stops waiting.
pub(crate) async fn first<T, E, F>(ways: impl IntoIterator<Item = F>) -> Result<T, Vec<E>>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    let mut rest = ways.into_iter().enumerate().peekable();
    let mut running = JoinSet::new();
    let mut errors = Vec::new();
    loop {
        if let Some((at, way)) = rest.next() {
            running.spawn(async move { (at, way.await) });
        }
        let more = rest.peek().is_some();
        tokio::select! {
            ended = running.join_next() => match ended {
                Some(Ok((_, Ok(value)))) => return Ok(value),
                Some(Ok((at, Err(error)))) => errors.push((at, error)),
                // A task that was cancelled: the runtime ends.
                Some(Err(_)) => {}
                None => break,
            },
            () = tokio::time::sleep(STAGGER), if more => {}
        }
    }
    errors.sort_by_key(|(at, _)| *at);
    Err(errors.into_iter().map(|(_, error)| error).collect())
}
