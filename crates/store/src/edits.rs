//! The revisions of edited statuses.

use crate::{AccountId, Reader, Result, StatusId, Tx, args, record, sql};

record! {
    /// A status as it was at one time.
    pub struct Edit {
        pub account_id: Option<AccountId>,
        pub text: String,
        /// HTML.
        pub content: String,
        pub spoiler_text: String,
        pub sensitive: Option<bool>,
        /// JSON: `[{"id", "description"}]`.
        pub media: Option<String>,
        /// JSON: a list of titles.
        pub poll_options: Option<String>,
        /// Milliseconds UTC.
        pub created_at: i64,
    }
}

/// Adds a revision.
pub async fn insert(tx: &Tx, status: StatusId, edit: &Edit) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO status_edits (id, status_id, account_id, text, content, spoiler_text, sensitive, media, poll_options, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        args![
            tx.next_id(),
            status,
            edit.account_id,
            &edit.text,
            &edit.content,
            &edit.spoiler_text,
            edit.sensitive,
            edit.media.clone(),
            edit.poll_options.clone(),
            edit.created_at
        ],
    )
    .await
    .map(drop)
}

/// The revisions of a status, the original first, at most `limit`; none if it was never edited.
pub async fn list(r: &Reader, status: StatusId, limit: i64) -> Result<Vec<Edit>> {
    r.all(
        sql!(
            "SELECT account_id, text, content, spoiler_text, sensitive, media, poll_options, created_at
               FROM status_edits WHERE status_id = $1 ORDER BY id LIMIT $2"
        ),
        args![status, limit],
    )
    .await
}
