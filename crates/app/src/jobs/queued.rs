//! What stands in the queue: counted, shown, and begun again.

use store::jobs::{self, Lane};
use store::{DeliveryId, deliveries};

use crate::federation::engine;
use crate::measure::label;
use crate::{App, Result};

/// Sets the gauges of queued jobs by lane and of dead letters.
pub async fn measure(app: &App) {
    let Ok((lanes, dead)) = counts(app).await else { return };
    for (lane, queued) in lanes {
        metrics::gauge!("ferrodon_jobs_queued", "lane" => label(lane)).set(queued as f64);
    }
    metrics::gauge!("ferrodon_jobs_dead").set(dead as f64);
    metrics::gauge!("ferrodon_cache_bytes").set(app.cards.bytes() as f64);
    engine::measure(app).await;
}

/// Makes jobs that a dead process held due again, at the start of the only process there can be: that
/// of an SQLite database, whose data directory is locked. With PostgreSQL their leases must run out.
pub async fn recover(app: &App) -> Result<()> {
    if app.db.engine() == store::dialect::Engine::Sqlite {
        let recovered = app.write(|tx| async move { Ok(jobs::give_back_all(&tx).await?) }).await?;
        engine::recover(app).await?;
        if recovered > 0 {
            tracing::info!(recovered, "jobs of the last run begin anew");
        }
    }
    Ok(())
}

/// Queued jobs by lane, and dead letters.
pub async fn counts(app: &App) -> Result<(Vec<(&'static str, i64)>, i64)> {
    app.read(|r| async move {
        let counted = jobs::counts(&r).await?;
        let queued = |lane: Lane| counted.iter().find(|count| count.lane == lane as i64).map_or(0, |count| count.queued);
        Ok((Lane::ALL.map(|lane| (lane.name(), queued(lane))).to_vec(), jobs::count_dead(&r).await?))
    })
    .await
}

/// Dead letters shown at once.
const DEAD_SHOWN: i64 = 200;

/// The newest dead letters.
pub async fn dead(app: &App) -> Result<Vec<jobs::Dead>> {
    app.read(|r| async move { Ok(jobs::list_dead(&r, DEAD_SHOWN).await?) }).await
}

/// The newest deliveries among the dead letters.
pub async fn dead_deliveries(app: &App) -> Result<Vec<deliveries::Shown>> {
    app.read(|r| async move { Ok(deliveries::list_dead(&r, DEAD_SHOWN).await?) }).await
}

/// A delivery, whether it waits or is a dead letter.
pub async fn delivery(app: &App, id: i64) -> Result<Option<deliveries::Shown>> {
    app.read(move |r| async move { Ok(deliveries::find(&r, DeliveryId(id)).await?) }).await
}

/// Hosts shown at once.
const HOSTS_SHOWN: i64 = 1_000;

/// Hosts for which something waits, or that do not answer.
pub async fn hosts(app: &App) -> Result<Vec<store::hosts::Waiting>> {
    app.read(|r| async move { Ok(store::hosts::list_waiting(&r, HOSTS_SHOWN).await?) }).await
}

/// Queues one dead letter again, a job or a delivery, or all. Returns how many.
pub async fn revive(app: &App, id: Option<i64>) -> Result<u64> {
    app.write(move |tx| async move {
        let revived = jobs::revive(&tx, id.map(store::JobId)).await? + deliveries::revive(&tx, id.map(DeliveryId)).await?;
        store::audit_log::record(&tx, store::audit_log::Origin::Cli, "jobs.retry", &id.map_or("all".to_owned(), |id| id.to_string()), "{}").await?;
        Ok(revived)
    })
    .await
}
