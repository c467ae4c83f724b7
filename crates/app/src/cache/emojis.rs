//! Custom emojis of this server: a map in memory, read whenever a text is shown.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use store::{Db, custom_emojis};
use wire::mastodon as m;

use crate::{Error, Result};

/// Emojis one server may have: the map holds all of them.
pub const EMOJIS_MAX: i64 = 10_000;

/// The emojis that are switched on, with their addresses. Cheap to clone; clones share what they know.
#[derive(Clone, Debug, Default)]
pub struct Emojis(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    known: ArcSwap<Known>,
    /// Held while the rows are read, so that what was read earlier never replaces what was read later.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    by_shortcode: HashMap<String, m::CustomEmoji>,
    /// In the order of the picker's list.
    listed: Vec<m::CustomEmoji>,
}

impl Emojis {
    /// Reads them anew, after a change.
    pub async fn reload(&self, db: &Db, media_url: impl Fn(&str) -> String) -> Result<()> {
        let _reading = self.0.reading.lock().await;
        let rows = db.read(|r| async move { Ok::<_, Error>(custom_emojis::list_local(&r, EMOJIS_MAX).await?) }).await?;
        let mut known = Known::default();
        for row in rows.into_iter().filter(|row| !row.disabled) {
            let plain = m::CustomEmoji {
                url: media_url(&row.original_key),
                static_url: media_url(&row.static_key),
                shortcode: row.shortcode.clone(),
                visible_in_picker: row.visible_in_picker,
                ..m::CustomEmoji::default()
            };
            if row.visible_in_picker {
                let featured = row.category.as_ref().map(|_| row.featured);
                known.listed.push(m::CustomEmoji { category: row.category, featured, ..plain.clone() });
            }
            known.by_shortcode.insert(row.shortcode, plain);
        }
        self.0.known.store(Arc::new(known));
        Ok(())
    }

    /// The emojis whose shortcodes are in these texts, each once, in the order they come.
    pub fn in_texts<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Vec<m::CustomEmoji> {
        let known = self.0.known.load();
        if known.by_shortcode.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<m::CustomEmoji> = Vec::new();
        for shortcode in texts.into_iter().flat_map(text::emoji::shortcodes) {
            if let Some(emoji) = known.by_shortcode.get(shortcode)
                && !found.iter().any(|other| other.shortcode == shortcode)
            {
                found.push(emoji.clone());
            }
        }
        found
    }

    /// What the picker shows, with categories.
    pub fn listed(&self) -> Vec<m::CustomEmoji> {
        self.0.known.load().listed.clone()
    }
}
