//! Who may quote a status.

use store::statuses;
use store::{AccountId, StatusId};

use crate::bus::{self, Event};
use crate::policy::quotes::{ANYBODY, from_word, within};
use crate::{App, Error, Result, Viewer, policy};

/// The policy that `word` or else the viewer's default names. Errors: `Invalid`.
pub(crate) fn wished(viewer: &Viewer, word: Option<String>) -> Result<i64> {
    word.or_else(|| viewer.preferences.default_quote_policy.clone()).map_or(Ok(ANYBODY), |word| from_word(&word))
}

/// Changes who may quote the viewer's own status `id`; that is no edit. `None` is the author's default.
///
/// Errors: `NotFound` if the viewer may not see it, `Forbidden` if it is somebody else's, `Invalid`.
/// Source: docs.joinmastodon.org/methods/statuses/#edit_interaction_policy
pub async fn set(app: &App, viewer: &Viewer, id: StatusId, word: Option<String>) -> Result<()> {
    let (wished, me): (i64, AccountId) = (wished(viewer, word)?, viewer.account_id);
    app.write(move |tx| async move {
        let status = policy::visible_status(&tx, Some(me), id).await?;
        if status.account_id != me || status.reblog_of_id.is_some() {
            return Err(Error::forbidden());
        }
        let policy = within(status.visibility(), wished);
        if policy != status.quote_approval_policy {
            statuses::set_quote_policy(&tx, id, policy).await?;
            bus::publish(&tx, &Event::Edited { status: id });
        }
        Ok(())
    })
    .await
}
