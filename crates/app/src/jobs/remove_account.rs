//! RemoveAccount: takes away what a deleted account left, step by step.

use store::stats::{self, AccountDelta, StatusDelta};
use store::{
    account_notes, accounts, blocks, bookmarks, conversation_mutes, deliveries, domain_blocks, favourites, feeds, follow_requests, follows, lists,
    markers, media, mutes, notifications, oauth, pins, polls, scheduled, statuses, tags, tombstones, users,
};

use super::job::Job;
use crate::conversations::record;
use crate::queue::{Outcome, RemoveAccount, enqueue, enqueue_in};
use crate::{App, Result};

/// Rows of one kind in one transaction.
const BATCH: i64 = 200;
/// How long the statuses' own jobs are waited for.
const PAUSE_MS: i64 = 1_000;
/// How long deliveries are waited for, each time.
const KEY_PAUSE_MS: i64 = 60_000;

impl Job for RemoveAccount {
    async fn run(self, app: &App) -> Result<Outcome> {
        let account = self.account;
        app.write(move |tx| async move {
            let mut more = false;
            for id in statuses::list_ids_of_account(&tx, account, BATCH).await? {
                more = true;
                if let Some(status) = statuses::find(&tx, id).await? {
                    crate::statuses::delete::hide(&tx, &status, true).await?;
                }
            }
            if more || statuses::has_any(&tx, account).await? {
                // Their own jobs take them out of feeds, and need to know who followed.
                enqueue_in(&tx, &RemoveAccount { account }, PAUSE_MS).await?;
                return Ok(Outcome::Done);
            }
            let marked = favourites::list_of_account(&tx, account, BATCH).await?;
            for status in &marked {
                more = true;
                favourites::delete(&tx, account, *status).await?;
                stats::add_to_statuses(&tx, vec![(*status, StatusDelta { favourites: -1, ..Default::default() })]).await?;
            }
            for (from, to) in follows::list_of_account(&tx, account, BATCH).await? {
                more = true;
                follows::delete(&tx, from, to).await?;
                let deltas =
                    vec![(from, AccountDelta { following: -1, ..Default::default() }), (to, AccountDelta { followers: -1, ..Default::default() })];
                stats::add_to_accounts(&tx, deltas).await?;
            }
            more |= record::forget_account(&tx, account, BATCH).await?;
            if more {
                enqueue(&tx, &RemoveAccount { account }).await?;
                return Ok(Outcome::Done);
            }
            bookmarks::delete_of_account(&tx, account).await?;
            follow_requests::delete_of_account(&tx, account).await?;
            blocks::delete_of_account(&tx, account).await?;
            mutes::delete_of_account(&tx, account).await?;
            domain_blocks::delete_of_account(&tx, account).await?;
            account_notes::delete_of_account(&tx, account).await?;
            polls::delete_votes_of_account(&tx, account).await?;
            pins::delete_of_account(&tx, account).await?;
            scheduled::delete_of_account(&tx, account).await?;
            conversation_mutes::delete_of_account(&tx, account).await?;
            notifications::delete_of_account(&tx, account).await?;
            feeds::clear(&tx, account).await?;
            lists::delete_of_account(&tx, account).await?;
            tags::delete_of_account(&tx, account).await?;
            media::delete_of_account(&tx, account).await?;
            let (avatar, header) = accounts::find_pictures(&tx, account).await?;
            for picture in avatar.into_iter().chain(header) {
                media::remove_files(&tx, picture).await?;
            }
            if let Some(user) = users::find_by_account(&tx, account).await? {
                oauth::delete_of_user(&tx, user.id).await?;
                markers::delete_of_user(&tx, user.id).await?;
                users::delete(&tx, user.id).await?;
            }
            if deliveries::waits_for_key(&tx, account).await? {
                // What it said last is signed with its key, which goes with it; nothing else is left by now.
                accounts::blank(&tx, account).await?;
                enqueue_in(&tx, &RemoveAccount { account }, KEY_PAUSE_MS).await?;
                return Ok(Outcome::Done);
            }
            if let Some(row) = accounts::find(&tx, account).await? {
                tombstones::insert(&tx, &row.uri, Some(account), false).await?;
            }
            accounts::delete(&tx, account).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}
