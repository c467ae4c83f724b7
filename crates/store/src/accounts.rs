//! Accounts, local and remote, with what is shown of them.

use crate::{AccountId, MediaId, Reader, Result, Tx, args, record, sql};

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
        /// JSON: `[{"username", "domain", "url"}]`, whom note and fields name.
        pub mentions: String,
        pub show_media: bool,
        pub show_media_replies: bool,
        pub show_featured: bool,
        pub avatar_description: String,
        pub header_description: String,
        /// Keys of the pictures' files; the still ones only where the picture moves.
        pub avatar: Option<String>,
        pub avatar_static: Option<String>,
        pub header: Option<String>,
        pub header_static: Option<String>,
        /// Where the pictures of a remote account are; empty if it has none.
        pub avatar_remote_url: String,
        pub header_remote_url: String,
        /// JSON: `[[emoji id, "shortcode"]]`, what a remote account's texts may show.
        pub emojis: String,
    }
}

impl Account {
    pub fn is_local(&self) -> bool {
        self.domain.is_empty()
    }
}

/// The key of a picture's file, by the column that names it.
macro_rules! picture_key {
    ($column:literal, $variant:literal) => {
        concat!(
            "(SELECT pb.key FROM media_files pf JOIN blobs pb ON pb.id = pf.blob_id WHERE pf.media_id = ",
            $column,
            " AND pf.variant = '",
            $variant,
            "')"
        )
    };
}

macro_rules! account_select {
    () => {
        concat!(
            "SELECT a.id, a.username, a.domain, a.id_scheme, a.uri, a.url, a.actor_type, a.display_name, a.note, a.fields,
                a.locked, a.discoverable, a.indexable, a.hide_collections, a.memorial, a.silenced_at, a.sensitized_at,
                a.suspended_at, a.created_at, COALESCE(st.statuses_count, 0), COALESCE(st.following_count, 0),
                COALESCE(st.followers_count, 0), st.last_status_at,
                (a.domain <> '' OR (u.id IS NOT NULL AND u.confirmed_at IS NOT NULL AND u.approved = TRUE)),
                ro.id, ro.name, ro.color, a.mentions, a.show_media, a.show_media_replies, a.show_featured,
                a.avatar_description, a.header_description, ",
            picture_key!("a.avatar_media_id", "original"),
            ", ",
            picture_key!("a.avatar_media_id", "static"),
            ", ",
            picture_key!("a.header_media_id", "original"),
            ", ",
            picture_key!("a.header_media_id", "static"),
            ", a.avatar_remote_url, a.header_remote_url, a.emojis
                FROM accounts a
           LEFT JOIN account_stats st ON st.account_id = a.id
           LEFT JOIN users u ON u.account_id = a.id
           LEFT JOIN roles ro ON ro.id = u.role_id AND ro.highlighted = TRUE"
        )
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

/// What a person says of themselves, as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    pub display_name: String,
    pub note: String,
    /// JSON, as `mentions` and `attribution_domains`.
    pub fields: String,
    pub mentions: String,
    pub attribution_domains: String,
    pub actor_type: i64,
    pub locked: bool,
    pub discoverable: Option<bool>,
    pub indexable: bool,
    pub hide_collections: Option<bool>,
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    pub avatar_description: String,
    pub header_description: String,
}

pub async fn set_profile(tx: &Tx, id: AccountId, p: &Profile) -> Result<()> {
    tx.exec(
        sql!(
            "UPDATE accounts SET display_name = $2, note = $3, fields = $4, mentions = $5, attribution_domains = $6, actor_type = $7,
                    locked = $8, discoverable = $9, indexable = $10, hide_collections = $11, show_media = $12, show_media_replies = $13,
                    show_featured = $14, avatar_description = $15, header_description = $16, updated_at = $17
              WHERE id = $1"
        ),
        args![
            id,
            &p.display_name,
            &p.note,
            &p.fields,
            &p.mentions,
            &p.attribution_domains,
            p.actor_type,
            p.locked,
            p.discoverable,
            p.indexable,
            p.hide_collections,
            p.show_media,
            p.show_media_replies,
            p.show_featured,
            &p.avatar_description,
            &p.header_description,
            tx.now()
        ],
    )
    .await
    .map(drop)
}

/// JSON list of the sites that may name this account as their author.
pub async fn attribution_domains(r: &Reader, id: AccountId) -> Result<String> {
    Ok(r.value(sql!("SELECT attribution_domains FROM accounts WHERE id = $1"), args![id]).await?.unwrap_or_default())
}

/// Which `media_files` are its pictures: avatar, header.
pub async fn find_pictures(r: &Reader, id: AccountId) -> Result<(Option<MediaId>, Option<MediaId>)> {
    Ok(r.maybe(sql!("SELECT avatar_media_id, header_media_id FROM accounts WHERE id = $1"), args![id]).await?.unwrap_or_default())
}

pub async fn set_pictures(tx: &Tx, id: AccountId, avatar: Option<MediaId>, header: Option<MediaId>) -> Result<()> {
    tx.exec(
        sql!("UPDATE accounts SET avatar_media_id = $2, header_media_id = $3, updated_at = $4 WHERE id = $1"),
        args![id, avatar, header, tx.now()],
    )
    .await
    .map(drop)
}

/// Local accounts by their names (lower case), in no order: those that can be shown.
pub async fn list_local_by_names(r: &Reader, names: &[String]) -> Result<Vec<Account>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    r.all(
        sql!(concat!(
            account_select!(),
            " WHERE a.username_key = ANY($1) AND a.domain = '' AND a.suspended_at IS NULL
                AND u.confirmed_at IS NOT NULL AND u.approved = TRUE"
        )),
        args![names],
    )
    .await
}

/// Takes everything off an account that says who it was: what is left of it is its address, while its key is needed.
pub async fn blank(tx: &Tx, id: AccountId) -> Result<()> {
    crate::search::accounts::delete(tx, id).await?;
    tx.exec(
        sql!(
            "UPDATE accounts SET display_name = '', note = '', fields = '[]', mentions = '[]', attribution_domains = '[]',
                    avatar_description = '', header_description = '', avatar_media_id = NULL, header_media_id = NULL, updated_at = $2
              WHERE id = $1"
        ),
        args![id, tx.now()],
    )
    .await
    .map(drop)
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

/// Until the transaction ends nobody else who asks for this lock goes on: what is counted stays so.
pub async fn lock(tx: &Tx, id: AccountId) -> Result<()> {
    tx.value::<i64>(sql!("SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE"), args![id]).await.map(drop)
}
