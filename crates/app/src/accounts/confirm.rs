//! Confirming an address: the link in the mail, and the mail once more.

use store::{ApplicationId, Tx, accounts, oauth, users};

use crate::accounts::credentials;
use crate::accounts::one_time::{self, Purpose};
use crate::accounts::register::email_problems;
use crate::bus::{self, Event};
use crate::mail::{self, LINKS_OF_ACCOUNT};
use crate::oauth::applications::return_address;
use crate::queue::{self, Letter, SendMail};
use crate::secrets::Secrets;
use crate::tokens::Access;
use crate::{App, Error, Result, Words};

/// Whose address was confirmed.
pub struct Confirmed {
    pub username: String,
    /// Whether they were let in, too.
    pub approved: bool,
    /// Name and address of the application they registered with.
    pub application: Option<(String, String)>,
}

/// Follows a link. Following it again is the same as once, since mail programs look at links first.
///
/// Errors: `NotFound` when the token is unknown, replaced, too old, or was sent to an address that is not theirs any more.
pub async fn confirm(app: &App, token: &str) -> Result<Confirmed> {
    let (token, now, app_secrets) = (token.to_owned(), app.now_ms(), app.secrets.clone());
    let (account, confirmed) = app
        .write(move |tx| async move {
            let user = one_time::claim(&tx, &app_secrets, &token, Purpose::Confirm, now).await?.ok_or_else(Error::not_found)?;
            if user.confirmed_at.is_none() {
                users::confirm(&tx, user.id).await?;
                bus::publish(&tx, &Event::UserChanged { account: user.account_id });
            }
            let application = match user.created_by_application_id {
                Some(id) => oauth::find_application(&tx, id).await?,
                None => None,
            };
            let back = application.and_then(|a| return_address(&a).map(|address| (a.name, address)));
            let account = accounts::find(&tx, user.account_id).await?.ok_or_else(Error::not_found)?;
            Ok((account.id, Confirmed { username: account.username, approved: user.approved, application: back }))
        })
        .await?;
    app.tokens.forget_account(account);
    Ok(confirmed)
}

/// Sends the mail again to an address that waits for it. Nobody learns whether there is one: whose address it is only
/// the job looks up.
///
/// Errors: `Limited` after too many for this mailbox.
pub async fn resend(app: &App, email: &str, return_to: Option<String>) -> Result<()> {
    super::register::mail_link(app, email, Letter::Confirm, return_to).await
}

/// The mail itself, as the job sends it. Confirmed addresses get none.
pub(crate) async fn send_link(tx: &Tx, app_secrets: &Secrets, email: &str, return_to: Option<String>) -> Result<()> {
    let Some(user) = users::find_by_login(tx, email).await?.filter(|user| user.confirmed_at.is_none()) else { return Ok(()) };
    one_time::issue(tx, app_secrets, &user, Purpose::Confirm).await?;
    queue::enqueue(tx, &SendMail { user: user.id, letter: Letter::Confirm, return_to }).await
}

/// The same asked by the application that registered the person, perhaps with another address.
///
/// Errors: `Forbidden` for other applications and confirmed addresses, `Invalid`; `Limited` after too many of this account,
/// or to this mailbox by whomever.
/// Source: docs.joinmastodon.org/methods/emails/#confirmation
pub async fn resend_by_app(app: &App, access: &Access, email: Option<String>) -> Result<()> {
    let user_id = access.user.as_ref().ok_or_else(|| Error::refused("error-user-required"))?.viewer.user_id;
    app.rates.take(&LINKS_OF_ACCOUNT, &user_id.to_string(), app.now_ms())?;
    let (application, app_secrets, counted) = (access.application_id, app.secrets.clone(), app.clone());
    let email = email.map(|email| email.trim().to_lowercase());
    app.write(move |tx| async move {
        users::lock(&tx, user_id).await?;
        let mut user = users::find(&tx, user_id).await?.ok_or_else(Error::not_found)?;
        check_application(user.created_by_application_id, application)?;
        if user.confirmed_at.is_some() {
            return Err(Error::Forbidden(Words::new("error-emails-confirmed")));
        }
        if let Some(email) = email {
            let problems = email_problems(&email);
            if !problems.is_empty() {
                return Err(Error::Invalid(problems));
            }
            if email != user.email {
                credentials::change_email(&tx, &user, &email).await?;
                user.email = email;
            }
        }
        if counted.mailer.is_some() {
            mail::count_link(&counted, &user.email)?;
            one_time::issue(&tx, &app_secrets, &user, Purpose::Confirm).await?;
            queue::enqueue(&tx, &SendMail { user: user.id, letter: Letter::Confirm, return_to: None }).await?;
        }
        Ok(())
    })
    .await
}

fn check_application(made_by: Option<ApplicationId>, asks: ApplicationId) -> Result<()> {
    if made_by == Some(asks) { Ok(()) } else { Err(Error::Forbidden(Words::new("error-emails-other-app"))) }
}
