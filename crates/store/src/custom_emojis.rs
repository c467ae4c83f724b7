//! Custom emojis and their categories. Their pictures are files of `media_files` under the emoji's own id.

use crate::{EmojiId, MediaId, Reader, Result, Tx, args, record, sql};

record! {
    /// An emoji of this server with the keys of its files.
    pub struct CustomEmoji {
        pub id: EmojiId,
        pub shortcode: String,
        pub disabled: bool,
        pub visible_in_picker: bool,
        pub category: Option<String>,
        /// Whether it stands for its category.
        pub featured: bool,
        /// As it came, perhaps animated.
        pub original_key: String,
        /// The same without animation.
        pub static_key: String,
    }
}

/// An emoji to be kept.
#[derive(Clone, Debug)]
pub struct NewEmoji {
    pub shortcode: String,
    pub visible_in_picker: bool,
    pub category_id: Option<i64>,
}

/// The emojis of this server by shortcode, at most `limit`.
pub async fn list_local(r: &Reader, limit: i64) -> Result<Vec<CustomEmoji>> {
    r.all(
        sql!(
            "SELECT e.id, e.shortcode, e.disabled, e.visible_in_picker, c.name, COALESCE(c.featured_emoji_id = e.id, FALSE), ob.key, sb.key
               FROM custom_emojis e
               JOIN media_files o ON o.media_id = e.media_id AND o.variant = 'original'
               JOIN blobs ob ON ob.id = o.blob_id
               JOIN media_files s ON s.media_id = e.media_id AND s.variant = 'static'
               JOIN blobs sb ON sb.id = s.blob_id
               LEFT JOIN custom_emoji_categories c ON c.id = e.category_id
              WHERE e.domain = '' ORDER BY e.shortcode LIMIT $1"
        ),
        args![limit],
    )
    .await
}

pub async fn count_local(r: &Reader) -> Result<i64> {
    Ok(r.value(sql!("SELECT COUNT(*) FROM custom_emojis WHERE domain = ''"), args![]).await?.unwrap_or_default())
}

/// The id of an emoji of this server.
pub async fn find_local(r: &Reader, shortcode: &str) -> Result<Option<EmojiId>> {
    r.value(sql!("SELECT id FROM custom_emojis WHERE shortcode = $1 AND domain = ''"), args![shortcode]).await
}

/// Makes an emoji of this server, or changes the one of that name; its files are named by
/// `media::set_file` under the id returned.
pub async fn put(tx: &Tx, new: &NewEmoji) -> Result<EmojiId> {
    let id = tx.next_id();
    tx.exec(
        sql!(
            "INSERT INTO custom_emojis (id, shortcode, domain, media_id, visible_in_picker, category_id, updated_at) VALUES ($1, $2, '', $1, $3, $4, $5)
             ON CONFLICT (shortcode, domain) DO UPDATE
                SET visible_in_picker = excluded.visible_in_picker, category_id = excluded.category_id, updated_at = excluded.updated_at"
        ),
        args![id, &new.shortcode, new.visible_in_picker, new.category_id, tx.now()],
    )
    .await?;
    Ok(find_local(tx, &new.shortcode).await?.unwrap_or_default())
}

/// Switches an emoji off or on; false if there is none of that name.
pub async fn set_disabled(tx: &Tx, shortcode: &str, disabled: bool) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE custom_emojis SET disabled = $1, updated_at = $2 WHERE shortcode = $3 AND domain = ''"),
            args![disabled, tx.now(), shortcode],
        )
        .await?;
    Ok(changed > 0)
}

/// Removes an emoji with the rows of its files; false if there is none of that name.
pub async fn remove(tx: &Tx, shortcode: &str) -> Result<bool> {
    let removed: Option<EmojiId> =
        tx.value(sql!("DELETE FROM custom_emojis WHERE shortcode = $1 AND domain = '' RETURNING id"), args![shortcode]).await?;
    let Some(id) = removed else { return Ok(false) };
    for variant in ["original", "static"] {
        crate::media::remove_file(tx, MediaId(id.0), variant).await?;
    }
    tx.exec(
        sql!("DELETE FROM custom_emoji_categories WHERE NOT EXISTS (SELECT 1 FROM custom_emojis e WHERE e.category_id = custom_emoji_categories.id)"),
        args![],
    )
    .await?;
    Ok(true)
}

/// Finds or makes a category.
pub async fn ensure_category(tx: &Tx, name: &str) -> Result<i64> {
    tx.exec(sql!("INSERT INTO custom_emoji_categories (id, name) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"), args![tx.next_id(), name]).await?;
    Ok(tx.value(sql!("SELECT id FROM custom_emoji_categories WHERE name = $1"), args![name]).await?.unwrap_or_default())
}

/// Lets an emoji stand for its category.
pub async fn feature(tx: &Tx, category: i64, emoji: EmojiId) -> Result<()> {
    tx.exec(sql!("UPDATE custom_emoji_categories SET featured_emoji_id = $1 WHERE id = $2"), args![emoji, category]).await.map(drop)
}
