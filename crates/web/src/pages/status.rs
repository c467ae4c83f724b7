//! GET /@user/ID: a status with its thread.

use app::ids::StatusId;
use app::statuses::show;
use app::{App, Error, present};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use wire::mastodon as m;

use super::browser::Browser;
use super::views::{LinkCard, Media, MediaKind, Moment, Person, Status, StatusPage};
use super::{not_found, page};
use crate::ap::answer::{Wanted, wanted, with_alternate};
use crate::ap::owner::Asker;
use crate::error::Result;

const DESCRIPTION_CHARS: usize = 200;

/// Shows what the person signed in (or anybody) may see.
pub async fn handler(
    State(app): State<App>,
    browser: Browser,
    Path((username, id)): Path<(String, String)>,
    asker: Asker,
    headers: HeaderMap,
) -> Result<Response> {
    if let (Wanted::Document, Some(username), Ok(id)) = (wanted(&headers), username.strip_prefix('@'), id.parse()) {
        return Ok(crate::ap::status::page(&app, username, StatusId(id), asker).await.unwrap_or_else(|refusal| refusal));
    }
    let viewer = browser.session.as_ref().map(|s| &s.viewer);
    let Some(id) = id.parse().ok().map(StatusId) else { return Ok(not_found(&app, &browser)) };
    let shown = match show::show(&app, viewer, id).await {
        Err(Error::NotFound(_)) => return Ok(not_found(&app, &browser)),
        shown => shown?,
    };
    let same = shown.account.acct.eq_ignore_ascii_case(username.trim_start_matches('@'));
    if !same || shown.reblog.is_some() {
        return Ok(not_found(&app, &browser));
    }
    let thread = present::status::thread(&app, viewer, id).await?;
    let domain = &app.urls().account_domain;
    let template = StatusPage {
        card: card(&shown),
        noindex: !shown.account.indexable,
        ancestors: thread.ancestors.iter().map(|s| status(s, domain)).collect(),
        replies: thread.descendants.iter().map(|s| status(s, domain)).collect(),
        status: status(&shown, domain),
        shell: browser.shell(&app),
    };
    Ok(with_alternate(page(&browser, &template), &shown.uri))
}

fn card(s: &m::Status) -> LinkCard {
    let text = if s.carried.spoiler_text.is_empty() {
        text::plain::from_html(s.content.as_deref().unwrap_or_default())
    } else {
        s.carried.spoiler_text.clone()
    };
    let name = if s.account.display_name.is_empty() { &s.account.username } else { &s.account.display_name };
    LinkCard {
        title: format!("{name} (@{})", s.account.acct),
        description: text.chars().take(DESCRIPTION_CHARS).collect(),
        url: s.url.clone().unwrap_or_else(|| s.uri.clone()),
        image: s.carried.media_attachments.first().filter(|_| !s.sensitive).and_then(|m| m.preview_url.clone()),
        activity_url: s.uri.clone(),
    }
}

/// A status as pages show it.
pub fn status(s: &m::Status, domain: &str) -> Status {
    let shown = s.reblog.as_deref().unwrap_or(s);
    let author = |a: &m::Account| Person {
        name: if a.display_name.is_empty() { a.username.clone() } else { a.display_name.clone() },
        handle: if a.acct.contains('@') { format!("@{}", a.acct) } else { format!("@{}@{domain}", a.acct) },
        url: a.url.clone().unwrap_or_else(|| a.uri.clone()),
        avatar: a.avatar_static.clone(),
    };
    Status {
        id: s.id.to_string(),
        url: shown.url.clone().unwrap_or_else(|| shown.uri.clone()),
        author: author(&shown.account),
        boosted_by: s.reblog.as_ref().map(|_| author(&s.account).name),
        created: moment(shown.created_at),
        edited: shown.edited_at.map(moment),
        language: shown.carried.language.clone(),
        spoiler: shown.carried.spoiler_text.clone(),
        sensitive: shown.sensitive,
        content_html: shown.content.clone().unwrap_or_default(),
        media: shown.carried.media_attachments.iter().filter_map(media).collect(),
        replies_count: shown.replies_count.unsigned_abs(),
        reblogs_count: shown.reblogs_count.unsigned_abs(),
        favourites_count: shown.favourites_count.unsigned_abs(),
    }
}

fn media(m: &m::MediaAttachment) -> Option<Media> {
    let small = m.meta.as_ref().and_then(|meta| meta.small.as_ref().or(meta.original.as_ref()));
    Some(Media {
        kind: MediaKind::Image,
        url: m.url.clone()?,
        preview_url: m.preview_url.clone(),
        description: m.description.clone().unwrap_or_default(),
        width: small.and_then(|s| s.width).unwrap_or_default(),
        height: small.and_then(|s| s.height).unwrap_or_default(),
    })
}

/// For machines and for people; people's language has no bearing on this short form.
pub fn moment(at: wire::DateTime) -> Moment {
    let rfc3339 = at.to_string();
    let text = rfc3339.get(..16).map(|minute| format!("{} UTC", minute.replace('T', " "))).unwrap_or_default();
    Moment { rfc3339, text }
}
