//! Hashtags by the beginning of their names.

use store::{TagId, tags};

use crate::{App, Result};

/// Tags further down are not reached.
const OFFSET_MAX: i64 = 100;

pub(super) async fn search(app: &App, query: &str, limit: i64, offset: i64) -> Result<Vec<TagId>> {
    let prefix = text::tags::normalize(query.trim_start_matches('#'));
    if prefix.is_empty() || prefix.chars().count() > text::links::MAX_TAG_CHARS || offset > OFFSET_MAX {
        return Ok(Vec::new());
    }
    app.read(move |r| async move { Ok(tags::search(&r, &prefix, limit, offset).await?) }).await
}
