//! What a search found.

use wire::mastodon as m;

use super::{account, status, tag};
use crate::search::Found;
use crate::{App, Result, Viewer};

/// The entity of what was found, as `viewer` sees it.
pub async fn search(app: &App, viewer: Option<&Viewer>, found: Found) -> Result<m::Search> {
    let accounts = if found.accounts.is_empty() { Vec::new() } else { account::accounts(app, found.accounts).await? };
    let hashtags = tag::tags(app, viewer, found.hashtags).await?;
    Ok(m::Search { accounts, statuses: status::statuses(app, viewer, found.statuses).await?, hashtags, collections: Vec::new() })
}
