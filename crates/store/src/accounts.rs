//! Accounts, local and remote, with what is shown of them.

use crate::{AccountId, Reader, Result, Tx, args, record, sql};

/// The instance's own actor, as in Mastodon.
pub const INSTANCE_ACTOR: AccountId = AccountId(-99);

record! {
    /// An account with its counters and, if it is local, its highlighted role.
    pub struct Account {
        pub id: AccountId,
        pub username: String,
        /// Empty for local accounts.
        pub domain: String,
        pub id_scheme: i64,
        pub uri: String,
        pub url: Option<String>,
        /// 0 Person, 1 Service, 2 Application, 3 Group, 4 Organization.
        pub actor_type: i64,
        pub display_name: String,
        pub note: String,
        /// JSON: `[{"name", "value", "verified_at"}]`.
        pub fields: String,
        pub locked: bool,
        pub discoverable: Option<bool>,
        pub indexable: bool,
        pub hide_collections: Option<bool>,
        pub memorial: bool,
        pub silenced_at: Option<i64>,
        pub sensitized_at: Option<i64>,
        pub suspended_at: Option<i64>,
        pub created_at: i64,
        pub statuses_count: i64,
        pub following_count: i64,
        pub followers_count: i64,
        pub last_status_at: Option<i64>,
        /// Whether a person can sign in to it, has confirmed it and was let in.
        pub usable: bool,
        pub role_id: Option<i64>,
        pub role_name: Option<String>,
        pub role_color: Option<String>,
    }
}

impl Account {
    pub fn is_local(&self) -> bool {
        self.domain.is_empty()
    }
}

macro_rules! account_select {
    () => {
        "SELECT a.id, a.username, a.domain, a.id_scheme, a.uri, a.url, a.actor_type, a.display_name, a.note, a.fields,
                a.locked, a.discoverable, a.indexable, a.hide_collections, a.memorial, a.silenced_at, a.sensitized_at,
                a.suspended_at, a.created_at, COALESCE(st.statuses_count, 0), COALESCE(st.following_count, 0),
                COALESCE(st.followers_count, 0), st.last_status_at,
                (a.domain <> '' OR (u.id IS NOT NULL AND u.confirmed_at IS NOT NULL AND u.approved = TRUE)),
                ro.id, ro.name, ro.color
           FROM accounts a
           LEFT JOIN account_stats st ON st.account_id = a.id
           LEFT JOIN users u ON u.account_id = a.id
           LEFT JOIN roles ro ON ro.id = u.role_id AND ro.highlighted = TRUE"
    };
}

/// A local account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub id: AccountId,
    pub username: String,
    pub domain: String,
    pub uri: String,
    pub url: Option<String>,
    pub actor_type: i64,
    pub display_name: String,
    pub locked: bool,
}

/// Inserts an account; false if the handle or the URI is taken.
pub async fn insert(tx: &Tx, account: &NewAccount) -> Result<bool> {
    let now = tx.now();
    let key = account.username.to_lowercase();
    let added = tx
        .exec(
            sql!(
                "INSERT INTO accounts (id, username, username_key, domain, uri, url, actor_type, display_name, locked, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING"
            ),
            args![
                account.id,
                &account.username,
                key,
                &account.domain,
                &account.uri,
                account.url.clone(),
                account.actor_type,
                &account.display_name,
                account.locked,
                now
            ],
        )
        .await?;
    Ok(added > 0)
}

pub async fn find(r: &Reader, id: AccountId) -> Result<Option<Account>> {
    r.maybe(sql!(concat!(account_select!(), " WHERE a.id = $1")), args![id]).await
}

/// The accounts with these ids, in no order.
pub async fn list(r: &Reader, ids: &[AccountId]) -> Result<Vec<Account>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    r.all(sql!(concat!(account_select!(), " WHERE a.id = ANY($1)")), args![ids]).await
}

/// By handle; `domain` is empty for local accounts.
pub async fn find_by_handle(r: &Reader, username: &str, domain: &str) -> Result<Option<Account>> {
    r.maybe(sql!(concat!(account_select!(), " WHERE a.username_key = $1 AND a.domain = $2")), args![username.to_lowercase(), domain]).await
}

/// Local accounts in the order of their names after `after`, for the CLI.
pub async fn list_local(r: &Reader, after: &str, limit: i64) -> Result<Vec<Account>> {
    r.all(
        sql!(concat!(account_select!(), " WHERE a.domain = '' AND a.id > 0 AND a.username_key > $1 ORDER BY a.username_key LIMIT $2")),
        args![after, limit],
    )
    .await
}

/// Hides the account everywhere at once; what it left is cleaned up by a job.
pub async fn suspend(tx: &Tx, id: AccountId) -> Result<()> {
    tx.exec(sql!("UPDATE accounts SET suspended_at = $1, updated_at = $1 WHERE id = $2"), args![tx.now(), id]).await.map(drop)
}

/// Deletes the account's row, its counters and what names it, the last step of its removal.
pub async fn delete(tx: &Tx, id: AccountId) -> Result<()> {
    crate::search::accounts::delete(tx, id).await?;
    tx.exec(sql!("DELETE FROM account_stats WHERE account_id = $1"), args![id]).await?;
    tx.exec(sql!("DELETE FROM keypairs WHERE account_id = $1"), args![id]).await?;
    tx.exec(sql!("DELETE FROM mentions WHERE account_id = $1"), args![id]).await?;
    tx.exec(sql!("DELETE FROM idempotency_keys WHERE account_id = $1"), args![id]).await?;
    tx.exec(sql!("DELETE FROM accounts WHERE id = $1"), args![id]).await.map(drop)
}

/// Keeps an actor's key pair; the private half is sealed with the master key.
pub async fn insert_keypair(tx: &Tx, account: AccountId, kind: i64, fragment: &str, public_key: &str, sealed: Vec<u8>) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO keypairs (id, account_id, kind, fragment, public_key, sealed_private_key, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        args![tx.next_id(), account, kind, fragment, public_key, sealed, tx.now()],
    )
    .await
    .map(drop)
}

/// Whether the account has a key pair with this fragment.
pub async fn has_keypair(r: &Reader, account: AccountId, fragment: &str) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM keypairs WHERE account_id = $1 AND fragment = $2)"), args![account, fragment])
        .await?
        .unwrap_or(false))
}
