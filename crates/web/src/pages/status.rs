//! GET /@user/ID: a status with its thread.

use app::ids::StatusId;
use app::statuses::show;
use app::{App, Error, statuses};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use wire::mastodon as m;

use super::browser::Browser;
use super::views::status::{Media, MediaKind, Poll, PollOption, PollResult, Status};
use super::views::{LinkCard, Moment, Shell};
use super::{Kept, emojis, not_found, owner, public_page, shown_person};
use crate::ap::answer::{Wanted, redirect, wanted, with_alternate};
use crate::ap::owner::Asker;
use crate::error::Result;

/// A status with what it answers and what answers it.
#[derive(Template)]
#[template(path = "status.html")]
pub struct StatusPage {
    pub shell: Shell,
    pub card: LinkCard,
    pub noindex: bool,
    pub ancestors: Vec<Status>,
    pub status: Status,
    pub replies: Vec<Status>,
}

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
    // Of who is gone there is nothing; names of other servers have their pages there.
    if let Some(username) = username.strip_prefix('@').filter(|username| !username.contains('@'))
        && let Err(refusal) = owner(&app, &browser, username).await?
    {
        return Ok(refusal);
    }
    let viewer = browser.session.as_ref().map(|s| &s.viewer);
    let Some(id) = id.parse().ok().map(StatusId) else { return Ok(not_found(&app, &browser)) };
    let shown = match show::show(&app, viewer, id).await {
        Err(Error::NotFound(_)) => return Ok(not_found(&app, &browser)),
        shown => shown?,
    };
    let same = shown.account.acct.eq_ignore_ascii_case(username.trim_start_matches('@'));
    if !same {
        return Ok(not_found(&app, &browser));
    }
    if let Some(original) = &shown.reblog {
        return Ok(redirect(StatusCode::FOUND, original.url.as_deref().unwrap_or(&original.uri)));
    }
    let thread = statuses::context::thread(&app, viewer, id).await?;
    let domain = &app.urls().account_domain;
    let template = StatusPage {
        card: card(&shown),
        noindex: !shown.account.indexable,
        ancestors: thread.ancestors.iter().map(|s| status(s, domain)).collect(),
        replies: thread.descendants.iter().map(|s| status(s, domain)).collect(),
        status: status(&shown, domain),
        shell: browser.shell(&app),
    };
    Ok(with_alternate(public_page(&browser, &template, Kept::Status), &shown.uri))
}

fn card(s: &m::Status) -> LinkCard {
    let text = if s.carried.spoiler_text.is_empty() {
        text::plain::from_html(s.content.as_deref().unwrap_or_default())
    } else {
        s.carried.spoiler_text.clone()
    };
    let name = if s.account.display_name.is_empty() { &s.account.username } else { &s.account.display_name };
    LinkCard {
        title: format!("{} (@{})", emojis::without_colons(name, &s.account.emojis), s.account.acct),
        description: emojis::without_colons(&text, &s.carried.emojis).chars().take(DESCRIPTION_CHARS).collect(),
        url: s.url.clone().unwrap_or_else(|| s.uri.clone()),
        image: s.carried.media_attachments.first().filter(|_| !s.sensitive).and_then(|m| m.preview_url.clone()),
        activity_url: s.uri.clone(),
    }
}

/// A status as pages show it.
pub fn status(s: &m::Status, domain: &str) -> Status {
    let shown = s.reblog.as_deref().unwrap_or(s);
    let known = &shown.carried.emojis;
    Status {
        id: s.id.to_string(),
        url: shown.url.clone().unwrap_or_else(|| shown.uri.clone()),
        author: shown_person(&shown.account, domain),
        boosted_by: s.reblog.as_ref().map(|_| format!("<bdi>{}</bdi>", shown_person(&s.account, domain).name_html)),
        created: moment(shown.created_at),
        edited: shown.edited_at.map(moment),
        language: shown.carried.language.clone(),
        spoiler_html: emojis::in_text(&shown.carried.spoiler_text, known),
        sensitive: shown.sensitive,
        content_html: emojis::in_html(shown.content.as_deref().unwrap_or_default(), known),
        media: shown.carried.media_attachments.iter().filter_map(media).collect(),
        poll: shown.poll.as_ref().map(poll),
        replies_count: shown.replies_count.unsigned_abs(),
        reblogs_count: shown.reblogs_count.unsigned_abs(),
        favourites_count: shown.favourites_count.unsigned_abs(),
    }
}

/// Shares are of the people who voted, as in Mastodon: where several choices are allowed they add up to more than 100 %.
fn poll(p: &m::Poll) -> Poll {
    let all = p.voters_count.unwrap_or(p.votes_count).max(0);
    let most = p.options.iter().filter_map(|option| option.votes_count).max().unwrap_or_default();
    let result = |votes: i64| PollResult {
        percent: if all == 0 { 0 } else { ((votes.max(0) * 200 + all) / (all * 2)).clamp(0, 100).unsigned_abs() },
        votes: votes.unsigned_abs(),
        leads: votes > 0 && votes == most,
    };
    let chosen = p.own_votes.as_deref().unwrap_or_default();
    let options = p.options.iter().enumerate().map(|(at, option)| PollOption {
        title_html: emojis::in_text(&option.title, &p.emojis),
        result: option.votes_count.map(result),
        chosen: chosen.iter().any(|choice| usize::try_from(*choice) == Ok(at)),
    });
    Poll {
        options: options.collect(),
        multiple: p.multiple,
        people: p.voters_count.map(i64::unsigned_abs),
        votes: p.votes_count.unsigned_abs(),
        closed: p.expired,
        closes: p.expires_at.map(moment),
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
