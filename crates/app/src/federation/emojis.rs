//! Custom emojis of other servers: rows of what their documents bring along.

use store::{MediaId, Tx, media, remote_emojis};
use wire::activity::emoji::Emoji;

use crate::Result;
use crate::urls::domain_of;

/// The files a picture of an emoji may have here.
const VARIANTS: [&str; 2] = ["original", "static"];

/// Keeps the emojis of a document (`wire::activity::emoji::list`) whose author is of the server `domain`. Gives what
/// `statuses.emojis` and `accounts.emojis` hold: JSON, `[[id, "shortcode"], …]`, those that may be shown.
///
/// An emoji is another one for each server. It has a new picture if the address is new, or if it says that it was changed
/// since; the old one's files then go.
pub async fn keep(tx: &Tx, domain: &str, emojis: &[Emoji]) -> Result<String> {
    let shortcodes: Vec<String> = emojis.iter().map(|emoji| emoji.shortcode.clone()).collect();
    let known = remote_emojis::list(tx, domain, &shortcodes).await?;
    let mut shown = Vec::new();
    for emoji in emojis {
        let old = known.iter().find(|known| known.shortcode == emoji.shortcode);
        let is_current = |old: &&remote_emojis::RemoteEmoji| {
            old.image_remote_url == emoji.image_url && emoji.updated.is_none_or(|updated| updated <= old.updated_at || updated > tx.now())
        };
        let id = match old.filter(is_current) {
            Some(old) => old.id,
            None => {
                let uri = emoji.id.as_deref().filter(|uri| domain_of(uri).as_deref() == Some(domain));
                let id = remote_emojis::put(tx, domain, &emoji.shortcode, uri, &emoji.image_url).await?;
                if old.is_some() {
                    for variant in VARIANTS {
                        media::remove_file(tx, MediaId(id.0), variant).await?;
                    }
                }
                id
            }
        };
        if !old.is_some_and(|old| old.disabled) {
            shown.push((id.0, emoji.shortcode.as_str()));
        }
    }
    serde_json::to_string(&shown).map_err(crate::Error::internal)
}
