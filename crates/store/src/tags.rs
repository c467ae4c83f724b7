//! Hashtags: their rows, who follows them, and how much they are used.

use crate::page::{Page, paged};
use crate::{AccountId, Reader, Result, StatusId, TagId, Tx, args, record, sql};

/// Finds or makes the tag; `name` is normalised, `display_name` as first written.
pub async fn ensure(tx: &Tx, name: &str, display_name: &str) -> Result<TagId> {
    if let Some(id) = find(tx, name).await? {
        return Ok(id);
    }
    tx.exec(
        sql!("INSERT INTO tags (id, name, display_name, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING"),
        args![tx.next_id(), name, display_name, tx.now()],
    )
    .await?;
    Ok(find(tx, name).await?.unwrap_or_default())
}

pub async fn find(r: &Reader, name: &str) -> Result<Option<TagId>> {
    r.value(sql!("SELECT id FROM tags WHERE name = $1"), args![name]).await
}

record! {
    pub struct Tag {
        pub id: TagId,
        /// Normalised.
        pub name: String,
        /// As first written.
        pub display_name: String,
    }
}

/// The tags with these ids, in no order.
pub async fn list_by_ids(r: &Reader, ids: &[TagId]) -> Result<Vec<Tag>> {
    r.all(sql!("SELECT id, name, display_name FROM tags WHERE id = ANY($1)"), args![ids]).await
}

/// The tags with these names that there are, in no order.
pub async fn list_by_names(r: &Reader, names: &[String]) -> Result<Vec<Tag>> {
    r.all(sql!("SELECT id, name, display_name FROM tags WHERE name = ANY($1)"), args![names]).await
}

pub async fn attach(tx: &Tx, status: StatusId, tag: TagId) -> Result<()> {
    tx.exec(sql!("INSERT INTO status_tags (status_id, tag_id) VALUES ($1, $2) ON CONFLICT (status_id, tag_id) DO NOTHING"), args![status, tag])
        .await
        .map(drop)
}

/// Takes all tags but these off an edited status.
pub async fn detach_others(tx: &Tx, status: StatusId, keep: &[TagId]) -> Result<()> {
    tx.exec(sql!("DELETE FROM status_tags WHERE status_id = $1 AND tag_id <> ALL($2)"), args![status, keep]).await.map(drop)
}

record! {
    /// A tag on a status.
    pub struct StatusTag {
        pub status_id: StatusId,
        pub name: String,
    }
}

/// The tags of these statuses.
pub async fn list(r: &Reader, ids: &[StatusId]) -> Result<Vec<StatusTag>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    r.all(
        sql!(
            "SELECT st.status_id, t.name FROM status_tags st JOIN tags t ON t.id = st.tag_id WHERE st.status_id = ANY($1) ORDER BY st.status_id, t.id"
        ),
        args![ids],
    )
    .await
}

/// Follows a tag; following it twice is the same as once.
pub async fn follow(tx: &Tx, account: AccountId, tag: TagId) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO tag_follows (id, account_id, tag_id) VALUES ($1, $2, $3) ON CONFLICT (account_id, tag_id) DO NOTHING"),
        args![tx.next_id(), account, tag],
    )
    .await
    .map(drop)
}

/// Follows a tag no more; false if it was not followed.
pub async fn unfollow(tx: &Tx, account: AccountId, tag: TagId) -> Result<bool> {
    Ok(tx.exec(sql!("DELETE FROM tag_follows WHERE account_id = $1 AND tag_id = $2"), args![account, tag]).await? > 0)
}

/// Which of `tags` the account follows.
pub async fn list_followed(r: &Reader, account: AccountId, tags: &[TagId]) -> Result<Vec<TagId>> {
    r.column(sql!("SELECT tag_id FROM tag_follows WHERE account_id = $1 AND tag_id = ANY($2)"), args![account, tags]).await
}

/// A page of the tags an account follows, keyed by the following.
pub async fn followed_page(r: &Reader, account: AccountId, page: &Page) -> Result<Vec<(i64, TagId)>> {
    Ok(paged!(r, page, all, "SELECT tf.id, tf.tag_id FROM tag_follows tf WHERE tf.account_id = $4", "tf.id", [account]))
}

/// Counts the use of all tags of a status by its author on `day` (its first millisecond, UTC).
pub async fn count_uses(tx: &Tx, status: StatusId, author: AccountId, day: i64) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO tag_uses (tag_id, day, account_id, uses)
             SELECT st.tag_id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), 1 FROM status_tags st WHERE st.status_id = $1
             ON CONFLICT (tag_id, day, account_id) DO UPDATE SET uses = tag_uses.uses + 1"
        ),
        args![status, day, author],
    )
    .await
    .map(drop)
}

record! {
    /// A tag's use on one day.
    pub struct DayOfUse {
        pub tag_id: TagId,
        /// Its first millisecond, UTC.
        pub day: i64,
        pub uses: i64,
        pub accounts: i64,
    }
}

/// The use of these tags on the days from `since` on that have any.
pub async fn history(r: &Reader, tags: &[TagId], since: i64) -> Result<Vec<DayOfUse>> {
    if tags.is_empty() {
        return Ok(Vec::new());
    }
    r.all(
        sql!(
            "SELECT tag_id, day, CAST(SUM(uses) AS BIGINT), COUNT(*) FROM tag_uses WHERE tag_id = ANY($1) AND day >= $2
              GROUP BY tag_id, day ORDER BY tag_id, day"
        ),
        args![tags, since],
    )
    .await
}

/// Forgets uses before `before` (milliseconds UTC), at most `limit` rows.
pub async fn delete_old_uses(tx: &Tx, before: i64, limit: i64) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM tag_uses WHERE (tag_id, day, account_id) IN
                (SELECT u.tag_id, u.day, u.account_id FROM tag_uses u WHERE u.day < $1 ORDER BY u.day LIMIT $2)"
        ),
        args![before, limit],
    )
    .await
}

/// Takes away what an account follows and used.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM tag_follows WHERE account_id = $1"), args![account]).await.map(drop)
}

/// Tags whose normalised name begins with `prefix`: the one of that name first, then those on most
/// statuses (counted up to 1,000), of the 100 shortest of 1,000 names.
pub async fn search(r: &Reader, prefix: &str, limit: i64, offset: i64) -> Result<Vec<TagId>> {
    // Nothing that begins with the prefix sorts after the greatest character behind it.
    let end = format!("{prefix}\u{10FFFF}");
    r.column(
        sql!(
            "SELECT t.id FROM (SELECT id, name FROM (
                       SELECT id, name FROM tags WHERE name >= $1 AND name < $2 ORDER BY name LIMIT 1000) n
                      ORDER BY LENGTH(name), name LIMIT 100) t
              ORDER BY CASE WHEN t.name = $1 THEN 0 ELSE 1 END,
                       (SELECT COUNT(*) FROM (SELECT 1 FROM status_tags s WHERE s.tag_id = t.id LIMIT 1000) uses) DESC, LENGTH(t.name), t.name
              LIMIT $3 OFFSET $4"
        ),
        args![prefix, end, limit, offset],
    )
    .await
}
