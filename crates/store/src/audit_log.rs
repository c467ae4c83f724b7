//! What admins, the CLI and the system did.

use crate::{AccountId, Reader, Result, Tx, args, record, sql};

/// Who caused a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    User(AccountId),
    Cli,
    System,
}

impl Origin {
    fn kind(self) -> &'static str {
        match self {
            Origin::User(_) => "user",
            Origin::Cli => "cli",
            Origin::System => "system",
        }
    }

    fn account(self) -> Option<AccountId> {
        match self {
            Origin::User(account) => Some(account),
            _ => None,
        }
    }
}

/// Writes one line; `detail` is JSON without secrets.
pub async fn record(tx: &Tx, origin: Origin, action: &str, target: &str, detail: &str) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO audit_log (id, actor_kind, actor_account_id, action, target, detail, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        args![tx.next_id(), origin.kind(), origin.account(), action, target, detail, tx.now()],
    )
    .await
    .map(drop)
}

record! {
    /// A line of the log.
    pub struct Entry {
        pub id: i64,
        pub actor_kind: String,
        pub actor_account_id: Option<AccountId>,
        pub action: String,
        pub target: String,
        pub detail: String,
        pub created_at: i64,
    }
}

/// The newest lines.
pub async fn list(r: &Reader, limit: i64) -> Result<Vec<Entry>> {
    r.all(sql!("SELECT id, actor_kind, actor_account_id, action, target, detail, created_at FROM audit_log ORDER BY id DESC LIMIT $1"), args![limit])
        .await
}
