//! RemoveStatus: takes a deleted status out of feeds, tells whoever had it there, then removes what hung
//! on it and its row: attachments that are not kept for another status, too, and that others answered it.

use std::collections::HashSet;

use store::feeds::withdraw;
use store::page::Page;
use store::{AccountId, FollowId, follows, media, statuses};

use super::{Job, expire};
use crate::bus::{self, Event};
use crate::queue::{Outcome, RemoveStatus, enqueue};
use crate::{App, Result};

/// Followers in one transaction.
const BATCH: i64 = 1000;

impl Job for RemoveStatus {
    async fn run(self, app: &App) -> Result<Outcome> {
        let blobs = app
            .write(move |tx| async move {
                let mut blobs = Vec::new();
                let page = Page { min_id: Some(self.after.0), ..Page::first(BATCH) };
                let followers = follows::followers_page(&tx, self.author, None, &page).await?;
                let mut readers: Vec<AccountId> = followers.iter().map(|(_, account)| *account).collect();
                // The author and those mentioned were told when the status was hidden.
                let mentions = statuses::list_mentions(&tx, &[self.status]).await?;
                let told: HashSet<AccountId> = mentions.iter().map(|m| m.account_id).chain([self.author]).collect();
                let is_first = self.after == FollowId(0);
                if is_first {
                    readers.extend(&told);
                }
                let reblog_of = withdraw::find_reblogged(&tx, self.status).await?;
                let mut accounts = withdraw::withdraw(&tx, self.status, reblog_of, &readers).await?;
                let mut lists = Vec::new();
                if is_first {
                    lists = withdraw::withdraw_from_lists(&tx, self.status, reblog_of, self.author, BATCH).await?;
                    accounts.extend(withdraw::withdraw_from_tag_followers(&tx, self.status, BATCH).await?);
                }
                accounts.retain(|account| !told.contains(account));
                if !accounts.is_empty() || !lists.is_empty() {
                    bus::publish(&tx, &Event::Deleted { status: self.status, accounts, lists });
                }
                match followers.first() {
                    // Newest first: the first row has the greatest id.
                    Some((last, _)) if followers.len() as i64 == BATCH => {
                        enqueue(&tx, &RemoveStatus { after: *last, ..self }).await?;
                    }
                    _ if statuses::orphan(&tx, &[self.status], BATCH).await? == BATCH.unsigned_abs() => {
                        // It has more answers than one transaction should touch.
                        enqueue(&tx, &self).await?;
                    }
                    _ => {
                        // Those that were to be kept were freed when it was hidden.
                        blobs = media::delete_of_statuses(&tx, &[self.status]).await?;
                        statuses::purge(&tx, &[self.status]).await?;
                    }
                }
                Ok(blobs)
            })
            .await?;
        expire::remove_unused(app, blobs).await?;
        Ok(Outcome::Done)
    }
}
