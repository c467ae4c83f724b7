//! Inboxes of direct messages: a row per owner, thread and exact set of other people.

use crate::page::{Page, paged};
use crate::{AccountConversationId, AccountId, ConversationId, Reader, Result, StatusId, Tx, args, record, sql};

record! {
    /// A thread with certain people, as one of them has it.
    pub struct AccountConversation {
        pub id: AccountConversationId,
        /// The ids of the others, ascending, joined with commas.
        participants: String,
        pub last_status_id: Option<StatusId>,
        pub unread: bool,
    }
}

impl AccountConversation {
    /// The others, in the order of their ids; nobody in a message to oneself.
    pub fn participants(&self) -> Vec<AccountId> {
        self.participants.split(',').filter_map(|id| id.parse().ok()).collect()
    }
}

/// Whom of `mentioned` a direct message of `author` reaches: local accounts other than the author that
/// neither block nor mute with their notifications anyone of `involved` (the author, who is mentioned and
/// who is answered), have not muted the thread, and, unless they follow the author, have not blocked the
/// author's host; nor is the author limited.
pub async fn list_reached(
    r: &Reader,
    author: AccountId,
    conversation: ConversationId,
    mentioned: &[AccountId],
    involved: &[AccountId],
) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT a.id FROM accounts a CROSS JOIN accounts au
              WHERE a.id = ANY($1) AND au.id = $2 AND a.id <> $2 AND a.domain = '' AND a.suspended_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = a.id AND b.target_account_id = ANY($3))
                AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = a.id AND m.target_account_id = ANY($3) AND m.hide_notifications = TRUE)
                AND NOT EXISTS (SELECT 1 FROM conversation_mutes c WHERE c.account_id = a.id AND c.conversation_id = $4)
                AND (EXISTS (SELECT 1 FROM follows f WHERE f.account_id = a.id AND f.target_account_id = $2)
                     OR (au.silenced_at IS NULL
                         AND NOT EXISTS (SELECT 1 FROM account_domain_blocks d WHERE d.account_id = a.id AND d.domain = au.domain)))
              ORDER BY a.id"
        ),
        args![mentioned, author, involved, conversation],
    )
    .await
}

/// Puts a message into an owner's conversation with `participants` (in any order), which it makes if need
/// be. `None` if it was there already.
pub async fn add(
    tx: &Tx,
    owner: AccountId,
    conversation: ConversationId,
    participants: &[AccountId],
    status: StatusId,
    unread: bool,
) -> Result<Option<AccountConversationId>> {
    let id: AccountConversationId = tx
        .value(
            // The update changes nothing; it makes RETURNING tell the row that is there.
            sql!(
                "INSERT INTO account_conversations (id, account_id, conversation_id, participants) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (account_id, conversation_id, participants) DO UPDATE SET participants = excluded.participants RETURNING id"
            ),
            args![tx.next_id(), owner, conversation, joined(participants)],
        )
        .await?
        .unwrap_or_default();
    let added = tx
        .exec(
            sql!(
                "INSERT INTO account_conversation_statuses (account_conversation_id, status_id) VALUES ($1, $2)
                 ON CONFLICT (account_conversation_id, status_id) DO NOTHING"
            ),
            args![id, status],
        )
        .await?;
    if added == 0 {
        return Ok(None);
    }
    tx.exec(
        sql!(
            "UPDATE account_conversations SET unread = $2, last_status_id =
                (SELECT MAX(status_id) FROM account_conversation_statuses WHERE account_conversation_id = $1) WHERE id = $1"
        ),
        args![id, unread],
    )
    .await?;
    Ok(Some(id))
}

fn joined(participants: &[AccountId]) -> String {
    let mut ids: Vec<AccountId> = participants.to_vec();
    ids.sort();
    ids.dedup();
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Takes a message out of all conversations. One that has no other message goes; the others show the
/// message before: those are returned, with their owners.
pub async fn remove(tx: &Tx, status: StatusId) -> Result<Vec<(AccountConversationId, AccountId)>> {
    let left: Vec<AccountConversationId> =
        tx.column(sql!("DELETE FROM account_conversation_statuses WHERE status_id = $1 RETURNING account_conversation_id"), args![status]).await?;
    if left.is_empty() {
        return Ok(Vec::new());
    }
    tx.exec(
        sql!(
            "DELETE FROM account_conversations WHERE id = ANY($1) AND NOT EXISTS
                (SELECT 1 FROM account_conversation_statuses cs WHERE cs.account_conversation_id = account_conversations.id)"
        ),
        args![&left],
    )
    .await?;
    tx.all(
        sql!(
            "UPDATE account_conversations SET last_status_id =
                (SELECT MAX(cs.status_id) FROM account_conversation_statuses cs WHERE cs.account_conversation_id = account_conversations.id)
              WHERE id = ANY($1) RETURNING id, account_id"
        ),
        args![&left],
    )
    .await
}

/// A page of an owner's conversations, keyed by their last message.
pub async fn page(r: &Reader, owner: AccountId, page: &Page) -> Result<Vec<AccountConversation>> {
    Ok(paged!(
        r,
        page,
        all,
        "SELECT c.id, c.participants, c.last_status_id, c.unread FROM account_conversations c WHERE c.account_id = $4",
        "c.last_status_id",
        [owner]
    ))
}

/// A conversation, if it is the owner's.
pub async fn find(r: &Reader, owner: AccountId, id: AccountConversationId) -> Result<Option<AccountConversation>> {
    r.maybe(
        sql!("SELECT c.id, c.participants, c.last_status_id, c.unread FROM account_conversations c WHERE c.id = $1 AND c.account_id = $2"),
        args![id, owner],
    )
    .await
}

/// Marks a conversation; false if it is not the owner's.
pub async fn set_unread(tx: &Tx, owner: AccountId, id: AccountConversationId, unread: bool) -> Result<bool> {
    let changed = tx.exec(sql!("UPDATE account_conversations SET unread = $3 WHERE id = $1 AND account_id = $2"), args![id, owner, unread]).await?;
    Ok(changed > 0)
}

/// Takes a conversation out of its owner's list, not its messages; false if it is not theirs.
pub async fn delete(tx: &Tx, owner: AccountId, id: AccountConversationId) -> Result<bool> {
    let deleted = tx.exec(sql!("DELETE FROM account_conversations WHERE id = $1 AND account_id = $2"), args![id, owner]).await?;
    if deleted > 0 {
        tx.exec(sql!("DELETE FROM account_conversation_statuses WHERE account_conversation_id = $1"), args![id]).await?;
    }
    Ok(deleted > 0)
}

/// Deletes an owner's conversations that `other` takes part in.
pub async fn forget_with(tx: &Tx, owner: AccountId, other: AccountId) -> Result<()> {
    let among = format!("%,{other},%");
    let gone: Vec<AccountConversationId> = tx
        .column(
            sql!("DELETE FROM account_conversations WHERE account_id = $1 AND ',' || participants || ',' LIKE $2 RETURNING id"),
            args![owner, among],
        )
        .await?;
    tx.exec(sql!("DELETE FROM account_conversation_statuses WHERE account_conversation_id = ANY($1)"), args![&gone]).await.map(drop)
}

/// Some of an owner's conversations, for their removal.
pub async fn list_ids_of_account(r: &Reader, owner: AccountId, limit: i64) -> Result<Vec<AccountConversationId>> {
    r.column(sql!("SELECT id FROM account_conversations WHERE account_id = $1 LIMIT $2"), args![owner, limit]).await
}
