//! Muting: the viewer does not see somebody, who does not learn of it.

use store::mutes::{self, Mute};
use store::page::Page;
use store::{AccountId, Tx, feeds};

use crate::accounts::block::known;
use crate::accounts::follow::merge_again;
use crate::queue::{self, ClearNotifications, EndMute};
use crate::{App, Result, Viewer};

/// The longest time a mute can be given; longer is this long.
const DURATION_MAX_S: i64 = 100 * 365 * 24 * 60 * 60;

/// How somebody is muted.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Their notifications are hidden, too.
    pub notifications: bool,
    /// Seconds; 0 or less is for ever.
    pub duration: i64,
}

impl Default for Manner {
    fn default() -> Self {
        Manner { notifications: true, duration: 0 }
    }
}

/// Mutes `target`, or changes how it is muted; what it wrote leaves the viewer's feeds. Muting oneself does
/// nothing.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#mute
pub async fn mute(app: &App, viewer: &Viewer, target: AccountId, manner: Manner) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        known(&tx, target).await?;
        if me == target {
            return Ok(());
        }
        let lasts_ms = (manner.duration > 0).then(|| manner.duration.min(DURATION_MAX_S) * 1000);
        let mute = mutes::put(&tx, me, target, manner.notifications, lasts_ms.map(|ms| tx.now() + ms)).await?;
        feeds::forget(&tx, me, target).await?;
        if manner.notifications {
            queue::enqueue(&tx, &ClearNotifications { account: me, from: target }).await?;
        }
        if let Some(ms) = lasts_ms {
            queue::enqueue_in(&tx, &EndMute { mute }, ms).await?;
        }
        Ok(())
    })
    .await
}

/// Ends a mute; no error if there was none. Somebody followed comes back into the home feed.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#unmute
pub async fn unmute(app: &App, viewer: &Viewer, target: AccountId) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        known(&tx, target).await?;
        if mutes::delete(&tx, me, target).await? { merge_again(&tx, me, target).await } else { Ok(()) }
    })
    .await
}

/// Ends a mute whose time has run out; one that lasts, or is gone, stays as it is.
pub(crate) async fn end(tx: &Tx, mute: store::MuteId) -> Result<()> {
    match mutes::end(tx, mute).await? {
        Some((account, target)) => merge_again(tx, account, target).await,
        None => Ok(()),
    }
}

/// A page of whom the viewer mutes, keyed by the mute. Source: docs.joinmastodon.org/methods/mutes/
pub async fn list(app: &App, viewer: &Viewer, page: Page) -> Result<Vec<Mute>> {
    let me = viewer.account_id;
    app.read(move |r| async move { Ok(mutes::page(&r, me, &page).await?) }).await
}
