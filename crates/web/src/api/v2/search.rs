//! GET /api/v2/search

use app::search::{self, Kind, Search};
use app::{App, Error, Words, present};
use axum::extract::State;
use wire::mastodon as m;

use crate::error::{Fail, Result};
use crate::extract::viewer::ReadSearch;
use crate::extract::{MaybeViewer, Params};
use crate::written::Written;

const DEFAULT_LIMIT: i64 = 20;

/// Accounts, statuses and hashtags. Addresses of other servers are not resolved.
/// Source: docs.joinmastodon.org/methods/search/#v2
pub async fn handler(State(app): State<App>, viewer: MaybeViewer<ReadSearch>, params: Params) -> Result<Written<m::Search>> {
    let query = params.filled("q")?.ok_or_else(|| Fail::missing_param("q"))?;
    let resolve = params.flag("resolve")?.unwrap_or(false);
    let offset = params.filled("offset")?;
    if viewer.viewer().is_none() {
        let refused = |id: &'static str| Fail::from(Error::Unauthorized(Words::new(id)));
        if offset.is_some() {
            return Err(refused("error-search-pagination"));
        } else if resolve {
            return Err(refused("error-search-resolve"));
        }
    }
    for name in ["limit", "offset"] {
        if params.filled(name)?.is_some_and(|number| number.trim().starts_with('-')) {
            return Err(Error::malformed(format!("{name} must not be negative")).into());
        }
    }
    let page = params.page(DEFAULT_LIMIT)?;
    let wanted = Search {
        query,
        kind: Kind::from_word(params.filled("type")?.as_deref()),
        resolve,
        following: params.flag("following")?.unwrap_or(false),
        account_id: params.id("account_id")?,
        exclude_unreviewed: params.flag("exclude_unreviewed")?.unwrap_or(false),
        max_id: page.max_id,
        min_id: page.min_id,
        limit: page.limit,
        offset: offset.and_then(|text| text.trim().parse().ok()).unwrap_or(0),
    };
    let found = search::search(&app, viewer.viewer(), wanted).await?;
    Ok(Written(present::search::search(&app, viewer.viewer(), found).await?))
}
