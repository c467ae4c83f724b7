//! GET /api/v1/accounts/:id/statuses

use app::ids::AccountId;
use app::{App, present, timelines};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{Id, MaybeViewer, Params};
use crate::paging::{self, Style};
use crate::written::Written;

const DEFAULT_LIMIT: i64 = 20;
/// Pinned statuses of one account that are shown.
const PINNED_MAX: i64 = 40;

/// Source: docs.joinmastodon.org/methods/accounts/#statuses
pub async fn handler(
    State(app): State<App>,
    viewer: MaybeViewer<ReadStatuses>,
    Id(id): Id<AccountId>,
    uri: Uri,
    params: Params,
) -> Result<(HeaderMap, Written<Vec<Status>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let tag = match params.filled("tagged")? {
        None => None,
        Some(name) => match timelines::find_tag(&app, name).await? {
            Some(tag) => Some(tag),
            None => {
                // Nothing carries it; the account must exist all the same.
                app::accounts::find::find(&app, id).await?;
                return Ok((HeaderMap::new(), Written(Vec::new())));
            }
        },
    };
    let filter = timelines::AccountFilter {
        exclude_replies: params.flag("exclude_replies")?.unwrap_or(false),
        exclude_reblogs: params.flag("exclude_reblogs")?.unwrap_or(false),
        only_media: params.flag("only_media")?.unwrap_or(false),
        exclude_direct: params.flag("exclude_direct")?.unwrap_or(false),
        tag,
    };
    if params.flag("pinned")?.unwrap_or(false) {
        // They are few: all are read, and the page is cut from them.
        let mut ids = timelines::pinned(&app, viewer.account_id(), id, filter, PINNED_MAX).await?;
        let newer_than = page.min_id.or(page.since_id).unwrap_or(i64::MIN);
        ids.retain(|id| id.0 > newer_than && page.max_id.is_none_or(|max| id.0 < max));
        ids.truncate(usize::try_from(page.limit).unwrap_or_default());
        let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let link = paging::link(&app.urls().base, &uri, Style::List, &page, &keys);
        return Ok((link, Written(present::status::statuses(&app, viewer.viewer(), ids).await?)));
    }
    let ids = timelines::account(&app, viewer.account_id(), id, filter, page).await?;
    let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::List, &page, &keys);
    Ok((link, Written(present::status::statuses(&app, viewer.viewer(), ids).await?)))
}
