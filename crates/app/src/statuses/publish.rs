//! Publishing: what follows when a status has come to be, wherever its author lives.

use std::collections::HashSet;

use store::notifications::{Cause, NewNotification};
use store::stats::{self, AccountDelta, StatusDelta};
use store::statuses::{self, NewStatus};
use store::{AccountId, StatusId, Tx, tags};

use crate::Result;
use crate::conversations::record::record;
use crate::effects::{feeds, index, notify};
use crate::federation::outgoing;
use crate::queue::{self, Notify};
use crate::urls::Urls;

/// Of the people named, who are told in the transaction that names them; the rest by jobs.
const TOLD_AT_ONCE: usize = 4;

/// Somebody who is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Addressed {
    pub id: AccountId,
    pub is_local: bool,
    /// They may see it, but are not named in it.
    pub silent: bool,
}

/// What is new about a status beside its row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub addressed: Vec<Addressed>,
    /// Those of them who are named, but not spoken to: they are not told.
    pub unheard: Vec<AccountId>,
    /// (normalised, as written)
    pub tags: Vec<(String, String)>,
}

/// Addresses a new status, whose row, attachments and poll are there already, indexes it, has it sent if it is one of
/// ours, and counts it. If it is `told`, it comes into feeds and people hear of it.
pub(crate) async fn publish(tx: &Tx, urls: &Urls, status: &NewStatus, parts: &Parts, active_since: i64, told: bool) -> Result<()> {
    let Parts { addressed, unheard, tags } = parts;
    for (name, display) in tags {
        let tag = tags::ensure(tx, name, display).await?;
        tags::attach(tx, status.id, tag).await?;
    }
    for account in addressed {
        statuses::insert_mention(tx, status.id, account.id, account.silent).await?;
    }
    index::index(tx, status.id).await?;
    if told {
        let named: HashSet<AccountId> = addressed.iter().filter(|account| !account.silent).map(|account| account.id).collect();
        record(tx, status, &named).await?;
        if !status.orphan {
            feeds::deliver(tx, status, active_since).await?;
            notify::notify_followers(tx, status).await?;
        }
        let heard: Vec<Addressed> = addressed.iter().filter(|account| !unheard.contains(&account.id)).copied().collect();
        notify_named(tx, status.id, status.account_id, &heard).await?;
    }
    if status.local {
        outgoing::create::deliver(tx, urls, status.id).await?;
    }
    if status.visibility.counts_as_status() {
        let delta = AccountDelta { statuses: 1, last_status_at: Some(status.created_at), ..Default::default() };
        stats::add_to_accounts(tx, vec![(status.account_id, delta)]).await?;
    }
    if let Some((parent, _)) = status.in_reply_to.filter(|_| status.visibility.counts_as_reply()) {
        stats::add_to_statuses(tx, vec![(parent, StatusDelta { replies: 1, ..Default::default() })]).await?;
    }
    Ok(())
}

/// Tells those of the people named who live here.
pub(crate) async fn notify_named(tx: &Tx, id: StatusId, author: AccountId, addressed: &[Addressed]) -> Result<()> {
    let mut told = HashSet::new();
    let here = addressed.iter().filter(|account| account.is_local && !account.silent && account.id != author);
    for (position, account) in here.filter(|account| told.insert(account.id)).enumerate() {
        let new = NewNotification { account_id: account.id, from_account_id: author, cause: Cause::Mention(id) };
        match position < TOLD_AT_ONCE {
            true => notify::notify(tx, new).await?,
            false => queue::enqueue(tx, &Notify::from(new)).await?,
        }
    }
    Ok(())
}
