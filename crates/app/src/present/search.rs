//! What a search found.

use wire::Id;
use wire::mastodon as m;

use super::{account, status};
use crate::search::Found;
use crate::{App, Result, Viewer};

/// The entity of what was found, as `viewer` sees it.
pub async fn search(app: &App, viewer: Option<&Viewer>, found: Found) -> Result<m::Search> {
    let accounts = if found.accounts.is_empty() { Vec::new() } else { account::accounts(app, found.accounts).await? };
    let hashtags = found.hashtags.into_iter().map(|tag| m::FoundTag {
        id: Id(tag.id.0),
        url: app.urls().tag_url(&tag.name),
        name: tag.display_name,
        history: Vec::new(),
        following: viewer.map(|_| tag.following),
        featuring: viewer.map(|_| false),
    });
    Ok(m::Search { accounts, statuses: status::statuses(app, viewer, found.statuses).await?, hashtags: hashtags.collect(), collections: Vec::new() })
}
