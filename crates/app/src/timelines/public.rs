//! The public timeline.

use store::page::Page;
use store::timelines::{self as rows, Filter};
use store::{Reader, StatusId};
use wire::mastodon as m;

use super::access::{Access, Sides, Topic};
use crate::present::status::load;
use crate::present::view::view;
use crate::{App, Result, Viewer};

/// A page of the public timeline, without whom the viewer does not want to see, in the languages they chose.
///
/// Errors: `Refused` for nobody, where the instance wants somebody.
/// Source: docs.joinmastodon.org/methods/timelines/#public
pub async fn public(app: &App, viewer: Option<&Viewer>, filter: PublicFilter, page: Page) -> Result<(Vec<StatusId>, Vec<m::Status>)> {
    let public = begin(app, viewer, filter, page)?;
    view(app, viewer.map(|v| v.account_id), move |r, view| async move {
        let ids = public.read(&r).await?;
        let shown = load(&r, &view, &ids).await?.statuses(&ids);
        Ok((ids, shown))
    })
    .await
}

/// What narrows the public timeline.
#[derive(Clone, Copy, Debug, Default)]
pub struct PublicFilter {
    pub local: bool,
    pub remote: bool,
    pub only_media: bool,
}

impl PublicFilter {
    pub(super) fn sides(self) -> Sides {
        Sides { local: self.local, remote: self.remote }
    }
}

fn begin(app: &App, viewer: Option<&Viewer>, filter: PublicFilter, page: Page) -> Result<Public> {
    let access = Access::of(&app.settings, Topic::Live, filter.sides(), viewer)?;
    let languages = viewer.and_then(|v| v.preferences.chosen_languages.clone());
    let filter = Filter { only_media: filter.only_media, viewer: viewer.map(|v| v.account_id), languages, ..Filter::default() };
    Ok(Public { access, filter, page })
}

/// A page of the public timeline that may be read.
struct Public {
    access: Access,
    filter: Filter,
    page: Page,
}

impl Public {
    async fn read(self, r: &Reader) -> Result<Vec<StatusId>> {
        let Some(origin) = self.access.origin() else { return Ok(Vec::new()) };
        Ok(rows::public_page(r, &Filter { origin, ..self.filter }, &self.page).await?)
    }
}
