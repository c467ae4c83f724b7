//! Home feeds of people who were away, filled again.

use store::{AccountId, Reader, Tx, UserId, feeds, users};

use crate::clock::DAY_MS;
use crate::queue::{self, RebuildFeed};
use crate::{App, Error, Result, Viewer};

/// A rebuilding that takes longer was lost.
const REBUILD_MAX_MS: i64 = DAY_MS;
/// How long after its end a rebuilding may be asked about.
pub(crate) const REBUILD_KEPT_MS: i64 = 60 * 60 * 1000;

/// The rebuilding of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuild {
    pub id: i64,
    pub finished: bool,
}

pub(super) async fn rebuild(r: &Reader, account: AccountId, now: i64) -> Result<Option<Rebuild>> {
    let found = feeds::find_rebuild(r, account).await?;
    let began_ms = |id: i64| id >> store::ids::RANDOM_BITS;
    Ok(found.map(|(id, finished_at)| Rebuild { id, finished: finished_at.is_some() || now - began_ms(id) > REBUILD_MAX_MS }))
}

/// The rebuilding of the viewer's feed with this id.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/async_refreshes/#show
pub async fn find_rebuild(app: &App, viewer: &Viewer, id: i64) -> Result<Rebuild> {
    let (account, now) = (viewer.account_id, app.now_ms());
    let found = app.read(move |r| async move { rebuild(&r, account, now).await }).await?;
    found.filter(|rebuild| rebuild.id == id).ok_or_else(Error::not_found)
}

/// Notes that somebody who was away since `active_since` is here, and has their feeds filled by a job; once,
/// however many requests they begin with.
pub(crate) async fn welcome_back(tx: &Tx, user: UserId, account: AccountId, active_since: i64) -> Result<()> {
    if users::find(tx, user).await?.is_some_and(|user| user.last_active_at.is_some_and(|at| at > active_since)) {
        return Ok(());
    }
    feeds::begin_rebuild(tx, account).await?;
    queue::enqueue(tx, &RebuildFeed::of(account)).await?;
    Ok(users::touch(tx, &[user]).await?)
}
