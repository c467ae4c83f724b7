//! Hashtags by the beginning of their names.

use store::AccountId;
use store::tags::{self, FoundTag};

use crate::{App, Result};

/// Tags further down are not reached.
const OFFSET_MAX: i64 = 100;

pub(super) async fn search(app: &App, viewer: Option<AccountId>, query: &str, limit: i64, offset: i64) -> Result<Vec<FoundTag>> {
    let prefix = text::tags::normalize(query.trim_start_matches('#'));
    if prefix.is_empty() || prefix.chars().count() > text::links::MAX_TAG_CHARS || offset > OFFSET_MAX {
        return Ok(Vec::new());
    }
    let viewer = viewer.unwrap_or_default();
    app.read(move |r| async move { Ok(tags::search(&r, &prefix, viewer, limit, offset).await?) }).await
}
