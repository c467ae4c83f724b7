//! GET /api/v2/notifications

use app::notifications::{Filter, groups};
use app::present::notification::Accounts;
use app::{App, Error, Words, notifications};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::GroupedNotificationsResults;

use crate::error::Result;
use crate::extract::viewer::ReadNotifications;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};
use crate::router::api::v1::notifications::index::{DEFAULT_LIMIT, filter, kinds};
use crate::written::Written;

/// Errors: 400 for an `expand_accounts` that is unknown.
/// Source: docs.joinmastodon.org/methods/grouped_notifications/#get-grouped
pub async fn handler(
    State(app): State<App>,
    viewer: Scoped<ReadNotifications>,
    uri: Uri,
    params: Params,
) -> Result<(HeaderMap, Written<GroupedNotificationsResults>)> {
    let (page, detail) = (params.page(DEFAULT_LIMIT)?, detail(&params)?);
    let wanted = groups::Wanted { filter: any_sender(&params)?, kinds: kinds(&params, "grouped_types")? };
    let (ids, shown) = notifications::page::group_page(&app, &viewer, wanted, detail, page).await?;
    let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::Timeline, &page, &keys);
    Ok((link, Written(shown)))
}

/// As for single notifications, but a sender cannot be asked for.
pub fn any_sender(params: &Params) -> Result<Filter> {
    Ok(Filter { from: None, ..filter(params)? })
}

fn detail(params: &Params) -> Result<Accounts> {
    match params.text("expand_accounts")?.as_deref() {
        None | Some("full") => Ok(Accounts::Full),
        Some("partial_avatars") => Ok(Accounts::PartialAvatars),
        Some(other) => Err(Error::Malformed(Words::new("error-expand-accounts").with("value", other)).into()),
    }
}
