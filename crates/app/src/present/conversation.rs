//! Conversations.

use std::collections::HashMap;

use store::AccountId;
use store::conversations::AccountConversation;
use wire::Id;
use wire::mastodon as m;

use super::account::accounts;
use super::status::statuses;
use crate::{App, Result, Viewer};

/// The viewer's conversations in the order of `rows`: the same number of statements for any number.
pub async fn conversations(app: &App, viewer: &Viewer, rows: Vec<AccountConversation>) -> Result<Vec<m::Conversation>> {
    let me = viewer.account_id;
    let mut people: Vec<AccountId> = rows.iter().flat_map(AccountConversation::participants).chain([me]).collect();
    people.sort();
    people.dedup();
    let last = rows.iter().filter_map(|row| row.last_status_id).collect();
    let (people, last) = (accounts(app, people).await?, statuses(app, Some(viewer), last).await?);
    let people: HashMap<i64, m::Account> = people.into_iter().map(|account| (account.id.0, account)).collect();
    let mut last: HashMap<i64, m::Status> = last.into_iter().map(|status| (status.id.0, status)).collect();
    let shown = |row: AccountConversation| {
        let mut others: Vec<m::Account> = row.participants().iter().filter_map(|id| people.get(&id.0)).cloned().collect();
        if others.is_empty() {
            // A message to oneself, or the others are gone.
            others.extend(people.get(&me.0).cloned());
        }
        let last_status = row.last_status_id.and_then(|id| last.remove(&id.0));
        m::Conversation { id: Id(row.id.0), unread: row.unread, accounts: others, last_status }
    };
    Ok(rows.into_iter().map(shown).collect())
}
