//! Media attachments, their files and the blobs behind them.

use crate::{AccountId, BlobId, MediaId, Reader, Result, ScheduledStatusId, StatusId, Tx, args, record, sql};

/// `media_attachments.kind`, numbered as in Mastodon.
pub const KIND_IMAGE: i64 = 0;
pub const KIND_GIFV: i64 = 1;
pub const KIND_VIDEO: i64 = 2;
pub const KIND_UNKNOWN: i64 = 3;
pub const KIND_AUDIO: i64 = 4;
/// `media_attachments.processing`, numbered as in Mastodon.
pub const QUEUED: i64 = 0;
pub const COMPLETE: i64 = 2;
pub const FAILED: i64 = 3;

record! {
    /// An attachment with its original and small file.
    pub struct Media {
        pub id: MediaId,
        pub account_id: AccountId,
        pub status_id: Option<StatusId>,
        /// The status of tomorrow that it is for.
        pub scheduled_status_id: Option<ScheduledStatusId>,
        /// The status that an edit took it out of; kept for its history.
        pub former_status_id: Option<StatusId>,
        pub kind: i64,
        pub processing: i64,
        pub description: Option<String>,
        pub blurhash: Option<String>,
        /// Millionths, -1,000,000 to 1,000,000.
        pub focus_x: Option<i64>,
        pub focus_y: Option<i64>,
        pub created_at: i64,
        pub original_key: Option<String>,
        pub original_width: Option<i64>,
        pub original_height: Option<i64>,
        pub small_key: Option<String>,
        pub small_width: Option<i64>,
        pub small_height: Option<i64>,
        /// Of a remote account; empty for what was uploaded here.
        pub domain: String,
        /// Where it is; empty for what was uploaded here.
        pub remote_url: String,
        /// Where its preview is; empty if it has none of its own.
        pub thumbnail_remote_url: String,
        /// JSON: the measures of a remote file, by a type of their writer's.
        pub meta: String,
    }
}

macro_rules! media_select {
    () => {
        "SELECT m.id, m.account_id, m.status_id, m.scheduled_status_id, m.former_status_id, m.kind, m.processing, m.description, m.blurhash,
                m.focus_x, m.focus_y, m.created_at, ob.key, o.width, o.height, sb.key, sm.width, sm.height,
                COALESCE(ow.domain, ''), m.remote_url, m.thumbnail_remote_url, m.meta
           FROM media_attachments m
           LEFT JOIN media_files o ON o.media_id = m.id AND o.variant = 'original'
           LEFT JOIN blobs ob ON ob.id = o.blob_id
           LEFT JOIN media_files sm ON sm.media_id = m.id AND sm.variant = 'small'
           LEFT JOIN blobs sb ON sb.id = sm.blob_id
           LEFT JOIN accounts ow ON ow.id = m.account_id"
    };
}

/// What a person says about an upload.
#[derive(Clone, Debug, Default)]
pub struct Words {
    pub description: Option<String>,
    /// Millionths.
    pub focus: Option<(i64, i64)>,
}

pub async fn insert(tx: &Tx, account: AccountId, kind: i64, words: &Words) -> Result<MediaId> {
    let id = tx.next_id();
    let (x, y) = words.focus.unzip();
    tx.exec(
        sql!(
            "INSERT INTO media_attachments (id, account_id, kind, processing, description, focus_x, focus_y, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        args![id, account, kind, QUEUED, words.description.clone(), x, y, tx.now()],
    )
    .await?;
    Ok(MediaId(id))
}

pub async fn find(r: &Reader, id: MediaId) -> Result<Option<Media>> {
    r.maybe(sql!(concat!(media_select!(), " WHERE m.id = $1")), args![id]).await
}

/// The attachments with these ids, in no order.
pub async fn list(r: &Reader, ids: &[MediaId]) -> Result<Vec<Media>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    r.all(sql!(concat!(media_select!(), " WHERE m.id = ANY($1)")), args![ids]).await
}

/// The attachments of these statuses in their order.
pub async fn list_of_statuses(r: &Reader, ids: &[StatusId]) -> Result<Vec<Media>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    r.all(sql!(concat!(media_select!(), " WHERE m.status_id = ANY($1) ORDER BY m.status_id, m.position")), args![ids]).await
}

/// The attachments that edits took out of a status.
pub async fn list_former(r: &Reader, status: StatusId) -> Result<Vec<Media>> {
    r.all(sql!(concat!(media_select!(), " WHERE m.former_status_id = $1")), args![status]).await
}

/// The attachments held for these statuses of tomorrow, in their order.
pub async fn list_of_scheduled(r: &Reader, ids: &[ScheduledStatusId]) -> Result<Vec<Media>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    r.all(sql!(concat!(media_select!(), " WHERE m.scheduled_status_id = ANY($1) ORDER BY m.scheduled_status_id, m.position")), args![ids]).await
}

/// Changes the words of an attachment, wherever it is; `None` fields stay.
pub async fn set_words(tx: &Tx, id: MediaId, words: &Words) -> Result<()> {
    let (x, y) = words.focus.unzip();
    tx.exec(
        sql!(
            "UPDATE media_attachments SET description = COALESCE($1, description), focus_x = COALESCE($2, focus_x), focus_y = COALESCE($3, focus_y)
              WHERE id = $4"
        ),
        args![words.description.clone(), x, y, id],
    )
    .await
    .map(drop)
}

/// Ties an attachment to its owner's status; false if it is another's, attached or not ready.
pub async fn attach(tx: &Tx, id: MediaId, account: AccountId, status: StatusId, position: i64) -> Result<bool> {
    let attached = tx
        .exec(
            sql!(
                "UPDATE media_attachments SET status_id = $1, position = $2
                  WHERE id = $3 AND account_id = $4 AND status_id IS NULL AND scheduled_status_id IS NULL AND former_status_id IS NULL
                    AND processing = $5"
            ),
            args![status, position, id, account, COMPLETE],
        )
        .await?;
    Ok(attached > 0)
}

/// Frees the attachments of deleted statuses, for "delete and redraft"; unused ones expire. Their
/// day begins anew.
pub async fn detach(tx: &Tx, statuses: &[StatusId]) -> Result<()> {
    tx.exec(sql!("UPDATE media_attachments SET status_id = NULL, created_at = $1 WHERE status_id = ANY($2)"), args![tx.now(), statuses]).await?;
    tx.exec(sql!("UPDATE media_attachments SET former_status_id = NULL, created_at = $1 WHERE former_status_id = ANY($2)"), args![tx.now(), statuses])
        .await
        .map(drop)
}

/// Deletes the attachments of deleted statuses, those that edits took out too; returns the blobs they had.
pub async fn delete_of_statuses(tx: &Tx, statuses: &[StatusId]) -> Result<Vec<BlobId>> {
    let ids: Vec<MediaId> = tx
        .column(
            sql!(
                "DELETE FROM media_attachments WHERE id IN (SELECT id FROM media_attachments WHERE status_id = ANY($1)
                   UNION ALL SELECT id FROM media_attachments WHERE former_status_id = ANY($1)) RETURNING id"
            ),
            args![statuses],
        )
        .await?;
    tx.column(sql!("DELETE FROM media_files WHERE media_id = ANY($1) RETURNING blob_id"), args![&ids]).await
}

/// Gives an edited status these attachments in this order. Those it loses are kept for its history.
/// False if one is another's, elsewhere or not ready.
pub async fn replace(tx: &Tx, account: AccountId, status: StatusId, ids: &[MediaId]) -> Result<bool> {
    tx.exec(sql!("UPDATE media_attachments SET status_id = NULL, former_status_id = $1 WHERE status_id = $1 AND id <> ALL($2)"), args![status, ids])
        .await?;
    let mut all = true;
    for (position, id) in ids.iter().enumerate() {
        let placed = tx
            .exec(
                sql!(
                    "UPDATE media_attachments SET status_id = $1, former_status_id = NULL, position = $2
                      WHERE id = $3 AND account_id = $4 AND processing = $5 AND scheduled_status_id IS NULL
                        AND COALESCE(status_id, former_status_id, $1) = $1"
                ),
                args![status, i64::try_from(position).unwrap_or_default(), *id, account, COMPLETE],
            )
            .await?;
        all &= placed > 0;
    }
    Ok(all)
}

/// Keeps attachments for a status of tomorrow, in this order; false if one is another's, elsewhere or not ready.
pub async fn hold(tx: &Tx, account: AccountId, scheduled: ScheduledStatusId, ids: &[MediaId]) -> Result<bool> {
    let mut all = true;
    for (position, id) in ids.iter().enumerate() {
        let held = tx
            .exec(
                sql!(
                    "UPDATE media_attachments SET scheduled_status_id = $1, position = $2
                      WHERE id = $3 AND account_id = $4 AND status_id IS NULL AND scheduled_status_id IS NULL AND former_status_id IS NULL
                        AND processing = $5"
                ),
                args![scheduled, i64::try_from(position).unwrap_or_default(), *id, account, COMPLETE],
            )
            .await?;
        all &= held > 0;
    }
    Ok(all)
}

/// Frees what was held for a status of tomorrow; its day begins anew.
pub async fn release(tx: &Tx, scheduled: ScheduledStatusId) -> Result<()> {
    tx.exec(
        sql!("UPDATE media_attachments SET scheduled_status_id = NULL, created_at = $1 WHERE scheduled_status_id = $2"),
        args![tx.now(), scheduled],
    )
    .await
    .map(drop)
}

/// The upload is done: its picture can be shown. The blurhash of a thumbnail stays.
pub async fn complete(tx: &Tx, id: MediaId, blurhash: &str) -> Result<bool> {
    let done = tx
        .exec(
            sql!("UPDATE media_attachments SET processing = $1, blurhash = COALESCE(blurhash, $2) WHERE id = $3 AND processing = $4"),
            args![COMPLETE, blurhash, id, QUEUED],
        )
        .await?;
    Ok(done > 0)
}

pub async fn set_blurhash(tx: &Tx, id: MediaId, blurhash: &str) -> Result<()> {
    tx.exec(sql!("UPDATE media_attachments SET blurhash = $1 WHERE id = $2"), args![blurhash, id]).await.map(drop)
}

/// The upload cannot be read.
pub async fn fail(tx: &Tx, id: MediaId) -> Result<()> {
    tx.exec(sql!("UPDATE media_attachments SET processing = $1 WHERE id = $2 AND processing = $3"), args![FAILED, id, QUEUED]).await.map(drop)
}

/// A file in a store.
#[derive(Clone, Debug)]
pub struct NewBlob {
    pub size: i64,
    pub backend: String,
    pub key: String,
    pub mime: String,
}

/// Finds or makes the blob's row.
pub async fn ensure_blob(tx: &Tx, blob: &NewBlob) -> Result<BlobId> {
    tx.exec(
        sql!(
            "INSERT INTO blobs (id, size, backend, key, mime, created_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (backend, key) DO NOTHING"
        ),
        args![tx.next_id(), blob.size, &blob.backend, &blob.key, &blob.mime, tx.now()],
    )
    .await?;
    Ok(tx.value(sql!("SELECT id FROM blobs WHERE backend = $1 AND key = $2"), args![&blob.backend, &blob.key]).await?.unwrap_or_default())
}

/// Says which blob is a variant (`original`, `small`, `upload`, `thumbnail`) of an attachment.
pub async fn set_file(tx: &Tx, media: MediaId, variant: &str, blob: BlobId, size: Option<(i64, i64)>) -> Result<()> {
    let (width, height) = size.unzip();
    tx.exec(
        sql!(
            "INSERT INTO media_files (media_id, variant, blob_id, width, height) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (media_id, variant) DO UPDATE SET blob_id = excluded.blob_id, width = excluded.width, height = excluded.height"
        ),
        args![media, variant, blob, width, height],
    )
    .await
    .map(drop)
}

pub async fn remove_file(tx: &Tx, media: MediaId, variant: &str) -> Result<()> {
    tx.exec(sql!("DELETE FROM media_files WHERE media_id = $1 AND variant = $2"), args![media, variant]).await.map(drop)
}

/// All variants of a picture that is no longer shown.
pub async fn remove_files(tx: &Tx, media: MediaId) -> Result<()> {
    tx.exec(sql!("DELETE FROM media_files WHERE media_id = $1"), args![media]).await.map(drop)
}

/// Removes an attachment; its bytes are swept later.
pub async fn delete(tx: &Tx, id: MediaId) -> Result<()> {
    remove_files(tx, id).await?;
    tx.exec(sql!("DELETE FROM media_attachments WHERE id = $1"), args![id]).await.map(drop)
}

/// The key of a variant's file.
pub async fn file_key(r: &Reader, media: MediaId, variant: &str) -> Result<Option<String>> {
    r.value(sql!("SELECT b.key FROM media_files f JOIN blobs b ON b.id = f.blob_id WHERE f.media_id = $1 AND f.variant = $2"), args![media, variant])
        .await
}

/// What a file is that something uses: its MIME type and size.
pub async fn find_blob(r: &Reader, key: &str) -> Result<Option<(String, i64)>> {
    r.maybe(
        sql!(
            "SELECT b.mime, b.size FROM blobs b
              WHERE b.backend = 'local' AND b.key = $1 AND EXISTS (SELECT 1 FROM media_files f WHERE f.blob_id = b.id)"
        ),
        args![key],
    )
    .await
}

/// Deletes attachments never used since `before` with their files' rows; returns their ids.
pub async fn delete_loose(tx: &Tx, before: i64, limit: i64) -> Result<Vec<MediaId>> {
    let ids: Vec<MediaId> = tx
        .column(
            sql!(
                "DELETE FROM media_attachments WHERE id IN
                    (SELECT id FROM media_attachments WHERE status_id IS NULL AND scheduled_status_id IS NULL AND former_status_id IS NULL
                        AND created_at < $1 LIMIT $2) RETURNING id"
            ),
            args![before, limit],
        )
        .await?;
    tx.exec(sql!("DELETE FROM media_files WHERE media_id = ANY($1)"), args![&ids]).await?;
    Ok(ids)
}

/// Deletes attachments of an account that is being removed.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    let ids: Vec<MediaId> = tx.column(sql!("DELETE FROM media_attachments WHERE account_id = $1 RETURNING id"), args![account]).await?;
    tx.exec(sql!("DELETE FROM media_files WHERE media_id = ANY($1)"), args![&ids]).await.map(drop)
}

/// Of these blobs, those that no attachment uses and that are older than `before`: id and key.
pub async fn list_orphans_among(r: &Reader, ids: &[BlobId], before: i64) -> Result<Vec<(BlobId, String)>> {
    r.all(
        sql!(
            "SELECT b.id, b.key FROM blobs b WHERE b.id = ANY($1) AND b.created_at < $2 AND b.backend = 'local'
                AND NOT EXISTS (SELECT 1 FROM media_files f WHERE f.blob_id = b.id)"
        ),
        args![ids, before],
    )
    .await
}

/// Blobs that no attachment uses and that are older than `before`: id and key.
pub async fn list_orphan_blobs(r: &Reader, before: i64, limit: i64) -> Result<Vec<(BlobId, String)>> {
    r.all(
        sql!(
            "SELECT b.id, b.key FROM blobs b WHERE b.created_at < $1 AND b.backend = 'local'
                AND NOT EXISTS (SELECT 1 FROM media_files f WHERE f.blob_id = b.id) LIMIT $2"
        ),
        args![before, limit],
    )
    .await
}

/// Deletes blobs' rows that are still unused; returns the keys whose files may go now.
pub async fn delete_orphan_blobs(tx: &Tx, ids: &[BlobId]) -> Result<Vec<String>> {
    tx.column(
        sql!("DELETE FROM blobs WHERE id = ANY($1) AND NOT EXISTS (SELECT 1 FROM media_files f WHERE f.blob_id = blobs.id) RETURNING key"),
        args![ids],
    )
    .await
}
