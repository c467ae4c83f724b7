//! Timelines: pages of status ids.

pub mod access;
mod home;
mod public;
mod rebuild;

use store::page::Page;
pub use store::statuses::AccountFilter;
pub use store::timelines::Origin;
use store::timelines::{self as rows, ANY_MAX, Filter, Tags};
use store::{AccountId, ListId, Reader, StatusId, TagId, accounts, blocks, feeds, lists, statuses, tags};

use self::access::{Access, Topic};
pub use self::home::{Home, home};
pub use self::public::{PublicFilter, public};
pub(crate) use self::rebuild::{REBUILD_KEPT_MS, welcome_back};
pub use self::rebuild::{Rebuild, find_rebuild};
use crate::{App, Error, Result, Viewer};

/// The hashtags of a timeline, as people write them.
#[derive(Clone, Debug, Default)]
pub struct TagNames {
    pub name: String,
    /// Or one of these.
    pub any: Vec<String>,
    /// And all of these. Those that were never used are passed over, as Mastodon does.
    pub all: Vec<String>,
    pub none: Vec<String>,
}

/// A page of a hashtag's timeline; empty for one that was never used. Four hashtags of each mode count.
///
/// Errors: `Refused` for nobody, where the instance wants somebody.
/// Source: docs.joinmastodon.org/methods/timelines/#tag
pub async fn tag(app: &App, viewer: Option<&Viewer>, names: TagNames, filter: PublicFilter, page: Page) -> Result<Vec<StatusId>> {
    let access = Access::of(&app.settings, Topic::Hashtag, filter.sides(), viewer)?;
    let Some(origin) = access.origin() else { return Ok(Vec::new()) };
    let account = viewer.map(|v| v.account_id);
    app.read(move |r| async move {
        let Some(tags) = find_tags(&r, names).await? else { return Ok(Vec::new()) };
        let filter = Filter { origin, only_media: filter.only_media, viewer: account, languages: None };
        Ok(rows::tag_page(&r, &tags, &filter, &page).await?)
    })
    .await
}

/// The rows behind the names, in one query; `None` when there is no hashtag of the first name.
async fn find_tags(r: &Reader, names: TagNames) -> Result<Option<Tags>> {
    let normal = |names: &[String]| -> Vec<String> {
        let mut seen: Vec<String> = Vec::new();
        for name in names.iter().take(ANY_MAX).map(|name| text::tags::normalize(name)) {
            if !name.is_empty() && !seen.contains(&name) {
                seen.push(name);
            }
        }
        seen
    };
    let first = text::tags::normalize(&names.name);
    let any = normal(&[std::slice::from_ref(&first), &names.any].concat());
    let (all, none) = (normal(&names.all), normal(&names.none));
    let found = tags::list_by_names(r, &[any.as_slice(), &all, &none].concat()).await?;
    let ids =
        |names: &[String]| -> Vec<TagId> { names.iter().filter_map(|name| found.iter().find(|tag| tag.name == *name)).map(|tag| tag.id).collect() };
    let is_known = found.iter().any(|tag| tag.name == first);
    Ok(is_known.then(|| Tags { any: ids(&any), all: ids(&all), none: ids(&none) }))
}

/// A page of the feed of one of the viewer's lists.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/timelines/#list
pub async fn list(app: &App, viewer: &Viewer, id: ListId, page: Page) -> Result<Vec<StatusId>> {
    let owner = viewer.account_id;
    app.read(move |r| async move {
        lists::find(&r, owner, id).await?.ok_or_else(Error::not_found)?;
        Ok(feeds::list_page(&r, id, &page).await?)
    })
    .await
}

/// A page of what the viewer may see of an account. Suspended accounts show nothing, nor does one that
/// blocks the viewer.
///
/// Errors: `NotFound` for an account that does not exist or is not let in yet.
/// Source: docs.joinmastodon.org/methods/accounts/#statuses
pub async fn account(app: &App, viewer: Option<AccountId>, account: AccountId, filter: AccountFilter, page: Page) -> Result<Vec<StatusId>> {
    app.read(move |r| async move {
        let found = accounts::find(&r, account).await?.filter(|a| a.usable).ok_or_else(Error::not_found)?;
        if found.suspended_at.is_some() || blocks::exists(&r, account, viewer.unwrap_or_default()).await? {
            return Ok(Vec::new());
        }
        Ok(statuses::account_page(&r, account, viewer, filter, &page).await?)
    })
    .await
}

/// What the viewer may see of what an account has pinned, the newest pin first. Errors as [`account`].
pub async fn pinned(app: &App, viewer: Option<AccountId>, account: AccountId, filter: AccountFilter, limit: i64) -> Result<Vec<StatusId>> {
    app.read(move |r| async move {
        let found = accounts::find(&r, account).await?.filter(|a| a.usable).ok_or_else(Error::not_found)?;
        if found.suspended_at.is_some() {
            return Ok(Vec::new());
        }
        Ok(statuses::list_pinned(&r, account, viewer, filter, limit).await?)
    })
    .await
}

/// The hashtag that is called so, however it is written.
pub async fn find_tag(app: &App, name: String) -> Result<Option<TagId>> {
    let name = text::tags::normalize(name.trim_start_matches('#'));
    app.read(move |r| async move { Ok(tags::find(&r, &name).await?) }).await
}
