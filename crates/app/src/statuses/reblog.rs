//! Reblogs: passing a status on to one's followers.

use store::notifications::{self, Cause, NewNotification};
use store::stats::{self, AccountDelta, StatusDelta};
use store::statuses::{self, NewStatus, Status, Visibility};
use store::{StatusId, Tx};

use crate::bus::{self, Event};
use crate::effects::{feeds, index, notify};
use crate::federation::outgoing;
use crate::policy::quotes;
use crate::queue::{self, RemoveStatus};
use crate::urls::Urls;
use crate::{App, Error, Result, Viewer, policy};

/// Reblogs `id`; a second time returns the first reblog. Returns the wrapper's id.
///
/// Errors: `NotFound` if the status may not be seen; `Forbidden` if it may not be passed on, or the viewer
/// blocks its author; `Invalid` for a wrong visibility word. Source: docs.joinmastodon.org/methods/statuses/#boost
pub async fn reblog(app: &App, viewer: &Viewer, id: StatusId, visibility: Option<String>) -> Result<StatusId> {
    let wanted = visibility.or_else(|| viewer.preferences.default_privacy.clone());
    let wanted = match wanted.as_deref().map(Visibility::from_word) {
        None => Visibility::Public,
        Some(Some(visibility)) if visibility != Visibility::Direct => visibility,
        Some(_) => return Err(Error::invalid("invalid-visibility")),
    };
    let wanted = if viewer.silenced && wanted == Visibility::Public { Visibility::Unlisted } else { wanted };
    let (viewer, urls, active_since) = (viewer.clone(), app.urls().clone(), app.active_since());
    app.write(move |tx| async move { write(&tx, &urls, &viewer, id, wanted, active_since).await }).await
}

async fn write(tx: &Tx, urls: &Urls, viewer: &Viewer, id: StatusId, wanted: Visibility, active_since: i64) -> Result<StatusId> {
    let original = policy::visible_original(tx, viewer.account_id, id).await?;
    if !policy::may_reblog(viewer.account_id, &original) {
        return Err(Error::forbidden());
    }
    policy::check_not_blocking(tx, viewer.account_id, original.account_id).await?;
    if let Some(first) = statuses::find_reblog(tx, viewer.account_id, original.id).await? {
        return Ok(first);
    }
    let wrapper = StatusId(tx.next_id());
    let uri = urls.reblog_uri(viewer.account_id, wrapper);
    let status = NewStatus {
        id: wrapper,
        account_id: viewer.account_id,
        url: Some(uri.clone()),
        uri,
        text: String::new(),
        content: String::new(),
        spoiler_text: String::new(),
        sensitive: false,
        visibility: if original.visibility() == Visibility::Private { Visibility::Private } else { wanted },
        language: None,
        in_reply_to: None,
        reblog_of_id: Some(original.id),
        conversation_id: None,
        application_id: viewer.application_id,
        quote_approval_policy: quotes::NOBODY,
        local: true,
        orphan: false,
        emojis: String::new(),
        created_at: tx.now(),
    };
    if !record(tx, urls, &status, &original, active_since, true).await? {
        let first = statuses::find_reblog(tx, viewer.account_id, original.id).await?;
        return first.ok_or_else(|| Error::Conflict(format!("the id {wrapper} was made twice")));
    }
    Ok(wrapper)
}

/// Writes a reblog of `original`, wherever they who passed it on live; false if they did before. If it is `told`, it
/// comes into feeds and its author hears of it.
pub(crate) async fn record(tx: &Tx, urls: &Urls, status: &NewStatus, original: &Status, active_since: i64, told: bool) -> Result<bool> {
    if !statuses::insert(tx, status).await? {
        return Ok(false);
    }
    if told && original.local && original.account_id != status.account_id {
        let new = NewNotification {
            account_id: original.account_id,
            from_account_id: status.account_id,
            cause: Cause::Reblog { original: original.id, reblog: status.id },
        };
        notify::notify(tx, new).await?;
    }
    index::refresh(tx, original.id).await?;
    if told {
        feeds::deliver(tx, status, active_since).await?;
    }
    if status.local {
        outgoing::announce::deliver(tx, urls, status.id).await?;
    }
    let delta = AccountDelta { statuses: 1, last_status_at: Some(status.created_at), ..Default::default() };
    stats::add_to_accounts(tx, vec![(status.account_id, delta)]).await?;
    stats::add_to_statuses(tx, vec![(original.id, StatusDelta { reblogs: 1, ..Default::default() })]).await?;
    Ok(true)
}

/// Takes the viewer's reblog of `id` (the original or the wrapper) back. Returns the original's id.
///
/// Errors: `NotFound` if the viewer neither reblogged it nor may see it.
/// Source: docs.joinmastodon.org/methods/statuses/#unreblog
pub async fn unreblog(app: &App, viewer: &Viewer, id: StatusId) -> Result<StatusId> {
    let (viewer, urls) = (viewer.account_id, app.urls().clone());
    app.write(move |tx| async move {
        let original = match statuses::find(&tx, id).await?.and_then(|s| s.reblog_of_id) {
            Some(original) => original,
            None => id,
        };
        let Some(wrapper) = statuses::find_reblog(&tx, viewer, original).await? else {
            return Ok(policy::visible_original(&tx, viewer, id).await?.id);
        };
        statuses::lock(&tx, original).await?;
        if let Some(reblog) = statuses::find(&tx, wrapper).await? {
            outgoing::undo::announce(&tx, &urls, &reblog).await?;
        }
        if statuses::mark_deleted(&tx, wrapper).await?.is_empty() {
            // Somebody else was faster, and has counted.
            return Ok(original);
        }
        queue::enqueue(&tx, &RemoveStatus { status: wrapper, author: viewer, after: store::FollowId(0) }).await?;
        bus::publish(&tx, &Event::Deleted { status: wrapper, accounts: vec![viewer], lists: Vec::new() });
        if let Some(status) = statuses::find(&tx, original).await? {
            notifications::retract(&tx, viewer, Cause::Reblog { original, reblog: wrapper }, status.account_id).await?;
        }
        index::refresh(&tx, original).await?;
        stats::add_to_accounts(&tx, vec![(viewer, AccountDelta { statuses: -1, ..Default::default() })]).await?;
        stats::add_to_statuses(&tx, vec![(original, StatusDelta { reblogs: -1, ..Default::default() })]).await?;
        Ok(original)
    })
    .await
}
