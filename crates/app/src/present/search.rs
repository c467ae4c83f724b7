//! What a search found.

use store::{AccountId, StatusId, TagId};
use wire::mastodon as m;

use super::{account, status, tag};
use crate::{App, Result, Viewer};

/// What was found, in the order it is shown in.
#[derive(Debug, Default)]
pub struct Found {
    pub accounts: Vec<AccountId>,
    pub statuses: Vec<StatusId>,
    pub hashtags: Vec<TagId>,
}

/// The entity of what was found, as `viewer` sees it.
pub async fn search(app: &App, viewer: Option<&Viewer>, found: Found) -> Result<m::Search> {
    let accounts = if found.accounts.is_empty() { Vec::new() } else { account::accounts(app, found.accounts).await? };
    let hashtags = tag::tags(app, viewer, found.hashtags).await?;
    Ok(m::Search { accounts, statuses: status::statuses(app, viewer, found.statuses).await?, hashtags, collections: Vec::new() })
}
