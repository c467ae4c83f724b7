//! Media of other hosts: where it is, which of it is stored here, and what was looked at longest ago.

use crate::media::{self, NewBlob};
use crate::{BlobId, MediaId, Reader, Result, Tx, args, record, sql};

record! {
    /// Something of another host with a file of it, if one is stored.
    pub struct Item {
        /// Under which its files are; `None` as long as there never was one.
        pub media_id: Option<MediaId>,
        /// Where it is.
        pub remote_url: String,
        /// Where an attachment's preview is; empty if it has none of its own.
        pub thumbnail_remote_url: String,
        /// Of the account, or of the emoji.
        pub domain: String,
        pub suspended: bool,
        /// `media_attachments.kind`; 0 for the others.
        pub kind: i64,
        pub key: Option<String>,
        pub mime: Option<String>,
        /// Which address the file came from, as its writer has it.
        pub source: Option<String>,
        /// Milliseconds UTC.
        pub last_used_at: Option<i64>,
    }
}

/// The columns of an item's file, which is `f`.
macro_rules! with_file {
    ($columns:literal, $from:literal, $media:literal, $where:literal) => {
        concat!(
            "SELECT ",
            $columns,
            ", b.key, b.mime, f.source, f.last_used_at FROM ",
            $from,
            " LEFT JOIN media_files f ON f.media_id = ",
            $media,
            " AND f.variant = $2 LEFT JOIN blobs b ON b.id = f.blob_id WHERE ",
            $where
        )
    };
}

pub async fn find_attachment(r: &Reader, id: i64, variant: &str) -> Result<Option<Item>> {
    let sql = sql!(with_file!(
        "m.id, m.remote_url, m.thumbnail_remote_url, a.domain, (a.suspended_at IS NOT NULL), m.kind",
        "media_attachments m JOIN accounts a ON a.id = m.account_id",
        "m.id",
        "m.id = $1 AND m.remote_url <> ''"
    ));
    r.maybe(sql, args![id, variant]).await
}

pub async fn find_avatar(r: &Reader, account: i64, variant: &str) -> Result<Option<Item>> {
    let sql = sql!(with_file!(
        "a.avatar_media_id, a.avatar_remote_url, '', a.domain, (a.suspended_at IS NOT NULL), 0",
        "accounts a",
        "a.avatar_media_id",
        "a.id = $1 AND a.avatar_remote_url <> '' AND a.domain <> ''"
    ));
    r.maybe(sql, args![account, variant]).await
}

pub async fn find_header(r: &Reader, account: i64, variant: &str) -> Result<Option<Item>> {
    let sql = sql!(with_file!(
        "a.header_media_id, a.header_remote_url, '', a.domain, (a.suspended_at IS NOT NULL), 0",
        "accounts a",
        "a.header_media_id",
        "a.id = $1 AND a.header_remote_url <> '' AND a.domain <> ''"
    ));
    r.maybe(sql, args![account, variant]).await
}

pub async fn find_emoji(r: &Reader, id: i64, variant: &str) -> Result<Option<Item>> {
    let sql = sql!(with_file!(
        "e.media_id, e.image_remote_url, '', e.domain, e.disabled, 0",
        "custom_emojis e",
        "e.media_id",
        "e.id = $1 AND e.image_remote_url <> '' AND e.domain <> ''"
    ));
    r.maybe(sql, args![id, variant]).await
}

/// The id under which an avatar's files are, made if there is none.
pub async fn ensure_avatar(tx: &Tx, account: i64) -> Result<Option<MediaId>> {
    tx.value(
        sql!("UPDATE accounts SET avatar_media_id = COALESCE(avatar_media_id, $2) WHERE id = $1 RETURNING avatar_media_id"),
        args![account, tx.next_id()],
    )
    .await
}

/// As [`ensure_avatar`].
pub async fn ensure_header(tx: &Tx, account: i64) -> Result<Option<MediaId>> {
    tx.value(
        sql!("UPDATE accounts SET header_media_id = COALESCE(header_media_id, $2) WHERE id = $1 RETURNING header_media_id"),
        args![account, tx.next_id()],
    )
    .await
}

/// As [`ensure_avatar`].
pub async fn ensure_emoji(tx: &Tx, id: i64) -> Result<Option<MediaId>> {
    tx.value(sql!("UPDATE custom_emojis SET media_id = COALESCE(media_id, $2) WHERE id = $1 RETURNING media_id"), args![id, tx.next_id()]).await
}

/// Says which file is a variant of something, and where it came from; it counts as looked at now. Returns the blob
/// that was it before.
pub async fn set_file(tx: &Tx, id: MediaId, variant: &str, blob: &NewBlob, size: Option<(i64, i64)>, source: &str) -> Result<Option<BlobId>> {
    let before: Option<BlobId> = tx.value(sql!("SELECT blob_id FROM media_files WHERE media_id = $1 AND variant = $2"), args![id, variant]).await?;
    let blob = media::ensure_blob(tx, blob).await?;
    media::set_file(tx, id, variant, blob, size).await?;
    tx.exec(sql!("UPDATE media_files SET source = $3, last_used_at = $4 WHERE media_id = $1 AND variant = $2"), args![id, variant, source, tx.now()])
        .await?;
    Ok(before.filter(|before| *before != blob))
}

/// The JSON of an attachment's measures.
pub async fn find_meta(r: &Reader, id: i64) -> Result<Option<String>> {
    r.value(sql!("SELECT meta FROM media_attachments WHERE id = $1"), args![id]).await
}

/// Keeps what an attachment's file says of itself; without a `kind` the kind stays.
pub async fn learn(tx: &Tx, id: i64, kind: Option<i64>, meta: &str) -> Result<()> {
    tx.exec(sql!("UPDATE media_attachments SET kind = COALESCE($2, kind), meta = $3 WHERE id = $1"), args![id, kind, meta]).await.map(drop)
}

/// Somebody looks at it.
pub async fn touch(tx: &Tx, id: MediaId, variant: &str) -> Result<()> {
    tx.exec(
        sql!("UPDATE media_files SET last_used_at = $3 WHERE media_id = $1 AND variant = $2 AND last_used_at IS NOT NULL"),
        args![id, variant, tx.now()],
    )
    .await
    .map(drop)
}

/// How many files of other hosts are stored, and their bytes.
pub async fn usage(r: &Reader) -> Result<(i64, i64)> {
    r.one(
        sql!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(b.size), 0) AS BIGINT) FROM media_files f JOIN blobs b ON b.id = f.blob_id
              WHERE f.last_used_at IS NOT NULL"
        ),
        args![],
    )
    .await
}

/// How many files of people here are stored, and their bytes.
pub async fn usage_here(r: &Reader) -> Result<(i64, i64)> {
    r.one(
        sql!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(b.size), 0) AS BIGINT) FROM media_files f JOIN blobs b ON b.id = f.blob_id
              WHERE f.last_used_at IS NULL"
        ),
        args![],
    )
    .await
}

record! {
    /// A stored file that may go.
    pub struct Oldest {
        pub media_id: MediaId,
        pub variant: String,
        pub blob_id: BlobId,
        /// Bytes.
        pub size: i64,
    }
}

/// What was looked at longest ago, before `before`, the oldest first.
pub async fn list_oldest(r: &Reader, before: i64, limit: i64) -> Result<Vec<Oldest>> {
    r.all(
        sql!(
            "SELECT f.media_id, f.variant, f.blob_id, b.size
               FROM (SELECT media_id, variant, blob_id, last_used_at FROM media_files
                      WHERE last_used_at IS NOT NULL AND last_used_at < $1 ORDER BY last_used_at LIMIT $2) AS f
               JOIN blobs b ON b.id = f.blob_id ORDER BY f.last_used_at"
        ),
        args![before, limit],
    )
    .await
}

/// Forgets a stored file; false if it is no longer there.
pub async fn forget(tx: &Tx, file: &Oldest) -> Result<bool> {
    let gone = tx
        .exec(
            sql!("DELETE FROM media_files WHERE media_id = $1 AND variant = $2 AND blob_id = $3 AND last_used_at IS NOT NULL"),
            args![file.media_id, &file.variant, file.blob_id],
        )
        .await?;
    Ok(gone > 0)
}

/// Which of these blobs nothing uses any more: id and key.
pub async fn list_unused(r: &Reader, blobs: &[BlobId]) -> Result<Vec<(BlobId, String)>> {
    r.all(
        sql!(
            "SELECT b.id, b.key FROM blobs b WHERE b.id = ANY($1) AND b.backend = 'local'
                AND NOT EXISTS (SELECT 1 FROM media_files f WHERE f.blob_id = b.id)"
        ),
        args![blobs],
    )
    .await
}

/// Which of these keys have a row.
pub async fn list_known_keys(r: &Reader, keys: &[String]) -> Result<Vec<String>> {
    r.column(sql!("SELECT key FROM blobs WHERE backend = 'local' AND key = ANY($1)"), args![keys]).await
}
