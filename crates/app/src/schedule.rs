//! Periodic work. Each task runs on one node at a time, by a lease.

use std::time::Duration;

use store::leases;
use tokio_util::sync::CancellationToken;

use crate::media::remote;
use crate::queue::{self, CountActivity, Expire};
use crate::{App, Result, tokens};

const TICK: Duration = Duration::from_secs(30);
const EXPIRE_EVERY_MS: i64 = 10 * 60 * 1000;
/// Temporary files that an interrupted upload left are removed when they are this old.
const TEMPORARY_FILES: Duration = Duration::from_secs(60 * 60);

/// Runs until `stop`. Every process writes down who was here; of those that are `scheduler`s the one with the lease
/// expires things.
pub async fn run(app: App, scheduler: bool, stop: CancellationToken) {
    if scheduler {
        sweep(&app).await;
    }
    let mut expire_at = 0;
    loop {
        if let Err(error) = tick(&app, scheduler, &mut expire_at).await {
            tracing::warn!(%error, "periodic work failed; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Removes what a crash has left.
async fn sweep(app: &App) {
    if let Err(error) = app.files.sweep_temporary(TEMPORARY_FILES).await {
        tracing::warn!(%error, "temporary media files could not be swept");
    }
    match remote::sweep(app).await {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, "files of other servers that nothing named are removed"),
        Err(error) => tracing::warn!(%error, "files of other servers could not be swept"),
    }
}

async fn tick(app: &App, scheduler: bool, expire_at: &mut i64) -> Result<()> {
    tokens::write_down_seen(app).await?;
    if !scheduler || app.now_ms() < *expire_at {
        return Ok(());
    }
    *expire_at = app.now_ms() + EXPIRE_EVERY_MS;
    let node = app.options.node.clone();
    app.write(move |tx| async move {
        if leases::take(&tx, "expire", &node, EXPIRE_EVERY_MS / 2).await? {
            queue::enqueue(&tx, &Expire {}).await?;
            queue::enqueue(&tx, &CountActivity {}).await?;
        }
        Ok(())
    })
    .await?;
    store::migrate::keep_id_floor(&app.db).await?;
    Ok(())
}
