//! Building the whole index: at the first start of a version that makes its rows otherwise, or when an
//! operator asks for it.

use serde::{Deserialize, Serialize};
use store::audit_log::{self, Origin};
use store::search::{self, accounts, statuses};
use store::{AccountId, Db, Reader, StatusId, Tx};

use crate::effects::index::VERSION;
use crate::queue::{self, BuildSearchIndex};
use crate::{App, Error, Result};

/// How far the building of the index has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Of the rows being made.
    pub version: i64,
    /// When it was begun, milliseconds UTC: a job of an earlier building stops.
    pub begun_at: i64,
    pub accounts: i64,
    pub statuses: i64,
    pub done: bool,
}

pub(crate) async fn progress(r: &Reader) -> Result<Progress> {
    Ok(search::progress(r).await?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

pub(crate) async fn set_progress(tx: &Tx, progress: &Progress) -> Result<()> {
    let text = serde_json::to_string(progress).map_err(Error::internal)?;
    Ok(search::set_progress(tx, &text).await?)
}

/// How far it has come.
pub async fn status(app: &App) -> Result<Progress> {
    app.read(|r| async move { progress(&r).await }).await
}

/// Has the whole index built anew, by a job; one that is running stops. What is indexed already is found
/// all the while.
pub async fn rebuild(app: &App, origin: Origin) -> Result<()> {
    app.write(move |tx| async move {
        audit_log::record(&tx, origin, "search.reindex", "", "{}").await?;
        begin(&tx).await
    })
    .await
}

async fn begin(tx: &Tx) -> Result<()> {
    let progress = Progress { version: VERSION, begun_at: tx.now(), ..Progress::default() };
    set_progress(tx, &progress).await?;
    queue::enqueue(tx, &BuildSearchIndex { begun_at: progress.begun_at, accounts_after: AccountId(0), statuses_before: StatusId(i64::MAX) }).await
}

/// At the start: begins to build an index of the right version unless there is one, or nothing to index.
pub(crate) async fn ensure(db: &Db) -> Result<()> {
    db.write(|tx| async move {
        if progress(&tx).await?.version == VERSION {
            return Ok(());
        }
        let is_empty =
            accounts::list_after(&tx, AccountId(0), 1).await?.is_empty() && statuses::list_before(&tx, StatusId(i64::MAX), 1).await?.is_empty();
        if is_empty {
            return set_progress(&tx, &Progress { version: VERSION, begun_at: tx.now(), done: true, ..Progress::default() }).await;
        }
        begin(&tx).await
    })
    .await
}
