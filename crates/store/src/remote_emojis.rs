//! Custom emojis of other servers: where their pictures are. The pictures themselves are fetched when somebody looks.

use crate::{EmojiId, Reader, Result, Tx, args, record, sql};

record! {
    pub struct RemoteEmoji {
        pub id: EmojiId,
        pub shortcode: String,
        pub image_remote_url: String,
        /// Moderators do not want it shown.
        pub disabled: bool,
        /// Milliseconds UTC.
        pub updated_at: i64,
    }
}

/// Those of a server's emojis that have one of these shortcodes, in no order.
pub async fn list(r: &Reader, domain: &str, shortcodes: &[String]) -> Result<Vec<RemoteEmoji>> {
    if shortcodes.is_empty() {
        return Ok(Vec::new());
    }
    r.all(
        sql!("SELECT id, shortcode, image_remote_url, disabled, updated_at FROM custom_emojis WHERE domain = $1 AND shortcode = ANY($2)"),
        args![domain, shortcodes],
    )
    .await
}

/// Makes an emoji of a server, or gives the one of that name its new picture. An address that another emoji has is left to
/// it.
pub async fn put(tx: &Tx, domain: &str, shortcode: &str, uri: Option<&str>, image_url: &str) -> Result<EmojiId> {
    let id = tx
        .value(
            sql!(
                "INSERT INTO custom_emojis (id, shortcode, domain, uri, image_remote_url, visible_in_picker, updated_at)
                 VALUES ($1, $2, $3, CASE WHEN EXISTS (SELECT 1 FROM custom_emojis o WHERE o.uri = $4) THEN NULL ELSE $4 END, $5, FALSE, $6)
                 ON CONFLICT (shortcode, domain) DO UPDATE SET image_remote_url = excluded.image_remote_url, updated_at = excluded.updated_at
                 RETURNING id"
            ),
            args![tx.next_id(), shortcode, domain, uri, image_url, tx.now()],
        )
        .await?;
    Ok(id.unwrap_or_default())
}
