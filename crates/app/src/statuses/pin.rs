//! Pinning: one's own statuses on top of one's profile.

use store::statuses::Visibility;
use store::{StatusId, accounts, pins};

use crate::federation::outgoing;
use crate::{App, Error, Result, Viewer, policy};

/// Statuses one may pin.
const PINS_MAX: i64 = 5;

/// Pins `id` to the viewer's profile.
///
/// Errors: `NotFound` if they may not see it; `Invalid` if it is not theirs, a reblog, direct, or one too
/// many; `Refused` if it is pinned already.
/// Source: docs.joinmastodon.org/methods/statuses/#pin
pub async fn pin(app: &App, viewer: &Viewer, id: StatusId) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        let status = policy::visible_status(&tx, Some(me), id).await?;
        accounts::lock(&tx, me).await?;
        let refusal = if status.reblog_of_id.is_some() {
            Some("invalid-pin-reblog")
        } else if status.account_id != me {
            Some("invalid-pin-ownership")
        } else if matches!(status.visibility(), Visibility::Direct | Visibility::Limited) {
            Some("invalid-pin-direct")
        } else if pins::count(&tx, me).await? >= PINS_MAX {
            Some("invalid-pin-limit")
        } else {
            None
        };
        match refusal {
            Some(refusal) => Err(Error::invalid(refusal)),
            None if pins::insert(&tx, me, id).await? => outgoing::add::deliver(&tx, &status).await,
            None => Err(Error::refused("error-duplicate")),
        }
    })
    .await
}

/// Takes `id` off the viewer's profile; what is not there may be taken off, too.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/statuses/#unpin
pub async fn unpin(app: &App, viewer: &Viewer, id: StatusId) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        let status = policy::visible_status(&tx, Some(me), id).await?;
        if pins::delete(&tx, me, id).await? {
            outgoing::remove::deliver(&tx, &status).await?;
        }
        Ok(())
    })
    .await
}
