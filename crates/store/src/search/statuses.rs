//! Statuses by their words. A row exists for what somebody here may find: its words, and marks that
//! say who (`_public`, `_u` and an account's id) and what it is (`_hmedia`, `_lde`, …).

use super::{Query, literals};
use crate::hidden::hidden_from_viewer;
use crate::{AccountId, PollId, Reader, Result, StatusId, Tx, args, markup, record, sql};

/// Writes a status's row anew.
pub async fn put(tx: &Tx, id: StatusId, words: &[String], marks: &[String]) -> Result<()> {
    let (words, marks) = literals(tx.engine(), words, marks);
    tx.exec(
        sql!(
            "INSERT INTO search_statuses (status_id, tokens) VALUES ($1, CAST(CAST($2 AS TEXT) AS TSVECTOR) || CAST(CAST($3 AS TEXT) AS TSVECTOR))
             ON CONFLICT (status_id) DO UPDATE SET tokens = excluded.tokens",
            sqlite: "INSERT OR REPLACE INTO search_statuses (rowid, words, marks) VALUES ($1, $2, $3)",
        ),
        args![id, words, marks],
    )
    .await
    .map(drop)
}

pub async fn delete(tx: &Tx, ids: &[StatusId]) -> Result<()> {
    tx.exec(
        sql!(
            "DELETE FROM search_statuses WHERE status_id = ANY($1)",
            sqlite: "DELETE FROM search_statuses WHERE rowid = ANY($1)",
        ),
        args![ids],
    )
    .await
    .map(drop)
}

/// The newest statuses that match, older than `below` and newer than `above`. Whether they are still
/// there and may be seen is another question.
///
/// PostgreSQL looks at the newest 200 in turn, which is enough for a common word; then at the newest 4,000, where it
/// stops when it has found enough; and asks the index for all there are of what is rare among those. The query is read
/// once, not for each row, and no index but the words' own is of use to the last step: a plan for any values would walk
/// all ids there are.
pub async fn candidates(r: &Reader, query: &Query, above: i64, below: i64, limit: i64) -> Result<Vec<StatusId>> {
    if query.is_empty() || limit < 1 {
        return Ok(Vec::new());
    }
    r.column(
        sql!(
            "WITH newest AS MATERIALIZED (
               SELECT w.status_id FROM (
                 SELECT status_id, tokens FROM search_statuses WHERE status_id < $1 AND status_id > $2 ORDER BY status_id DESC LIMIT 200) w
                WHERE w.tokens @@ (SELECT CAST(CAST($4 AS TEXT) AS TSQUERY)) ORDER BY w.status_id DESC LIMIT $3),
             newer AS MATERIALIZED (
               SELECT w.status_id FROM (
                 SELECT status_id, tokens FROM search_statuses WHERE status_id < $1 AND status_id > $2 ORDER BY status_id DESC LIMIT 4000) w
                WHERE (SELECT COUNT(*) < $3 FROM newest)
                  AND w.tokens @@ (SELECT CAST(CAST($4 AS TEXT) AS TSQUERY)) ORDER BY w.status_id DESC LIMIT $3),
             every AS MATERIALIZED (
               SELECT status_id FROM search_statuses
                WHERE (SELECT COUNT(*) < $3 FROM newest) AND (SELECT COUNT(*) < $3 FROM newer)
                  AND tokens @@ (SELECT CAST(CAST($4 AS TEXT) AS TSQUERY)) AND status_id + 0 < $1 AND status_id + 0 > $2)
             SELECT status_id FROM newest UNION SELECT status_id FROM newer UNION SELECT status_id FROM every
              ORDER BY status_id DESC LIMIT $3",
            sqlite: "SELECT rowid FROM search_statuses WHERE search_statuses MATCH $4 AND rowid < $1 AND rowid > $2 ORDER BY rowid DESC LIMIT $3",
        ),
        args![below, above, limit, query.value(r.engine())],
    )
    .await
}

/// Which of `ids` are by somebody the viewer wants to hear: nobody blocked, muted or of a blocked host,
/// and of those limited by moderators only the followed.
pub async fn wanted_ids(r: &Reader, ids: &[StatusId], viewer: AccountId) -> Result<Vec<StatusId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    r.column(
        sql!(concat!(
            "SELECT s.id FROM statuses s JOIN accounts a ON a.id = s.account_id
              WHERE s.id = ANY($1) AND s.reblog_of_id IS NULL AND s.deleted_at IS NULL AND a.suspended_at IS NULL
                AND (s.account_id = $2 OR (NOT ",
            hidden_from_viewer!("s.account_id", "$2"),
            " AND (a.silenced_at IS NULL
                   OR EXISTS (SELECT 1 FROM follows f WHERE f.account_id = $2 AND f.target_account_id = s.account_id))))"
        )),
        args![ids, viewer],
    )
    .await
}

record! {
    /// What of a status goes into its row.
    pub struct Source {
        pub id: StatusId,
        pub account_id: AccountId,
        pub local: bool,
        pub text: String,
        /// HTML.
        pub content: String,
        pub spoiler_text: String,
        pub sensitive: bool,
        pub visibility: i64,
        pub language: Option<String>,
        pub reply: bool,
        pub poll_id: Option<PollId>,
        /// Whether the author lets everybody search their public statuses.
        pub indexable: bool,
        pub author_is_local: bool,
    }
}

/// Makes whoever else writes the row of this status wait: what is read after this is what will be true
/// when it is written. (SQLite has one writer anyway.)
pub async fn lock(tx: &Tx, id: StatusId) -> Result<()> {
    tx.column::<i64>(sql!("SELECT id FROM statuses WHERE id = $1 FOR UPDATE"), args![id]).await.map(drop)
}

/// A status that can have a row: no reblog, not deleted.
pub async fn find_source(r: &Reader, id: StatusId) -> Result<Option<Source>> {
    let source: Option<Source> = r
        .maybe(
            sql!(
                "SELECT s.id, s.account_id, s.local, s.text, s.content, s.spoiler_text, s.sensitive, s.visibility, s.language, s.reply, s.poll_id,
                    a.indexable, a.domain = ''
               FROM statuses s JOIN accounts a ON a.id = s.account_id
              WHERE s.id = $1 AND s.reblog_of_id IS NULL AND s.deleted_at IS NULL AND a.suspended_at IS NULL"
            ),
            args![id],
        )
        .await?;
    Ok(source.map(|source| Source { content: markup::unpack(source.content, &source.text), ..source }))
}

/// The accounts here in whose library a status is, apart from its author: who marked it, passed it on,
/// voted in its poll or is mentioned in it. At most `limit`.
pub async fn readers(r: &Reader, id: StatusId, limit: i64) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT DISTINCT l.account_id FROM (
               SELECT account_id FROM favourites WHERE status_id = $1
               UNION ALL SELECT account_id FROM bookmarks WHERE status_id = $1
               UNION ALL SELECT account_id FROM mentions WHERE status_id = $1 AND silent = FALSE
               UNION ALL SELECT account_id FROM statuses WHERE reblog_of_id = $1 AND deleted_at IS NULL
               UNION ALL SELECT v.account_id FROM polls p JOIN poll_votes v ON v.poll_id = p.id WHERE p.status_id = $1) l
               CROSS JOIN users u WHERE u.account_id = l.account_id LIMIT $2"
        ),
        args![id, limit],
    )
    .await
}

/// Statuses that can have a row, older than `before`, the newest first.
pub async fn list_before(r: &Reader, before: StatusId, limit: i64) -> Result<Vec<StatusId>> {
    r.column(sql!("SELECT id FROM statuses WHERE id < $1 ORDER BY id DESC LIMIT $2"), args![before, limit]).await
}

/// As [`list_before`], of one account.
pub async fn list_of_account_before(r: &Reader, account: AccountId, before: StatusId, limit: i64) -> Result<Vec<StatusId>> {
    r.column(
        sql!("SELECT id FROM statuses WHERE account_id = $1 AND id < $2 AND deleted_at IS NULL ORDER BY id DESC LIMIT $3"),
        args![account, before, limit],
    )
    .await
}

/// The time zone a person has chosen.
pub async fn time_zone(r: &Reader, account: AccountId) -> Result<Option<String>> {
    Ok(r.value(sql!("SELECT time_zone FROM users WHERE account_id = $1"), args![account]).await?.flatten())
}
