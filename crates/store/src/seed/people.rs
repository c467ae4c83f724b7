//! Who writes the seeded statuses, and who reads them.

use std::collections::HashMap;

use crate::{AccountId, Db, Reader, Result, args, record, sql};

/// Accounts looked up in one statement.
const LOOKUP: usize = 5_000;

record! {
    struct Row {
        id: AccountId,
        username: String,
        domain: String,
        uri: String,
        url: Option<String>,
        indexable: bool,
        statuses_count: i64,
        last_active_at: Option<i64>,
    }
}

/// An author.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub id: AccountId,
    pub username: String,
    /// Empty: of this server.
    pub domain: String,
    pub uri: String,
    pub url: String,
    /// Others may search what they wrote.
    pub indexable: bool,
    /// They sign in here.
    pub is_user: bool,
    /// They were here lately and so have a feed.
    pub is_here: bool,
}

impl Person {
    pub(super) fn is_local(&self) -> bool {
        self.domain.is_empty()
    }

    /// The beginning of their addresses: scheme and host.
    pub(super) fn origin(&self) -> &str {
        self.uri.match_indices('/').nth(2).map_or(self.uri.as_str(), |(at, _)| &self.uri[..at])
    }

    /// As others address them here.
    pub(super) fn handle(&self) -> String {
        if self.is_local() { format!("@{}", self.username) } else { format!("@{}@{}", self.username, self.domain) }
    }
}

/// These accounts in their order, without those that are gone; and how many statuses they have.
pub(super) async fn load(db: &Db, ids: &[AccountId], active_since: i64) -> Result<(Vec<Person>, i64)> {
    let mut found: HashMap<AccountId, Row> = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(LOOKUP) {
        let chunk = chunk.to_vec();
        found.extend(db.read(move |r| async move { rows(&r, &chunk).await }).await?.into_iter().map(|row| (row.id, row)));
    }
    let written = found.values().map(|row| row.statuses_count).sum();
    let person = |row: Row| Person {
        id: row.id,
        url: row.url.unwrap_or_else(|| row.uri.clone()),
        username: row.username,
        domain: row.domain,
        uri: row.uri,
        indexable: row.indexable,
        is_user: row.last_active_at.is_some(),
        is_here: row.last_active_at.is_some_and(|at| at > active_since),
    };
    Ok((ids.iter().filter_map(|id| found.remove(id)).map(person).collect(), written))
}

async fn rows(r: &Reader, ids: &[AccountId]) -> Result<Vec<Row>> {
    r.all(
        sql!(
            "SELECT a.id, a.username, a.domain, a.uri, a.url, a.indexable, COALESCE(st.statuses_count, 0),
                    CASE WHEN u.id IS NULL THEN NULL ELSE COALESCE(u.last_active_at, 0) END
               FROM accounts a LEFT JOIN account_stats st ON st.account_id = a.id LEFT JOIN users u ON u.account_id = a.id
              WHERE a.id = ANY($1)"
        ),
        args![ids],
    )
    .await
}

/// Accounts with a login here that were here lately and follow some of `ids`: whom they follow.
pub(super) async fn followers(db: &Db, ids: &[AccountId], active_since: i64) -> Result<Vec<(AccountId, AccountId)>> {
    let mut pairs: Vec<(AccountId, AccountId)> = Vec::new();
    for chunk in ids.chunks(LOOKUP) {
        let chunk = chunk.to_vec();
        let more: Vec<_> = db
            .read(move |r| async move {
                r.all::<(AccountId, AccountId)>(
                    sql!(
                        "SELECT f.account_id, f.target_account_id FROM follows f JOIN users u ON u.account_id = f.account_id
                      WHERE f.target_account_id = ANY($1) AND u.last_active_at > $2"
                    ),
                    args![&chunk, active_since],
                )
                .await
            })
            .await?;
        pairs.extend(more);
    }
    Ok(pairs)
}

/// Accounts for whom more counts than whom they follow: what they block, mute, or want to see of whom, their
/// lists and hashtags.
pub(super) async fn particular(r: &Reader) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT account_id FROM blocks UNION SELECT target_account_id FROM blocks UNION SELECT account_id FROM mutes
             UNION SELECT account_id FROM account_domain_blocks UNION SELECT account_id FROM lists UNION SELECT account_id FROM tag_follows
             UNION SELECT account_id FROM follows WHERE languages IS NOT NULL OR show_reblogs = FALSE"
        ),
        args![],
    )
    .await
}

/// The accounts of these names (in lower case) on any server: name and id, those of this server first.
pub(super) async fn named(r: &Reader, names: &[String]) -> Result<Vec<(String, AccountId)>> {
    r.all(
        sql!(
            "SELECT username_key, id FROM accounts WHERE username_key = ANY($1) AND suspended_at IS NULL
              ORDER BY CASE WHEN domain = '' THEN 0 ELSE 1 END, id"
        ),
        args![names],
    )
    .await
}

/// Accounts of other servers, those that somebody follows first.
pub(super) async fn remote(r: &Reader, limit: i64) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT a.id FROM accounts a WHERE a.domain <> '' AND a.suspended_at IS NULL
              ORDER BY CASE WHEN EXISTS (SELECT 1 FROM follows f WHERE f.target_account_id = a.id) THEN 0 ELSE 1 END, a.id LIMIT $1"
        ),
        args![limit],
    )
    .await
}
