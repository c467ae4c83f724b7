//! Hashtags.

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

pub async fn attach(tx: &Tx, status: StatusId, tag: TagId) -> Result<()> {
    tx.exec(sql!("INSERT INTO status_tags (status_id, tag_id) VALUES ($1, $2) ON CONFLICT (status_id, tag_id) DO NOTHING"), args![status, tag])
        .await
        .map(drop)
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

record! {
    /// A tag found by the beginning of its name.
    pub struct FoundTag {
        pub id: TagId,
        pub name: String,
        pub display_name: String,
        pub following: bool,
    }
}

/// Tags whose normalised name begins with `prefix`: the one of that name first, then those on most
/// statuses (counted up to 1,000), of the 100 shortest of 1,000 names; `viewer` (0: nobody) may follow some.
pub async fn search(r: &Reader, prefix: &str, viewer: AccountId, limit: i64, offset: i64) -> Result<Vec<FoundTag>> {
    // Nothing that begins with the prefix sorts after the greatest character behind it.
    let end = format!("{prefix}\u{10FFFF}");
    r.all(
        sql!(
            "SELECT t.id, t.name, t.display_name, EXISTS (SELECT 1 FROM tag_follows f WHERE f.account_id = $3 AND f.tag_id = t.id)
               FROM (SELECT id, name, display_name FROM (
                       SELECT id, name, display_name FROM tags WHERE name >= $1 AND name < $2 ORDER BY name LIMIT 1000) n
                      ORDER BY LENGTH(name), name LIMIT 100) t
              ORDER BY CASE WHEN t.name = $1 THEN 0 ELSE 1 END,
                       (SELECT COUNT(*) FROM (SELECT 1 FROM status_tags s WHERE s.tag_id = t.id LIMIT 1000) uses) DESC, LENGTH(t.name), t.name
              LIMIT $4 OFFSET $5"
        ),
        args![prefix, end, viewer, limit, offset],
    )
    .await
}
