//! Accounts of other servers: what their actors say of themselves, and when that was last asked.

use crate::{AccountId, Reader, Result, Tx, args, record, sql};

/// Who suspended an account, by the numbers of the column `suspension_origin`.
pub const LOCAL: i64 = 0;
pub const REMOTE: i64 = 1;

record! {
    /// What decides how an actor's document is taken. Also of local accounts: they have URIs, too.
    pub struct Known {
        pub id: AccountId,
        pub username: String,
        /// Empty for local accounts.
        pub domain: String,
        pub uri: String,
        pub indexable: bool,
        pub suspended_at: Option<i64>,
        pub suspension_origin: Option<i64>,
        /// When its document was last taken, milliseconds UTC.
        pub fetched_at: Option<i64>,
    }
}

macro_rules! known_select {
    () => {
        "SELECT id, username, domain, uri, indexable, suspended_at, suspension_origin, fetched_at FROM accounts"
    };
}

pub async fn find(r: &Reader, id: AccountId) -> Result<Option<Known>> {
    r.maybe(sql!(concat!(known_select!(), " WHERE id = $1")), args![id]).await
}

pub async fn find_by_uri(r: &Reader, uri: &str) -> Result<Option<Known>> {
    r.maybe(sql!(concat!(known_select!(), " WHERE uri = $1")), args![uri]).await
}

/// By handle in any case; `domain` is not empty.
pub async fn find_by_handle(r: &Reader, username: &str, domain: &str) -> Result<Option<Known>> {
    r.maybe(sql!(concat!(known_select!(), " WHERE username_key = $1 AND domain = $2")), args![username.to_lowercase(), domain]).await
}

/// Remote accounts with this page; at most two are read, since only one can be meant.
pub async fn list_by_url(r: &Reader, url: &str) -> Result<Vec<Known>> {
    r.all(sql!(concat!(known_select!(), " WHERE url = $1 AND domain <> '' LIMIT 2")), args![url]).await
}

/// The accounts of a server after `after`, in the order of their ids.
pub async fn list_of_domain(r: &Reader, domain: &str, after: AccountId, limit: i64) -> Result<Vec<AccountId>> {
    r.column(sql!("SELECT id FROM accounts WHERE domain = $1 AND id > $2 ORDER BY id LIMIT $3"), args![domain, after, limit]).await
}

/// Remote accounts after `after`, in the order of their ids.
pub async fn list_all(r: &Reader, after: AccountId, limit: i64) -> Result<Vec<AccountId>> {
    r.column(sql!("SELECT id FROM accounts WHERE id > $1 AND domain <> '' ORDER BY id LIMIT $2"), args![after, limit]).await
}

/// What an actor says, ready to be kept: texts are sanitised, lists are JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    pub uri: String,
    pub url: String,
    pub actor_type: i64,
    pub display_name: String,
    pub note: String,
    pub fields: String,
    pub locked: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub memorial: bool,
    pub inbox_url: String,
    pub shared_inbox_url: String,
    pub outbox_url: String,
    pub followers_url: String,
    pub following_url: String,
    pub featured_url: String,
    pub avatar_remote_url: String,
    pub header_remote_url: String,
    pub avatar_description: String,
    pub header_description: String,
    pub also_known_as: String,
    pub attribution_domains: String,
    pub emojis: String,
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
}

/// Makes the row of an account; the profile is written by [`update`]. False if the handle or the URI is taken.
pub async fn insert(tx: &Tx, id: AccountId, username: &str, domain: &str, uri: &str, created_at: i64) -> Result<bool> {
    let added = tx
        .exec(
            sql!(
                "INSERT INTO accounts (id, username, username_key, domain, uri, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
            ),
            args![id, username, username.to_lowercase(), domain, uri, created_at, tx.now()],
        )
        .await?;
    Ok(added > 0)
}

/// Writes what the actor says now.
pub async fn update(tx: &Tx, id: AccountId, p: &Profile) -> Result<()> {
    tx.exec(
        sql!(
            "UPDATE accounts SET uri = $2, url = $3, actor_type = $4, display_name = $5, note = $6, fields = $7, locked = $8, discoverable = $9,
                    indexable = $10, memorial = $11, inbox_url = $12, shared_inbox_url = $13, outbox_url = $14, followers_url = $15,
                    following_url = $16, featured_url = $17, avatar_remote_url = $18, header_remote_url = $19, avatar_description = $20,
                    header_description = $21, also_known_as = $22, attribution_domains = $23, emojis = $24, show_media = $25,
                    show_media_replies = $26, show_featured = $27, fetched_at = $28, updated_at = $28
              WHERE id = $1"
        ),
        args![
            id,
            &p.uri,
            &p.url,
            p.actor_type,
            &p.display_name,
            &p.note,
            &p.fields,
            p.locked,
            p.discoverable,
            p.indexable,
            p.memorial,
            &p.inbox_url,
            &p.shared_inbox_url,
            &p.outbox_url,
            &p.followers_url,
            &p.following_url,
            &p.featured_url,
            &p.avatar_remote_url,
            &p.header_remote_url,
            &p.avatar_description,
            &p.header_description,
            &p.also_known_as,
            &p.attribution_domains,
            &p.emojis,
            p.show_media,
            p.show_media_replies,
            p.show_featured,
            tx.now()
        ],
    )
    .await
    .map(drop)
}

/// Gives an account another handle; false if somebody has it.
pub async fn set_handle(tx: &Tx, id: AccountId, username: &str, domain: &str) -> Result<bool> {
    let changed = tx
        .exec(
            sql!(
                "UPDATE accounts SET username = $2, username_key = $3, domain = $4 WHERE id = $1
                    AND NOT EXISTS (SELECT 1 FROM accounts o WHERE o.username_key = $3 AND o.domain = $4 AND o.id <> $1)"
            ),
            args![id, username, username.to_lowercase(), domain],
        )
        .await?;
    Ok(changed > 0)
}

/// Suspends an account, or lifts its suspension (`origin` is `None`).
pub async fn set_suspension(tx: &Tx, id: AccountId, origin: Option<i64>) -> Result<()> {
    let at = origin.map(|_| tx.now());
    tx.exec(sql!("UPDATE accounts SET suspended_at = $2, suspension_origin = $3 WHERE id = $1"), args![id, at, origin]).await.map(drop)
}

/// The account was asked for just now, whatever came of it.
pub async fn touch(tx: &Tx, id: AccountId) -> Result<()> {
    tx.exec(sql!("UPDATE accounts SET fetched_at = $2 WHERE id = $1"), args![id, tx.now()]).await.map(drop)
}

record! {
    /// Where an account's numbers are.
    pub struct Collections {
        pub uri: String,
        pub outbox_url: String,
        pub followers_url: String,
        pub following_url: String,
    }
}

/// Of a remote account.
pub async fn find_collections(r: &Reader, id: AccountId) -> Result<Option<Collections>> {
    r.maybe(sql!("SELECT uri, outbox_url, followers_url, following_url FROM accounts WHERE id = $1 AND domain <> ''"), args![id]).await
}

/// What an account's server says of its numbers; what it does not say stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub statuses: Option<i64>,
    pub following: Option<i64>,
    pub followers: Option<i64>,
}

pub async fn set_counters(tx: &Tx, id: AccountId, counters: &Counters) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO account_stats (account_id, statuses_count, following_count, followers_count)
             VALUES ($1, COALESCE(CAST($2 AS BIGINT), 0), COALESCE(CAST($3 AS BIGINT), 0), COALESCE(CAST($4 AS BIGINT), 0))
             ON CONFLICT (account_id) DO UPDATE SET
                statuses_count = COALESCE(CAST($2 AS BIGINT), account_stats.statuses_count),
                following_count = COALESCE(CAST($3 AS BIGINT), account_stats.following_count),
                followers_count = COALESCE(CAST($4 AS BIGINT), account_stats.followers_count)"
        ),
        args![id, counters.statuses, counters.following, counters.followers],
    )
    .await
    .map(drop)
}

/// Whether the account lets everybody see whom it follows and who follows it.
pub async fn set_hide_collections(tx: &Tx, id: AccountId, hide: bool) -> Result<()> {
    tx.exec(sql!("UPDATE accounts SET hide_collections = $2 WHERE id = $1"), args![id, hide]).await.map(drop)
}

/// A key that an actor lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its `keyId`.
    pub uri: String,
    /// Of `keypairs.kind`.
    pub kind: i64,
    /// PEM, or multibase.
    pub public_key: String,
}

/// The account's keys are these and no others. Those in force are not written again. A key that is another account's is
/// left to it.
pub async fn replace_keys(tx: &Tx, id: AccountId, keys: &[Key]) -> Result<()> {
    let uris: Vec<String> = keys.iter().map(|key| key.uri.clone()).collect();
    tx.exec(sql!("DELETE FROM keypairs WHERE account_id = $1 AND sealed_private_key IS NULL AND (uri IS NULL OR uri <> ALL($2))"), args![id, uris])
        .await?;
    for key in keys {
        tx.exec(
            sql!(
                "INSERT INTO keypairs (id, account_id, kind, fragment, public_key, uri, created_at) VALUES ($1, $2, $3, $4, $5, $4, $6)
                 ON CONFLICT (uri) WHERE uri IS NOT NULL DO UPDATE SET kind = excluded.kind, public_key = excluded.public_key
                  WHERE keypairs.account_id = excluded.account_id AND keypairs.public_key <> excluded.public_key"
            ),
            args![tx.next_id(), id, key.kind, &key.uri, &key.public_key, tx.now()],
        )
        .await?;
    }
    Ok(())
}

/// Before the name of an account whose handle has become another's: no username begins with it.
const INVALID: char = '!';

/// The stand-in for the name of an account whose handle has become another's.
pub fn lost_handle(id: AccountId) -> String {
    format!("{INVALID}{id}")
}

/// Whether an account's name is only a stand-in: its handle has become another's, and its own is not known yet.
pub fn has_lost_handle(username: &str) -> bool {
    username.starts_with(INVALID)
}
