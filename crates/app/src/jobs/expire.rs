//! Expire: removes what has had its time. Each kind a bounded number at a time; what is left waits
//! for the next run.

use std::time::Duration;

use store::audit_log::Origin;
use store::{BlobId, deliveries, feeds, idempotency, jobs, media, mutes, oauth, received, sessions, statuses, tags, user_tokens, users, withdrawn};

use super::job::Job;
use crate::accounts::mute;
use crate::clock::DAY_MS;
use crate::media::remote;
use crate::oauth::tokens::APPLICATION_TOKEN_UNUSED_MS;
use crate::queue::{Expire, Outcome};
use crate::timelines::REBUILD_KEPT_MS;
use crate::{App, Error, Result, tokens};

const BATCH: i64 = 500;
/// Answers to hidden statuses in one run.
const ORPHANED: i64 = 5_000;
/// Activities forgotten in one transaction, and transactions of one run: a busy server takes hundreds in a second.
const RECEIVED: i64 = 2_000;
const RECEIVED_ROUNDS: usize = 50;
/// Mutes ended in one run; they have jobs of their own, and this catches what those left.
const MUTES: i64 = 50;
/// Feeds cut in one run.
const FEEDS: i64 = 100;
const IDEMPOTENCY_MS: i64 = 60 * 60 * 1000;
const LOOSE_MEDIA_MS: i64 = DAY_MS;
const ORPHAN_BLOB_MS: i64 = 60 * 60 * 1000;
const DEAD_JOBS_MS: i64 = 30 * DAY_MS;
/// Activities that nobody waits for; younger ones may still be handed out.
const BODIES_MS: i64 = DAY_MS;
/// Hashtags' use by day; a history shows seven days.
const TAG_USES_MS: i64 = 30 * DAY_MS;
/// Who does not confirm their address makes room for others of that name.
const UNCONFIRMED_MS: i64 = 7 * DAY_MS;
/// Accounts deleted in one run.
const UNCONFIRMED: i64 = 50;
const REVOKED_TOKENS_MS: i64 = 30 * DAY_MS;
/// Hidden statuses are normally purged at once by their own job; this catches what it left.
const HIDDEN_STATUSES_MS: i64 = 60 * 60 * 1000;

impl Job for Expire {
    async fn run(self, app: &App) -> Result<Outcome> {
        // Before tokens go for not being used.
        tokens::write_down_seen(app).await?;
        let (now, active_since, keep) = (app.now_ms(), app.active_since(), app.options.limits.home_feed);
        app.write(move |tx| async move {
            idempotency::delete_older(&tx, now - IDEMPOTENCY_MS, BATCH).await?;
            sessions::delete_expired(&tx, BATCH).await?;
            oauth::delete_expired(&tx, now - REVOKED_TOKENS_MS, BATCH).await?;
            oauth::delete_unused_tokens(&tx, now - APPLICATION_TOKEN_UNUSED_MS, BATCH).await?;
            oauth::delete_unused_applications(&tx, BATCH).await?;
            user_tokens::delete_expired(&tx, BATCH).await?;
            media::delete_loose(&tx, now - LOOSE_MEDIA_MS, BATCH).await?;
            for mute in mutes::list_run_out(&tx, now, MUTES).await? {
                mute::end(&tx, mute).await?;
            }
            jobs::delete_dead(&tx, now - DEAD_JOBS_MS, BATCH).await?;
            deliveries::delete_dead(&tx, now - DEAD_JOBS_MS, BATCH).await?;
            deliveries::delete_bodies(&tx, now - BODIES_MS, BATCH).await?;
            let hidden = statuses::list_deleted(&tx, now - HIDDEN_STATUSES_MS, BATCH).await?;
            if statuses::orphan(&tx, &hidden, ORPHANED).await? < ORPHANED.unsigned_abs() {
                media::delete_of_statuses(&tx, &hidden).await?;
                statuses::purge(&tx, &hidden).await?;
            }
            withdrawn::sweep(&tx, BATCH).await?;
            Ok::<_, Error>(())
        })
        .await?;
        // What reads whole tables does so beside the writer.
        let (homes, lists) = app
            .read(move |r| async move { Ok((feeds::list_overlong(&r, keep, FEEDS).await?, feeds::list_overlong_lists(&r, keep, FEEDS).await?)) })
            .await?;
        app.write(move |tx| async move {
            feeds::drop_inactive(&tx, active_since).await?;
            for account in homes {
                feeds::trim(&tx, account, keep).await?;
            }
            for list in lists {
                feeds::trim_list(&tx, list, keep).await?;
            }
            feeds::delete_old_rebuilds(&tx, now - REBUILD_KEPT_MS).await?;
            tags::delete_old_uses(&tx, now - TAG_USES_MS, BATCH).await?;
            Ok::<_, Error>(())
        })
        .await?;
        for account in app.read(move |r| async move { Ok(users::list_unconfirmed(&r, now - UNCONFIRMED_MS, UNCONFIRMED).await?) }).await? {
            crate::accounts::delete::delete(app, Origin::System, account).await?;
        }
        for _ in 0..RECEIVED_ROUNDS {
            if app.write(|tx| async move { Ok(received::sweep(&tx, RECEIVED).await?) }).await? < RECEIVED.unsigned_abs() {
                break;
            }
        }
        let orphans = app.read(move |r| async move { Ok(media::list_orphan_blobs(&r, now - ORPHAN_BLOB_MS, BATCH).await?) }).await?;
        remove_orphans(app, orphans).await?;
        remote::recount(app).await?;
        Ok(Outcome::Done)
    }
}

/// Removes those of `blobs` that nothing uses any more, unless they are so young that an upload may be about to.
pub(super) async fn remove_unused(app: &App, blobs: Vec<BlobId>) -> Result<()> {
    if blobs.is_empty() {
        return Ok(());
    }
    let before = app.now_ms() - ORPHAN_BLOB_MS;
    let orphans = app.read(move |r| async move { Ok(media::list_orphans_among(&r, &blobs, before).await?) }).await?;
    remove_orphans(app, orphans).await
}

/// Rows first, files after: a crash in between leaves a file without a row, never a row without a file.
async fn remove_orphans(app: &App, orphans: Vec<(BlobId, String)>) -> Result<()> {
    let ids: Vec<_> = orphans.into_iter().map(|(id, _)| id).collect();
    let keys = app.write(move |tx| async move { Ok(media::delete_orphan_blobs(&tx, &ids).await?) }).await?;
    let idle = Duration::from_millis(ORPHAN_BLOB_MS.unsigned_abs());
    for key in keys {
        app.files.remove_idle(&key, idle).await.map_err(|e| Error::Temporary(format!("media storage: {e}")))?;
    }
    Ok(())
}
