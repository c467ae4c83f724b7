//! A forgotten password: a link by mail leads to a new one.

use store::{Tx, users};

use crate::accounts::credentials;
use crate::accounts::one_time::{self, Purpose};
use crate::queue::{self, Letter, SendMail};
use crate::secrets::Secrets;
use crate::{App, Error, Result, passwords};

/// Sends the link, if somebody has this address. Nobody learns whether there is one: whose address it is only the job
/// looks up, so that every address costs the same work here.
///
/// Errors: `Limited` after too many for this mailbox.
pub async fn request(app: &App, email: &str) -> Result<()> {
    super::register::mail_link(app, email, Letter::Reset, None).await
}

/// The link itself, as the job sends it. People who may not sign in get none.
pub(crate) async fn send_link(tx: &Tx, app_secrets: &Secrets, email: &str) -> Result<()> {
    let Some(user) = users::find_by_login(tx, email).await?.filter(|user| !user.disabled && !user.suspended) else { return Ok(()) };
    one_time::issue(tx, app_secrets, &user, Purpose::Reset).await?;
    queue::enqueue(tx, &SendMail { user: user.id, letter: Letter::Reset, return_to: None }).await
}

/// Whether a link still works.
pub async fn is_good(app: &App, token: &str) -> Result<bool> {
    let (token, now, app_secrets) = (token.to_owned(), app.now_ms(), app.secrets.clone());
    app.read(move |r| async move { Ok(one_time::owner(&r, &app_secrets, &token, Purpose::Reset, now).await?.is_some()) }).await
}

/// Sets the new password: the link is used up, all sessions and tokens end, and a mail says so.
///
/// Errors: `NotFound` for a link that does not work, `Invalid` for the password; then the link still works.
pub async fn reset(app: &App, token: &str, password: String) -> Result<()> {
    let problems = passwords::problems(&password);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    if !is_good(app, token).await? {
        return Err(Error::not_found());
    }
    let hash = passwords::hash(app, password).await?;
    let (token, now, app_secrets) = (token.to_owned(), app.now_ms(), app.secrets.clone());
    let account = app
        .write(move |tx| async move {
            let user = one_time::claim(&tx, &app_secrets, &token, Purpose::Reset, now).await?.ok_or_else(Error::not_found)?;
            credentials::change_password(&tx, &user, &hash).await?;
            queue::enqueue(&tx, &SendMail { user: user.id, letter: Letter::PasswordChanged, return_to: None }).await?;
            Ok(user.account_id)
        })
        .await?;
    app.tokens.forget_account(account);
    Ok(())
}
