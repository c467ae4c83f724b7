//! Importing: a picture becomes a custom emoji of this server.

use bytes::Bytes;
use serde_json::json;
use store::audit_log::{self, Origin};
use store::custom_emojis::{self, NewEmoji};
use store::media::{self, NewBlob};
use store::{EmojiId, MediaId};
use text::Limit;

use super::{EMOJIS_MAX, changed, reload};
use crate::files::Stored;
use crate::media::image::{self, Encoded};
use crate::media::limits::{limits, refusal};
use crate::{App, Error, Result, Words};

/// Bytes of an emoji's file, as in Mastodon.
pub const FILE_MAX: usize = 256 * 1024;
const CATEGORY: Limit = Limit::code_points(60);
const MIME_TYPES: &[&str] = &["image/png", "image/gif", "image/webp"];

/// A picture and what it is to be called.
#[derive(Clone, Debug)]
pub struct Import {
    /// Without colons.
    pub shortcode: String,
    /// PNG, GIF or WebP.
    pub file: Bytes,
    pub category: Option<String>,
    /// Whether pickers offer it; in texts it works either way.
    pub visible_in_picker: bool,
    /// Lets it stand for its category.
    pub featured: bool,
    /// Takes the place of an emoji of that name.
    pub overwrite: bool,
}

/// Makes an emoji, or with `overwrite` gives one a new picture. It can be used at once.
///
/// Errors: `Invalid` for a name or picture that cannot be one, `Refused` when the name is taken or there
/// are too many.
pub async fn import(app: &App, origin: Origin, import: Import) -> Result<EmojiId> {
    let category = import.category.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    check(&import.shortcode, category.as_deref(), &import.file)?;
    let (original, still) = pictures(app, import.file.clone()).await?;
    let files = [&original, &still].map(|picture| (Bytes::from(picture.bytes.clone()), picture.ext.to_owned()));
    let stored = app.files.put_all(files.to_vec()).await.map_err(|e| Error::Temporary(format!("media storage: {e}")))?;
    let (shortcode, featured, overwrite, visible_in_picker) = (import.shortcode, import.featured, import.overwrite, import.visible_in_picker);
    let id = app
        .write(move |tx| async move {
            let there = custom_emojis::find_local(&tx, &shortcode).await?.is_some();
            if there && !overwrite {
                return Err(Error::Refused(Words::new("error-emoji-taken").with("name", shortcode)));
            }
            if !there && custom_emojis::count_local(&tx).await? >= EMOJIS_MAX {
                return Err(Error::Refused(Words::new("error-emoji-limit").with("max", EMOJIS_MAX)));
            }
            let category_id = match &category {
                Some(name) => Some(custom_emojis::ensure_category(&tx, name).await?),
                None => None,
            };
            let id = custom_emojis::put(&tx, &NewEmoji { shortcode: shortcode.clone(), visible_in_picker, category_id }).await?;
            for ((variant, picture), stored) in [("original", &original), ("static", &still)].into_iter().zip(&stored) {
                let blob = media::ensure_blob(&tx, &blob(picture, stored)).await?;
                media::set_file(&tx, MediaId(id.0), variant, blob, Some((picture.width.into(), picture.height.into()))).await?;
            }
            if let (Some(category), true) = (category_id, featured) {
                custom_emojis::feature(&tx, category, id).await?;
            }
            audit_log::record(&tx, origin, "emoji.import", &shortcode, &json!({ "category": category }).to_string()).await?;
            changed(&tx);
            Ok(id)
        })
        .await?;
    reload(app).await?;
    Ok(id)
}

fn check(shortcode: &str, category: Option<&str>, file: &[u8]) -> Result<()> {
    let mut problems = Vec::new();
    if !text::emoji::is_shortcode(shortcode) {
        problems.push(Words::new("invalid-shortcode"));
    }
    if category.is_some_and(|name| !CATEGORY.admits(name) || name.contains(char::is_control)) {
        problems.push(Words::new("invalid-emoji-category").with("max", CATEGORY.max()));
    }
    if file.len() > FILE_MAX {
        problems.push(Words::new("invalid-file-size").with("max", format!("{} KB", FILE_MAX / 1024)));
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// The picture as it came and a still one, both cleaned of all but pixels.
async fn pictures(app: &App, file: Bytes) -> Result<(Encoded, Encoded)> {
    let permit = app.picture_permits.clone().acquire_owned().await.map_err(Error::internal)?;
    let limits = image::Limits { max_stored_bytes: app.options.media.remote_emoji_bytes, ..limits(app) };
    let work = move || {
        let _permit = permit;
        image::process(&file, &limits)
    };
    let processed = tokio::task::spawn_blocking(work).await.map_err(|_| Error::internal("the picture thread panicked"))?.map_err(refusal)?;
    if !MIME_TYPES.contains(&processed.original.mime) {
        return Err(Error::invalid("invalid-file-type"));
    }
    Ok((processed.original, processed.small))
}

fn blob(picture: &Encoded, stored: &Stored) -> NewBlob {
    NewBlob { size: i64::try_from(stored.size).unwrap_or(i64::MAX), backend: "local".into(), key: stored.key.clone(), mime: picture.mime.into() }
}
