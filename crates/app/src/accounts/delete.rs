//! Deleting a local account: nobody sees it from now on; a job removes what it left.

use store::audit_log::{self, Origin};
use store::{AccountId, accounts, oauth, sessions, users};

use crate::bus::{self, Event};
use crate::federation::audience;
use crate::jobs::{self, RemoveAccount};
use crate::{App, Error, Result, tokens};

/// Deletes the account with everything it posted.
///
/// Errors: `NotFound`.
pub async fn delete(app: &App, origin: Origin, account: AccountId) -> Result<()> {
    app.write(move |tx| async move {
        let user = users::find_by_account(&tx, account).await?.ok_or_else(Error::not_found)?;
        accounts::suspend(&tx, account).await?;
        sessions::delete_of_user(&tx, user.id).await?;
        let revoked = oauth::revoke_tokens_of_user(&tx, user.id).await?;
        if user.confirmed_at.is_some() {
            audience::deleting_account(&tx, account).await?;
        } else {
            // Nobody has heard of it.
            jobs::enqueue(&tx, &RemoveAccount { account }).await?;
        }
        bus::publish(&tx, &Event::Revoked { tokens: revoked });
        bus::publish(&tx, &Event::UserChanged { account });
        audit_log::record(&tx, origin, "account.delete", &user.username, "{}").await?;
        Ok(())
    })
    .await?;
    tokens::forget_account(app, account);
    Ok(())
}
