//! GET /@user: a local account with its public statuses.

use app::timelines::AccountFilter;
use app::{App, Page, present, timelines};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::browser::Browser;
use super::status::{moment, status};
use super::views::status::Status;
use super::views::{LinkCard, Moment, Person, Shell};
use super::{Kept, emojis, not_found, owner, public_page, shown_person, turn};
use crate::ap::answer::{Wanted, wanted, with_alternate, with_lrdd};
use crate::error::Result;
use crate::extract::Params;

/// A local account with its public statuses.
#[derive(Template)]
#[template(path = "profile.html")]
pub struct ProfilePage {
    pub shell: Shell,
    pub card: LinkCard,
    pub noindex: bool,
    pub person: Person,
    /// Picture of 1500 × 500 pixels.
    pub header: String,
    /// Safe HTML.
    pub bio_html: String,
    pub fields: Vec<Field>,
    pub bot: bool,
    pub locked: bool,
    pub statuses_count: u64,
    pub following_count: u64,
    pub followers_count: u64,
    pub joined: Moment,
    pub statuses: Vec<Status>,
    pub newer_url: Option<String>,
    pub older_url: Option<String>,
}

/// A row of a profile's table.
#[derive(Debug, Clone)]
pub struct Field {
    /// Safe HTML.
    pub name_html: String,
    /// Safe HTML.
    pub value_html: String,
    pub verified: bool,
}

const STATUSES: i64 = 20;
const DESCRIPTION_CHARS: usize = 200;

pub async fn handler(State(app): State<App>, browser: Browser, Path(username): Path<String>, headers: HeaderMap, uri: Uri) -> Result<Response> {
    let Some(username) = username.strip_prefix('@') else { return Ok(not_found(&app, &browser)) };
    if wanted(&headers) == Wanted::Document {
        return Ok(crate::ap::actor::profile(&app, username).await.unwrap_or_else(|refusal| refusal));
    }
    let account = match owner(&app, &browser, username).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(refusal),
    };
    let params = Params::from_query(uri.query().unwrap_or_default())?;
    let at = Page { limit: STATUSES, ..params.page(STATUSES)? };
    let viewer = browser.session.as_ref().map(|s| &s.viewer);
    let filter = AccountFilter { exclude_replies: true, ..AccountFilter::default() };
    let ids = timelines::account(&app, viewer.map(|v| v.account_id), account.id, filter, at).await?;
    let older_url = ids.last().filter(|_| ids.len() as i64 == STATUSES).map(|id| turn(&uri, "max_id", id.0));
    let newer_url = ids.first().filter(|_| at.max_id.is_some()).map(|id| turn(&uri, "min_id", id.0));
    let statuses = present::status::statuses(&app, viewer, ids).await?;
    let shown = present::account::account(app.context(), &account);
    let known = &shown.emojis;
    let field = |f: &wire::mastodon::Field| Field {
        name_html: emojis::in_text(&f.name, known),
        value_html: emojis::in_html(&f.value, known),
        verified: f.verified_at.is_some(),
    };
    let name = shown_person(&shown, &app.urls().account_domain);
    let template = ProfilePage {
        card: LinkCard {
            title: format!("{} ({})", name.name, name.handle),
            description: emojis::without_colons(&text::plain::from_html(&shown.note), known).chars().take(DESCRIPTION_CHARS).collect(),
            url: name.url.clone(),
            image: Some(shown.avatar.clone()),
            activity_url: shown.uri.clone(),
        },
        noindex: !shown.indexable,
        header: shown.header.clone(),
        bio_html: emojis::in_html(&shown.note, known),
        fields: shown.fields.iter().map(field).collect(),
        bot: shown.bot,
        locked: shown.locked,
        statuses_count: shown.statuses_count.unsigned_abs(),
        following_count: shown.following_count.unsigned_abs(),
        followers_count: shown.followers_count.unsigned_abs(),
        joined: moment(shown.created_at),
        statuses: statuses.iter().map(|s| status(s, &app.urls().account_domain)).collect(),
        newer_url,
        older_url,
        person: name,
        shell: browser.shell(&app),
    };
    let page = public_page(&browser, &template, Kept::List);
    Ok(with_alternate(with_lrdd(page, &app.urls().webfinger_url(&account.username)), &shown.uri))
}
