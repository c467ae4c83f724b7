//! GET /tags/:name: recent public statuses with a hashtag. What is shown is what the timeline of the API shows to the
//! same reader.

use app::federation::publish::collections;
use app::ids::StatusId;
use app::timelines::{PublicFilter, TagNames};
use app::{App, Error, Page, Viewer, present, tags, timelines};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};

use super::browser::Browser;
use super::sign_in::{local_path, sign_in_address};
use super::status::status;
use super::views::Shell;
use super::views::status::Status;
use super::{Kept, failure, not_found, public_page, turn};
use crate::ap::answer::{Wanted, public, wanted};
use crate::error::Result;
use crate::extract::{Name, Params};

/// Recent public statuses with a hashtag.
#[derive(Template)]
#[template(path = "tag.html")]
pub struct TagPage {
    pub shell: Shell,
    /// As people write it, without `#`.
    pub name: String,
    pub statuses: Vec<Status>,
    pub newer_url: Option<String>,
    pub older_url: Option<String>,
}

const STATUSES: i64 = 20;

/// Where only people of this server may see the timeline, others are asked to sign in.
pub async fn handler(State(app): State<App>, browser: Browser, Name(name): Name, headers: HeaderMap, uri: Uri) -> Result<Response> {
    if wanted(&headers) == Wanted::Document {
        return Ok(public(&collections::hashtag(&app, &name).await?));
    }
    let tag = match tags::find(&app, &name).await {
        Err(Error::NotFound(_)) => return Ok(not_found(&app, &browser)),
        found => found?,
    };
    let Ok(params) = Params::from_query(uri.query().unwrap_or_default()) else { return Ok(failure(&app, &browser, StatusCode::BAD_REQUEST)) };
    let at = Page { limit: STATUSES, ..params.page(STATUSES)? };
    let viewer = browser.session.as_ref().map(|session| &session.viewer);
    let Some(ids) = timeline(&app, viewer, &tag.name, at).await? else {
        let back = local_path(uri.path_and_query().map(ToString::to_string));
        return Ok(Redirect::to(&sign_in_address(&back)).into_response());
    };
    let older_url = ids.last().filter(|_| ids.len() as i64 == STATUSES).map(|id| turn(&uri, "max_id", id.0));
    let newer_url = ids.first().filter(|_| at.max_id.is_some()).map(|id| turn(&uri, "min_id", id.0));
    let statuses = present::status::statuses(&app, viewer, ids).await?;
    let template = TagPage {
        name: tag.display_name,
        statuses: statuses.iter().map(|s| status(s, &app.urls().account_domain)).collect(),
        newer_url,
        older_url,
        shell: browser.shell(&app),
    };
    Ok(public_page(&browser, &template, Kept::List))
}

/// Of both sides, or of the one that the reader may see; `None` if it is neither.
async fn timeline(app: &App, viewer: Option<&Viewer>, name: &str, at: Page) -> Result<Option<Vec<StatusId>>> {
    let sides = [(false, false), (true, false), (false, true)];
    for (local, remote) in sides {
        let names = TagNames { name: name.to_owned(), ..TagNames::default() };
        match timelines::tag(app, viewer, names, PublicFilter { local, remote, ..PublicFilter::default() }, at).await {
            Err(Error::Refused(_)) => {}
            found => return Ok(Some(found?)),
        }
    }
    Ok(None)
}
