//! What posting, receiving and deleting a direct message does to conversations.

use std::collections::HashSet;

use store::statuses::{NewStatus, Status, Visibility};
use store::{AccountId, ConversationId, StatusId, Tx, conversations};

use crate::bus::{self, Event};
use crate::{Error, Result};

/// People in one conversation: their ids must fit into an index. Messages to more are kept by the
/// timelines alone.
const PARTICIPANTS_MAX: usize = 100;

/// Puts a new direct message into the conversations of its author, if they are of this server, and of the
/// people of this server it mentions and who let it reach them: unread for them, read for the author.
/// Nothing happens for other statuses, nor the second time.
///
/// Source: docs.joinmastodon.org/methods/conversations/ and Mastodon's `NotifyService` for who is left out.
pub(crate) async fn record(tx: &Tx, status: &NewStatus, mentioned: &HashSet<AccountId>) -> Result<()> {
    let Some(conversation) = status.conversation_id.filter(|_| status.visibility == Visibility::Direct) else { return Ok(()) };
    let answered = status.in_reply_to.map(|(_, account)| account);
    file(tx, status.id, status.account_id, conversation, answered, mentioned).await
}

/// As [`record`], for a message that has found more of the people it names: whatever conversations it was in before.
pub(crate) async fn record_again(tx: &Tx, status: &Status, mentioned: &HashSet<AccountId>) -> Result<()> {
    let Some(conversation) = status.conversation_id.filter(|_| status.visibility() == Visibility::Direct) else { return Ok(()) };
    forget(tx, status.id).await?;
    file(tx, status.id, status.account_id, conversation, status.in_reply_to_account_id, mentioned).await
}

async fn file(
    tx: &Tx,
    status: StatusId,
    author: AccountId,
    conversation: ConversationId,
    answered: Option<AccountId>,
    mentioned: &HashSet<AccountId>,
) -> Result<()> {
    let people: HashSet<AccountId> = mentioned.iter().copied().chain([author]).collect();
    if people.len() > PARTICIPANTS_MAX {
        return Ok(());
    }
    let others: Vec<AccountId> = people.iter().copied().filter(|account| *account != author).collect();
    let involved: Vec<AccountId> = people.iter().copied().chain(answered).collect();
    put(tx, author, conversation, &people, status, false).await?;
    for reached in conversations::list_reached(tx, author, conversation, &others, &involved).await? {
        put(tx, reached, conversation, &people, status, true).await?;
    }
    Ok(())
}

async fn put(tx: &Tx, owner: AccountId, conversation: ConversationId, people: &HashSet<AccountId>, status: StatusId, unread: bool) -> Result<()> {
    let participants: Vec<AccountId> = people.iter().copied().filter(|account| *account != owner).collect();
    if let Some(id) = conversations::add(tx, owner, conversation, &participants, status, unread).await? {
        bus::publish(tx, &Event::Conversation { account: owner, conversation: id });
    }
    Ok(())
}

/// Takes a deleted status out of the conversations it is in; they show the message before, or go.
pub(crate) async fn forget(tx: &Tx, status: StatusId) -> Result<()> {
    for (conversation, account) in conversations::remove(tx, status).await? {
        bus::publish(tx, &Event::Conversation { account, conversation });
    }
    Ok(())
}

/// Removes some of a deleted account's conversations; false when there were none left.
pub(crate) async fn forget_account(tx: &Tx, account: AccountId, limit: i64) -> Result<bool, Error> {
    let ids = conversations::list_ids_of_account(tx, account, limit).await?;
    for id in &ids {
        conversations::delete(tx, account, *id).await?;
    }
    Ok(!ids.is_empty())
}
