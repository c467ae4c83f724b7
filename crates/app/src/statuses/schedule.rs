//! Statuses of tomorrow: kept until their time has come.

use store::page::Page;
use store::scheduled::{self, Scheduled};
use store::statuses::Visibility;
use store::{AccountId, MediaId, Reader, ScheduledStatusId, StatusId, Tx, accounts, idempotency, media};
use wire::activity::moment;
use wire::mastodon::{ScheduledParams, ScheduledPoll};
use wire::{Id, time};

use crate::present::status::visibility;
use crate::queue::{self, PostScheduled};
use crate::statuses::draft::{Draft, Posted};
use crate::statuses::poll::PollDraft;
use crate::{App, Error, Result, Viewer, Words};

/// A time must lie so far ahead.
const AHEAD_MS: i64 = 5 * 60 * 1000;
/// Statuses one may have waiting…
const TOTAL_MAX: i64 = 300;
/// … and for one day (UTC).
const DAY_MAX: i64 = 25;

/// When `text` is, in milliseconds UTC; `None` if that has passed. Without an offset it is UTC.
///
/// Errors: `Refused` for what is no time.
pub(crate) fn time(text: Option<&str>, now_ms: i64) -> Result<Option<i64>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    Ok(Some(read_time(text)?).filter(|at| *at > now_ms))
}

/// Mastodon says no more than this of what is no time (`preprocess_attributes!` of its PostStatusService).
fn read_time(text: &str) -> Result<i64> {
    moment::read(text).ok_or_else(|| Error::refused("error-record-invalid"))
}

/// Keeps `draft`, which has been checked, for the time `at`.
///
/// Errors: `Invalid` if that is too soon, or one too many.
pub(crate) async fn keep(app: &App, viewer: &Viewer, at: i64, draft: Draft, shown_to: Visibility) -> Result<Posted> {
    let (author, key, media_ids) = (viewer.account_id, draft.idempotency_key.clone(), draft.media_ids.clone());
    let params = serde_json::to_string(&params(viewer, draft, shown_to)).map_err(Error::internal)?;
    app.write(move |tx| async move {
        let id = ScheduledStatusId(tx.next_id());
        if let Some(key) = &key
            && !idempotency::insert(&tx, author, key, StatusId(id.0)).await?
            && let Some(first) = idempotency::find(&tx, author, key).await?
        {
            return Ok(Posted::Scheduled(ScheduledStatusId(first.0)));
        }
        check(&tx, author, at, None).await?;
        scheduled::insert(&tx, &Scheduled { id, account_id: author, scheduled_at: at, params }).await?;
        if !media::hold(&tx, author, id, &media_ids).await? {
            let ids: Vec<String> = media_ids.iter().map(ToString::to_string).collect();
            return Err(Error::Invalid(vec![Words::new("error-media-not-found").with("ids", ids.join(", "))]));
        }
        in_time(&tx, id, at).await?;
        Ok(Posted::Scheduled(id))
    })
    .await
}

/// Far enough ahead, and not one too many. `moved` is one that is there already.
async fn check(tx: &Tx, author: AccountId, at: i64, moved: Option<&Scheduled>) -> Result<()> {
    accounts::lock(tx, author).await?;
    if at <= tx.now() + AHEAD_MS {
        return Err(Error::invalid("invalid-scheduled-at"));
    }
    let day = time::midnight(at);
    let (total, of_day) = scheduled::count(tx, author, day, day + time::DAY_MS).await?;
    let same_day = moved.is_some_and(|moved| time::midnight(moved.scheduled_at) == day);
    if moved.is_none() && total >= TOTAL_MAX {
        return Err(Error::Invalid(vec![Words::new("invalid-scheduled-total").with("max", TOTAL_MAX)]));
    }
    if !same_day && of_day >= DAY_MAX {
        return Err(Error::Invalid(vec![Words::new("invalid-scheduled-day").with("max", DAY_MAX)]));
    }
    Ok(())
}

async fn in_time(tx: &Tx, id: ScheduledStatusId, at: i64) -> Result<()> {
    queue::enqueue_in(tx, &PostScheduled { scheduled: id }, (at - tx.now()).max(0)).await
}

fn params(viewer: &Viewer, draft: Draft, shown_to: Visibility) -> ScheduledParams {
    let ids = |ids: Vec<MediaId>| ids.into_iter().map(|id| Id(id.0)).collect::<Vec<_>>();
    ScheduledParams {
        text: draft.text,
        poll: draft.poll.map(|poll| ScheduledPoll {
            options: poll.options,
            expires_in: poll.expires_in.unwrap_or_default(),
            multiple: poll.multiple,
            hide_totals: poll.hide_totals,
        }),
        media_ids: Some(ids(draft.media_ids)).filter(|ids| !ids.is_empty()),
        sensitive: draft.sensitive,
        spoiler_text: Some(draft.spoiler_text).filter(|text| !text.is_empty()),
        visibility: visibility(shown_to),
        in_reply_to_id: draft.in_reply_to_id.map(|id| id.0),
        language: draft.language,
        application_id: viewer.application_id.map(|id| id.0),
        allowed_mentions: draft.allowed_mentions.map(|allowed| allowed.into_iter().map(|id| Id(id.0)).collect()),
        quote_approval_policy: draft.quote_policy.or_else(|| viewer.preferences.default_quote_policy.clone()).or_else(|| Some("public".to_owned())),
        ..ScheduledParams::default()
    }
}

pub(super) fn draft(params: ScheduledParams) -> Draft {
    let word = serde_json::to_value(params.visibility).ok().and_then(|word| word.as_str().map(str::to_owned));
    Draft {
        text: params.text,
        spoiler_text: params.spoiler_text.unwrap_or_default(),
        sensitive: params.sensitive,
        visibility: word,
        language: params.language,
        in_reply_to_id: params.in_reply_to_id.map(StatusId),
        media_ids: params.media_ids.unwrap_or_default().into_iter().map(|id| MediaId(id.0)).collect(),
        poll: params.poll.map(|poll| PollDraft {
            options: poll.options,
            expires_in: Some(poll.expires_in),
            multiple: poll.multiple,
            hide_totals: poll.hide_totals,
        }),
        quote_policy: params.quote_approval_policy,
        allowed_mentions: params.allowed_mentions.map(|allowed| allowed.into_iter().map(|id| AccountId(id.0)).collect()),
        ..Draft::default()
    }
}

/// A page of what the viewer has scheduled, the newest made first.
/// Source: docs.joinmastodon.org/methods/scheduled_statuses/#get
pub async fn list(app: &App, viewer: &Viewer, page: Page) -> Result<Vec<Scheduled>> {
    let me = viewer.account_id;
    app.read(move |r| async move { Ok(scheduled::page(&r, me, &page).await?) }).await
}

/// One that the viewer has scheduled. Errors: `NotFound`.
/// Source: docs.joinmastodon.org/methods/scheduled_statuses/#get-one
pub async fn show(app: &App, viewer: &Viewer, id: ScheduledStatusId) -> Result<Scheduled> {
    let me = viewer.account_id;
    app.read(move |r| async move { own(&r, me, id).await }).await
}

async fn own(r: &Reader, me: AccountId, id: ScheduledStatusId) -> Result<Scheduled> {
    scheduled::find(r, id).await?.filter(|row| row.account_id == me).ok_or_else(Error::not_found)
}

/// Moves a scheduled status to another time; `None` leaves it.
///
/// Errors: `NotFound`; `Invalid` if that is too soon, or one too many; `Refused` for what is no time.
/// Source: docs.joinmastodon.org/methods/scheduled_statuses/#update
pub async fn update(app: &App, viewer: &Viewer, id: ScheduledStatusId, at: Option<String>) -> Result<Scheduled> {
    let me = viewer.account_id;
    let at = at.map(|text| read_time(&text)).transpose()?;
    app.write(move |tx| async move {
        let row = own(&tx, me, id).await?;
        if let Some(at) = at.filter(|at| *at != row.scheduled_at) {
            check(&tx, me, at, Some(&row)).await?;
            scheduled::set_time(&tx, id, at).await?;
            in_time(&tx, id, at).await?;
        }
        own(&tx, me, id).await
    })
    .await
}

/// Calls a scheduled status off; what was attached to it is free again.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/scheduled_statuses/#cancel
pub async fn cancel(app: &App, viewer: &Viewer, id: ScheduledStatusId) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        own(&tx, me, id).await?;
        media::release(&tx, id).await?;
        scheduled::delete(&tx, id).await?;
        Ok(())
    })
    .await
}
