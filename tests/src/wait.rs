//! The one place that waits: asks again and again, a little less often each time, until a condition
//! holds or its limit has passed. No test sleeps otherwise.

use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Long enough for anything a healthy server does on a busy machine with two cores.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Returns what `condition` finds as soon as it finds something.
///
/// Panics, naming `what`, when it has found nothing within `limit`.
pub async fn until<T>(what: &str, limit: Duration, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(start.elapsed() < limit, "waited {limit:?} in vain until {what}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Awaits `future`; panics, naming `what`, when that takes longer than `limit`.
pub async fn within<T>(what: &str, limit: Duration, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(limit, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {limit:?} in vain until {what}"),
    }
}
