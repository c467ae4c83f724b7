//! Accounts by the beginnings of their names, and by the words of the bio of those who want to be found.

use super::{Query, query::lexeme};
use crate::dialect::Engine;
use crate::hidden::hidden_from_viewer;
use crate::{AccountId, Reader, Result, Tx, args, record, sql};

/// Writes an account's row anew: `names` are the words of its user name, display name and domain,
/// `bio` those of its bio.
pub async fn put(tx: &Tx, id: AccountId, names: &[String], bio: &[String]) -> Result<()> {
    let placed = |words: &[String], weight: &str| {
        let words = words.iter().enumerate().filter(|(_, word)| !word.is_empty());
        words.map(|(place, word)| format!("{}:{}{weight}", lexeme(word), place + 1)).collect::<Vec<_>>().join(" ")
    };
    let gapped = |words: &[String]| words.iter().map(|word| if word.is_empty() { "_" } else { word }).collect::<Vec<_>>().join(" ");
    let (names, bio) = match tx.engine() {
        Engine::Sqlite => (gapped(names), gapped(bio)),
        Engine::Postgres => (placed(names, "A"), placed(bio, "")),
    };
    tx.exec(
        sql!(
            "INSERT INTO search_accounts (account_id, tokens) VALUES ($1, CAST(CAST($2 AS TEXT) AS TSVECTOR) || CAST(CAST($3 AS TEXT) AS TSVECTOR))
             ON CONFLICT (account_id) DO UPDATE SET tokens = excluded.tokens",
            sqlite: "INSERT OR REPLACE INTO search_accounts (rowid, words, marks) VALUES ($1, $2, $3)",
        ),
        args![id, names, bio],
    )
    .await
    .map(drop)
}

pub async fn delete(tx: &Tx, id: AccountId) -> Result<()> {
    tx.exec(
        sql!(
            "DELETE FROM search_accounts WHERE account_id = $1",
            sqlite: "DELETE FROM search_accounts WHERE rowid = $1",
        ),
        args![id],
    )
    .await
    .map(drop)
}

/// Accounts that match, the newest first.
pub async fn candidates(r: &Reader, query: &Query, limit: i64) -> Result<Vec<AccountId>> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    r.column(
        sql!(
            "SELECT account_id FROM search_accounts WHERE tokens @@ CAST(CAST($1 AS TEXT) AS TSQUERY) ORDER BY account_id DESC LIMIT $2",
            sqlite: "SELECT rowid FROM search_accounts WHERE search_accounts MATCH $1 ORDER BY rowid DESC LIMIT $2",
        ),
        args![query.value(r.engine()), limit],
    )
    .await
}

/// Those the viewer follows that match, of the `follows` newest follows.
pub async fn followed_candidates(r: &Reader, query: &Query, viewer: AccountId, follows: i64) -> Result<Vec<AccountId>> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    r.column(
        sql!(
            "SELECT f.account_id FROM (SELECT target_account_id FROM follows WHERE account_id = $2 ORDER BY id DESC LIMIT $3) w
               JOIN search_accounts f ON f.account_id = w.target_account_id
              WHERE f.tokens @@ CAST(CAST($1 AS TEXT) AS TSQUERY)",
            sqlite: "SELECT search_accounts.rowid FROM (SELECT target_account_id FROM follows WHERE account_id = $2 ORDER BY id DESC LIMIT $3) w
              CROSS JOIN search_accounts WHERE search_accounts.rowid = w.target_account_id AND search_accounts MATCH $1",
        ),
        args![query.value(r.engine()), viewer, follows],
    )
    .await
}

/// `ids` in the order in which they are shown, without those who cannot be shown: no suspended account,
/// none that cannot be used yet, nobody whom the viewer (0: nobody) blocks or mutes or who blocks them.
/// The followed come first, then who has more followers.
pub async fn ranked(r: &Reader, ids: &[AccountId], viewer: AccountId, limit: i64, offset: i64) -> Result<Vec<AccountId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    r.column(
        sql!(concat!(
            "SELECT a.id FROM accounts a
               LEFT JOIN account_stats st ON st.account_id = a.id
               LEFT JOIN users u ON u.account_id = a.id
               LEFT JOIN follows f ON f.account_id = $2 AND f.target_account_id = a.id
              WHERE a.id = ANY($1) AND a.id > 0 AND a.suspended_at IS NULL
                AND (a.domain <> '' OR (u.confirmed_at IS NOT NULL AND u.approved = TRUE))
                AND NOT ",
            hidden_from_viewer!("a.id", "$2"),
            " ORDER BY CASE WHEN f.id IS NULL THEN 1 ELSE 0 END, COALESCE(st.followers_count, 0) DESC, a.id LIMIT $3 OFFSET $4"
        )),
        args![ids, viewer, limit, offset],
    )
    .await
}

record! {
    /// What of an account goes into its row.
    pub struct Source {
        pub id: AccountId,
        pub username: String,
        pub domain: String,
        pub display_name: String,
        pub note: String,
        pub discoverable: Option<bool>,
    }
}

/// An account that can have a row.
pub async fn find_source(r: &Reader, id: AccountId) -> Result<Option<Source>> {
    r.maybe(
        sql!(
            "SELECT id, username, domain, display_name, note, discoverable FROM accounts
              WHERE id = $1 AND id > 0 AND suspended_at IS NULL"
        ),
        args![id],
    )
    .await
}

/// Accounts after `after`, in the order of their ids.
pub async fn list_after(r: &Reader, after: AccountId, limit: i64) -> Result<Vec<AccountId>> {
    r.column(sql!("SELECT id FROM accounts WHERE id > $1 ORDER BY id LIMIT $2"), args![after, limit]).await
}
