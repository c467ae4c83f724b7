//! Posting a scheduled status at its time.

use store::{AccountId, ApplicationId, Reader, ScheduledStatusId, accounts, media, scheduled, users};
use wire::mastodon::ScheduledParams;

use crate::permissions::Permissions;
use crate::scopes::Scopes;
use crate::statuses::post::{Posted, post_scheduled};
use crate::statuses::schedule::draft;
use crate::viewer::Preferences;
use crate::{App, Error, Result, Viewer};

/// What came of a scheduled status at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Posted,
    /// Posted before, or called off.
    Gone,
    /// Put off: another job waits for the new time.
    Later,
}

/// Posts the scheduled status `id` if its time has come.
///
/// Errors: as posting; then it stays where its author sees it.
pub(crate) async fn post_due(app: &App, id: ScheduledStatusId) -> Result<Due> {
    let Some(row) = app.read(move |r| async move { Ok(scheduled::find(&r, id).await?) }).await? else { return Ok(Due::Gone) };
    if row.scheduled_at > app.now_ms() {
        return Ok(Due::Later);
    }
    let params: ScheduledParams = serde_json::from_str(&row.params).map_err(Error::internal)?;
    let application = params.application_id.map(ApplicationId);
    let author = app.read(move |r| async move { author(&r, row.account_id, application).await }).await?;
    let Some(author) = author else {
        app.write(move |tx| async move {
            media::release(&tx, id).await?;
            Ok(scheduled::delete(&tx, id).await?)
        })
        .await?;
        return Ok(Due::Gone);
    };
    match post_scheduled(app, &author, draft(params), id).await? {
        Posted::Status(_) => Ok(Due::Posted),
        Posted::Scheduled(_) | Posted::Unexpected(_) => Err(Error::refused("error-unexpected-mentions")),
    }
}

/// Its author as one who may post, unless they may no more.
async fn author(r: &Reader, account: AccountId, application: Option<ApplicationId>) -> Result<Option<Viewer>> {
    let Some(user) = users::find_by_account(r, account).await?.filter(|user| !user.suspended && !user.disabled && user.approved) else {
        return Ok(None);
    };
    let Some(row) = accounts::find(r, account).await? else { return Ok(None) };
    Ok(Some(Viewer {
        account_id: account,
        user_id: user.id,
        username: user.username.into(),
        token_id: None,
        application_id: application,
        scopes: Scopes::default(),
        locale: user.locale.map(Into::into),
        silenced: row.silenced_at.is_some(),
        permissions: Permissions::from_bits(user.permissions),
        preferences: Preferences::read(&user.settings, row.locked),
    }))
}
