//! GET /api/v2/notifications

use app::notifications::{Filter, groups};
use app::present::notification::Accounts;
use app::{App, Error, Words, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::GroupedNotificationsResults;

use crate::error::Result;
use crate::extract::viewer::ReadNotifications;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};
use crate::router::api::v1::notifications::index::{DEFAULT_LIMIT, filter, kinds};

/// Errors: 400 for an `expand_accounts` that is unknown.
/// Source: docs.joinmastodon.org/methods/grouped_notifications/#get-grouped
pub async fn handler(
    State(app): State<App>,
    viewer: Scoped<ReadNotifications>,
    uri: Uri,
    params: Params,
) -> Result<(HeaderMap, Json<GroupedNotificationsResults>)> {
    let (page, detail) = (params.page(DEFAULT_LIMIT)?, detail(&params)?);
    let found = groups::list(&app, &viewer, any_sender(&params)?, kinds(&params, "grouped_types")?, page).await?;
    let keys: Vec<i64> = found.iter().map(|group| group.head.id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::Timeline, &page, &keys);
    Ok((link, Json(present::notification::groups(&app, &viewer, found, detail).await?)))
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
