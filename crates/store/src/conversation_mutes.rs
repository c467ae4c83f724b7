//! Threads people do not want to hear of.

use crate::{AccountId, ConversationId, Tx, args, sql};
use crate::{Reader, Result};

/// Mutes the thread; twice is the same as once.
pub async fn insert(tx: &Tx, account: AccountId, conversation: ConversationId) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO conversation_mutes (account_id, conversation_id) VALUES ($1, $2) ON CONFLICT (account_id, conversation_id) DO NOTHING"),
        args![account, conversation],
    )
    .await
    .map(drop)
}

pub async fn delete(tx: &Tx, account: AccountId, conversation: ConversationId) -> Result<()> {
    tx.exec(sql!("DELETE FROM conversation_mutes WHERE account_id = $1 AND conversation_id = $2"), args![account, conversation]).await.map(drop)
}

/// Whether the account has muted the thread of this status.
pub async fn mutes_thread_of(r: &Reader, account: AccountId, status: crate::StatusId) -> Result<bool> {
    let muted: Option<i64> = r
        .value(
            sql!(
                "SELECT 1 FROM statuses s JOIN conversation_mutes c ON c.conversation_id = s.conversation_id
                  WHERE s.id = $1 AND c.account_id = $2"
            ),
            args![status, account],
        )
        .await?;
    Ok(muted.is_some())
}

/// Deletes what an account muted, for its removal.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM conversation_mutes WHERE account_id = $1"), args![account]).await.map(drop)
}
