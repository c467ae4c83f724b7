//! Hashtags.

use crate::{Reader, Result, StatusId, TagId, Tx, args, record, sql};

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
