//! Delivering: a new status into the feeds of those who get it. The first few readers have it in the
//! transaction that makes it, the rest from `queue::FanOut`, a batch a transaction.

use store::feeds::{self, Entry};
use store::statuses::{NewStatus, Visibility};
use store::{AccountId, ListId, Tx, tags};

use crate::Result;
use crate::bus::{self, Event};
use crate::clock::DAY_MS;
use crate::queue::{self, FanOut, Stage};

/// Followers, lists and followers of hashtags who get a status in its own transaction, of each.
const AT_ONCE: i64 = 50;

/// Puts a new status into its author's feed and those of the first readers; tells the streams of it.
pub(crate) async fn deliver(tx: &Tx, status: &NewStatus, active_since: i64) -> Result<()> {
    let entry = Entry {
        status_id: status.id,
        account_id: status.account_id,
        reblog_of_id: status.reblog_of_id,
        in_reply_to_account_id: status.in_reply_to.map(|(_, account)| account),
        visibility: status.visibility as i64,
        language: status.language.clone(),
    };
    let mut told = Vec::new();
    // Nobody here reads the feed of somebody elsewhere.
    if status.local && feeds::insert(tx, status.account_id, &entry).await? {
        told.push(status.account_id);
    }
    let audience = feeds::find_audience(tx, &entry).await?;
    let public = status.reblog_of_id.is_none() && status.visibility == Visibility::Public;
    if public && audience.tagged {
        let now = tx.now();
        tags::count_uses(tx, status.id, status.account_id, now - now.rem_euclid(DAY_MS)).await?;
    }
    let stages = [(Stage::Followers, true), (Stage::Lists, audience.listed), (Stage::TagFollowers, public && audience.tagged)];
    for (stage, _) in stages.into_iter().filter(|(_, wanted)| *wanted) {
        let (next, accounts) = step(tx, &entry, active_since, stage, 0, AT_ONCE).await?;
        told.extend(accounts);
        if let Some(after) = next {
            queue::enqueue(tx, &FanOut { status: status.id, stage, after: AccountId(after) }).await?;
        }
    }
    bus::publish(tx, &Event::Feed { status: status.id, accounts: told });
    if status.reblog_of_id.is_none() {
        bus::publish(tx, &Event::Posted { status: status.id });
    }
    Ok(())
}

/// One batch of a stage, in id order after `after`. Returns where the next one begins, and the accounts
/// whose home feeds got the status; those of lists are told already.
pub(crate) async fn step(tx: &Tx, entry: &Entry, active_since: i64, stage: Stage, after: i64, limit: i64) -> Result<(Option<i64>, Vec<AccountId>)> {
    match stage {
        Stage::Followers => {
            let batch = feeds::fan_out(tx, entry, active_since, AccountId(after), limit).await?;
            Ok((batch.next.map(|id| id.0), batch.got_it))
        }
        Stage::Lists => {
            let batch = feeds::fan_out_to_lists(tx, entry, active_since, ListId(after), limit).await?;
            if !batch.got_it.is_empty() {
                bus::publish(tx, &Event::Lists { status: entry.status_id, lists: batch.got_it });
            }
            Ok((batch.next.map(|id| id.0), Vec::new()))
        }
        Stage::TagFollowers => {
            let batch = feeds::fan_out_to_tag_followers(tx, entry, active_since, AccountId(after), limit).await?;
            Ok((batch.next.map(|id| id.0), batch.got_it))
        }
    }
}
