//! Deleting a local account: nobody sees it from now on; a job removes what it left. Its name stays taken, so that nobody
//! is mistaken for who had it.

use store::audit_log::{self, Origin};
use store::{AccountId, accounts, tombstones, users};

use crate::accounts::credentials;
use crate::federation::outgoing;
use crate::queue::{self, RemoveAccount};
use crate::{App, Error, Result};

/// Deletes the account with everything it posted. The name of one who was never let in is free again.
///
/// Errors: `NotFound`.
pub async fn delete(app: &App, origin: Origin, account: AccountId) -> Result<()> {
    let urls = app.urls().clone();
    app.write(move |tx| async move {
        let user = users::find_by_account(&tx, account).await?.ok_or_else(Error::not_found)?;
        users::lock(&tx, user.id).await?;
        accounts::suspend(&tx, account).await?;
        credentials::close(&tx, &user).await?;
        if user.confirmed_at.is_some() && user.approved {
            tombstones::insert(&tx, &urls.name_uri(&user.username), Some(account), false).await?;
        }
        if user.confirmed_at.is_some() {
            outgoing::delete::account(&tx, account).await?;
        } else {
            // Nobody has heard of it.
            queue::enqueue(&tx, &RemoveAccount { account }).await?;
        }
        audit_log::record(&tx, origin, "account.delete", &user.username, "{}").await?;
        Ok(())
    })
    .await?;
    app.tokens.forget_account(account);
    Ok(())
}
