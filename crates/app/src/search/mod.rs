//! Search: accounts, statuses and hashtags by their words. What is indexed is in `effects::index`; the
//! tokens are made by `text::tokens`, kept and found by `store::search`.

pub mod accounts;
pub mod build;
mod kind;
mod query;
pub(crate) mod resolve;
pub mod statuses;
mod tags;

pub use crate::present::search::Found;
pub use kind::Kind;
pub use resolve::RESOLVING;

use store::AccountId;
use text::Limit;
use wire::webfinger::without_invisible_marks;

use crate::{App, Error, Result, Viewer};

/// What is looked for; the rest of a longer query is not looked at.
pub(crate) const QUERY: Limit = Limit::code_points(2_000);

/// A search as it was asked for.
#[derive(Clone, Debug)]
pub struct Search {
    pub query: String,
    pub kind: Kind,
    /// Addresses lead to what they are of.
    pub resolve: bool,
    /// Only accounts the viewer follows.
    pub following: bool,
    /// Only statuses of this account.
    pub account_id: Option<AccountId>,
    /// Only hashtags that moderators have looked at.
    pub exclude_unreviewed: bool,
    pub max_id: Option<i64>,
    pub min_id: Option<i64>,
    /// Of each list.
    pub limit: i64,
    /// Counts only where one kind is asked for.
    pub offset: i64,
}

/// Searches. Statuses are for people who are signed in.
///
/// Errors: `Invalid` for a date that is none, `NotFound` for an `account_id` there is none of, `Limited` for who has other
/// servers asked too often.
/// Source: docs.joinmastodon.org/methods/search/#v2
pub async fn search(app: &App, viewer: Option<&Viewer>, search: Search) -> Result<Found> {
    let bare = resolve::without_marks(&search.query);
    let query = QUERY.cut(&bare);
    let offset = if search.kind == Kind::Everything { 0 } else { search.offset };
    let mut found = Found::default();
    if query.is_empty() || search.limit < 1 {
        return Ok(found);
    }
    if let (true, Some(viewer)) = (search.resolve && resolve::is_address(query), viewer) {
        return if offset > 0 { Ok(found) } else { resolve::resolve(app, viewer, query, search.kind).await };
    }
    let (is_tag, has_at, has_space) = (query.starts_with('#'), query.contains('@'), query.contains(' '));
    if search.kind.wants(Kind::Accounts) && !is_tag && !(has_at && has_space) {
        let wanted = accounts::Wanted {
            query: query.to_owned(),
            following: search.following,
            bios: true,
            resolve: search.resolve,
            limit: search.limit,
            offset,
        };
        found.accounts = accounts::search(app, viewer.map(|v| v.account_id), wanted).await?;
    }
    if let Some(viewer) = viewer.filter(|_| search.kind.wants(Kind::Statuses) && (has_space || !(is_tag || has_at))) {
        let wanted = statuses::Wanted {
            query: query.to_owned(),
            account_id: search.account_id,
            max_id: search.max_id,
            min_id: search.min_id,
            limit: search.limit,
            offset,
        };
        found.statuses = statuses::search(app, viewer.account_id, viewer.locale.as_deref(), wanted).await?;
    }
    // No hashtag has been looked at by a moderator as long as they cannot.
    if search.kind.wants(Kind::Hashtags) && !has_at && !search.exclude_unreviewed {
        found.hashtags = tags::search(app, query, search.limit, offset).await?;
    }
    Ok(found)
}

/// The account or status that an address (`https:`, `acct:`) or a handle names, here or elsewhere, as far as the viewer may
/// see it; nothing if it leads nowhere.
pub async fn named(app: &App, viewer: &Viewer, address: &str) -> Result<Found> {
    let address = without_invisible_marks(address);
    if resolve::is_address(&address) {
        return resolve::resolve(app, viewer, &address, Kind::Everything).await;
    }
    let handle = address.strip_prefix("acct:").unwrap_or(&address);
    let account = match resolve::handle(app, viewer.account_id, handle).await? {
        Some(id) => Some(id),
        None => match crate::accounts::find::find_local(app, handle).await {
            Err(Error::NotFound(_)) => None,
            found => Some(found?.id),
        },
    };
    Ok(Found { accounts: account.into_iter().collect(), ..Found::default() })
}
