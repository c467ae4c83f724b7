//! Jobs: what follows from a write and may take its time.
//!
//! A job is enqueued in the transaction that causes it, runs at least once, and its body may run
//! twice without harm. To add one: its file here, its line in [`KINDS`].

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
pub(crate) mod fetch_software;
mod fetch_thread;
mod index_account;
mod index_status;
mod leave_host;
mod look_at_media;
mod mail_link;
pub(crate) mod notify;
mod notify_edit;
pub(crate) mod notify_followers;
mod post_scheduled;
mod process_media;
mod push_notification;
mod rebuild_feed;
mod receive_activity;
mod refresh_account;
mod refresh_accounts;
pub(crate) mod refresh_poll;
mod remove_account;
mod remove_reblogs;
mod remove_status;
mod resolve_mentions;
mod runner;
mod send_mail;

use std::future::Future;
use std::pin::Pin;

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::jobs::{self, Lane, NewJob};
use store::{DeliveryId, Tx, deliveries};

pub use apply_domain_rule::ApplyDomainRule;
pub use ask_for_activity::AskForActivity;
pub use authorize_all::AuthorizeAll;
pub use build_search_index::BuildSearchIndex;
pub use clear_notifications::ClearNotifications;
pub use close_poll::ClosePoll;
pub use count_activity::CountActivity;
pub use distribute::{Distribute, DistributeProfile, DistributeTallies};
pub use end_mute::EndMute;
pub use expire::Expire;
pub use fan_out::FanOut;
pub use fetch_counters::FetchCounters;
pub use fetch_featured::FetchFeatured;
pub use fetch_mention::FetchMention;
pub use fetch_replies::FetchReplies;
pub use fetch_software::FetchSoftware;
pub use fetch_thread::FetchThread;
pub use index_account::IndexAccount;
pub use index_status::IndexStatus;
pub use leave_host::LeaveHost;
pub use look_at_media::LookAtMedia;
pub use mail_link::MailLink;
pub use notify::Notify;
pub use notify_edit::NotifyEdit;
pub use notify_followers::NotifyFollowers;
pub use post_scheduled::PostScheduled;
pub use process_media::ProcessMedia;
pub use push_notification::PushNotification;
pub use rebuild_feed::RebuildFeed;
pub use receive_activity::ReceiveActivity;
pub use refresh_account::RefreshAccount;
pub use refresh_accounts::RefreshAccounts;
pub use refresh_poll::RefreshPoll;
pub use remove_account::RemoveAccount;
pub use remove_reblogs::RemoveReblogs;
pub use remove_status::RemoveStatus;
pub use resolve_mentions::ResolveMentions;
pub use runner::{Workers, drain, run_due};
pub use send_mail::SendMail;

use crate::federation::engine;
use crate::measure::label;
use crate::{App, Result, request};

pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Again after a growing pause, until its tries are used up.
    Retry(String),
    /// Again after so many milliseconds.
    RetryAfter(i64, String),
    /// It was not its turn: again after so many milliseconds, and this try is not counted.
    Postpone(i64, String),
    /// Never again, and no dead letter: there is nothing to be done.
    Discard(String),
}

/// A kind of job.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    const KIND: &'static str;
    const LANE: Lane;
    /// After so many failures it is laid among the dead letters.
    const TRIES: i64 = 12;

    /// While a job of this kind and key waits, another is not enqueued.
    fn unique_key(&self) -> Option<String> {
        None
    }

    fn run(self, app: &App) -> impl Future<Output = Result<Outcome>> + Send;
}

/// A job on its way.
type Running = Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

/// A line of the registry.
pub(crate) struct Kind {
    pub name: &'static str,
    pub lane: Lane,
    pub tries: i64,
    pub run: fn(App, String) -> Running,
}

/// Every kind there is.
pub(crate) const KINDS: &[Kind] = &[
    kind::<FanOut>(),
    kind::<Notify>(),
    kind::<NotifyEdit>(),
    kind::<ClosePoll>(),
    kind::<PostScheduled>(),
    kind::<RemoveReblogs>(),
    kind::<ProcessMedia>(),
    kind::<RebuildFeed>(),
    kind::<PushNotification>(),
    kind::<RemoveStatus>(),
    kind::<RemoveAccount>(),
    kind::<Expire>(),
    kind::<ApplyDomainRule>(),
    kind::<AuthorizeAll>(),
    kind::<ClearNotifications>(),
    kind::<EndMute>(),
    kind::<LeaveHost>(),
    kind::<LookAtMedia>(),
    kind::<NotifyFollowers>(),
    kind::<CountActivity>(),
    kind::<Distribute>(),
    kind::<DistributeTallies>(),
    kind::<DistributeProfile>(),
    kind::<SendMail>(),
    kind::<MailLink>(),
    kind::<IndexStatus>(),
    kind::<IndexAccount>(),
    kind::<BuildSearchIndex>(),
    kind::<FetchThread>(),
    kind::<FetchFeatured>(),
    kind::<FetchReplies>(),
    kind::<FetchMention>(),
    kind::<RefreshPoll>(),
    kind::<RefreshAccount>(),
    kind::<RefreshAccounts>(),
    kind::<ResolveMentions>(),
    kind::<FetchCounters>(),
    kind::<FetchSoftware>(),
    kind::<ReceiveActivity>(),
    kind::<AskForActivity>(),
    #[cfg(test)]
    kind::<crate::tests::jobs::Scripted>(),
];

const fn kind<J: Job>() -> Kind {
    Kind { name: J::KIND, lane: J::LANE, tries: J::TRIES, run: |app, payload| Box::pin(run::<J>(app, payload)) }
}

async fn run<J: Job>(app: App, payload: String) -> Result<Outcome> {
    match serde_json::from_str::<J>(&payload) {
        Ok(job) => job.run(&app).await,
        Err(error) => Ok(Outcome::Retry(format!("the payload cannot be read by this version: {error}"))),
    }
}

/// Enqueues `job`; it exists if and only if `tx` commits.
pub async fn enqueue<J: Job>(tx: &Tx, job: &J) -> Result<()> {
    enqueue_in(tx, job, 0).await
}

/// As [`enqueue`], due in `delay_ms`.
pub async fn enqueue_in<J: Job>(tx: &Tx, job: &J, delay_ms: i64) -> Result<()> {
    let payload = serde_json::to_string(job).map_err(crate::Error::internal)?;
    let new = NewJob { kind: J::KIND, payload, lane: J::LANE, delay_ms, unique_key: job.unique_key(), request_id: request::id() };
    jobs::enqueue(tx, new).await?;
    Ok(())
}

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
