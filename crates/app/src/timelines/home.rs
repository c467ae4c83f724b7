//! The home timeline.

use store::page::Page;
use store::{AccountId, Reader, StatusId, feeds};
use wire::mastodon as m;

use super::rebuild::rebuild;
use crate::cache::cards::KeptPage;
use crate::present::status::{from_memory, load};
use crate::present::view;
use crate::{App, Result, Viewer};

/// A page of a home feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    pub ids: Vec<StatusId>,
    /// While the feed is being rebuilt: the id under which that can be asked about.
    pub rebuilding: Option<i64>,
}

/// Of a feed that is being rebuilt, what is there.
async fn read(r: &Reader, account: AccountId, page: &Page, now: i64) -> Result<Home> {
    let rebuilding = rebuild(r, account, now).await?.filter(|rebuild| !rebuild.finished).map(|rebuild| rebuild.id);
    Ok(Home { ids: feeds::home_page(r, account, page).await?, rebuilding })
}

/// A page of the viewer's home feed as it is shown, and its ids; the statuses of people who were suspended since
/// then are left out.
///
/// Source: docs.joinmastodon.org/methods/timelines/#home
pub async fn home(app: &App, viewer: &Viewer, page: Page) -> Result<(Home, Vec<m::Status>)> {
    let me = viewer.account_id;
    let view = view::begin(app, Some(me));
    if let Some(kept) = view.look.page(me, &page)
        && let Some(loaded) = from_memory(&view, &kept.rows, &kept.marks)
    {
        return Ok((Home { ids: kept.rows.clone(), rebuilding: None }, loaded.statuses(&kept.rows)));
    }
    app.read(move |r| async move {
        let home = read(&r, me, &page, view.now_ms).await?;
        let loaded = load(&r, &view, &home.ids).await?;
        // How long a rebuilding is told of depends on the clock.
        if home.rebuilding.is_none() {
            view.look.keep_page(me, KeptPage { key: page, rows: home.ids.clone(), marks: loaded.marks().clone() });
        }
        let shown = loaded.statuses(&home.ids);
        Ok((home, shown))
    })
    .await
}
