//! Jobs: what follows from a write and may take its time.
//!
//! A job is enqueued in the transaction that causes it, runs at least once, and its body may run
//! twice without harm. To add one: its payload in [`queue`], its file here, its line in [`kinds`].

mod apply_domain_rule;
mod ask_for_activity;
mod authorize_all;
mod build_search_index;
mod clear_notifications;
mod close_poll;
mod count_activity;
mod distribute;
mod end_mute;
mod expire;
mod fan_out;
mod fetch_counters;
mod fetch_featured;
mod fetch_mention;
mod fetch_replies;
mod fetch_software;
mod fetch_thread;
mod index_account;
mod index_status;
mod job;
mod kinds;
mod leave_host;
mod look_at_media;
mod mail_link;
mod notify;
mod notify_edit;
mod notify_followers;
mod post_scheduled;
mod process_media;
mod push_notification;
mod rebuild_feed;
mod receive_activity;
mod refresh_account;
mod refresh_accounts;
mod refresh_poll;
mod remove_account;
mod remove_reblogs;
mod remove_status;
mod resolve_mentions;
mod runner;
mod send_mail;

use store::jobs::{self, Lane};
use store::{DeliveryId, deliveries};

pub use job::Job;
pub use runner::{Workers, drain, run_due};

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
