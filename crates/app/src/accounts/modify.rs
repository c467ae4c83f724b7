//! Changing a login from the CLI or the moderators' pages.

use store::audit_log::{self, Origin};
use store::users::{self, Role};
use store::{AccountId, RoleId};

use crate::accounts::one_time::{self, Purpose};
use crate::accounts::register::email_problems;
use crate::accounts::{credentials, delete};
use crate::bus::{self, Event};
use crate::queue::{self, Letter, SendMail};
use crate::{App, Error, Result, Words, passwords};

/// What is to change; what is not named stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// `Some(None)` takes the role away.
    pub role: Option<Option<RoleId>>,
    pub email: Option<String>,
    pub confirm: bool,
    pub approve: bool,
    pub disabled: Option<bool>,
    pub password: Option<String>,
}

/// Applies `change`; what ends with each is in `credentials`. An unconfirmed login whose address changes is sent a
/// confirmation to the new one, since the earlier one is dead.
///
/// Errors: `NotFound`, `Invalid`.
pub async fn modify(app: &App, origin: Origin, account: AccountId, change: Change) -> Result<()> {
    let email = change.email.as_ref().map(|email| email.trim().to_lowercase());
    let mut problems = email.as_deref().map(email_problems).unwrap_or_default();
    problems.extend(change.password.as_deref().map(passwords::problems).unwrap_or_default());
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let hash = match change.password.clone() {
        Some(password) => Some(passwords::hash(app, password).await?),
        None => None,
    };
    let (can_mail, app_secrets) = (app.mailer.is_some(), app.secrets.clone());
    app.write(move |tx| async move {
        let found = users::find_by_account(&tx, account).await?.ok_or_else(Error::not_found)?;
        users::lock(&tx, found.id).await?;
        let mut user = users::find(&tx, found.id).await?.ok_or_else(Error::not_found)?;
        if let Some(role) = change.role {
            users::set_role(&tx, user.id, role).await?;
        }
        let moved = email.as_ref().filter(|email| **email != user.email).cloned();
        if let Some(email) = &moved {
            credentials::change_email(&tx, &user, email).await?;
            user.email.clone_from(email);
        }
        if change.confirm {
            users::confirm(&tx, user.id).await?;
        } else if moved.is_some() && user.confirmed_at.is_none() && can_mail {
            one_time::issue(&tx, &app_secrets, &user, Purpose::Confirm).await?;
            queue::enqueue(&tx, &SendMail { user: user.id, letter: Letter::Confirm, return_to: None }).await?;
        }
        if change.approve {
            users::approve(&tx, user.id).await?;
            if !user.approved && can_mail {
                queue::enqueue(&tx, &SendMail { user: user.id, letter: Letter::Approved, return_to: None }).await?;
            }
        }
        if let Some(disabled) = change.disabled {
            credentials::set_disabled(&tx, &user, disabled).await?;
        }
        if let Some(hash) = &hash {
            credentials::change_password(&tx, &user, hash).await?;
        }
        bus::publish(&tx, &Event::UserChanged { account });
        let detail = serde_json::json!({
            "role": change.role.map(|role| role.map(|id| id.0)), "email": email.is_some(), "confirm": change.confirm,
            "approve": change.approve, "disabled": change.disabled, "password": hash.is_some(),
        });
        audit_log::record(&tx, origin, "account.modify", &user.username, &detail.to_string()).await?;
        Ok(())
    })
    .await?;
    app.tokens.forget_account(account);
    Ok(())
}

/// Turns down somebody who waits for approval: the account is deleted.
///
/// Errors: `NotFound`, `Refused` for who was let in.
pub async fn reject(app: &App, origin: Origin, account: AccountId) -> Result<()> {
    let user = app.read(move |r| async move { users::find_by_account(&r, account).await?.ok_or_else(Error::not_found) }).await?;
    if user.approved {
        return Err(Error::Refused(Words::new("error-not-pending").with("name", user.username)));
    }
    delete::delete(app, origin, account).await
}

/// A role by name, in any case. Errors: `NotFound`.
pub async fn find_role(app: &App, name: &str) -> Result<Role> {
    let name = name.to_owned();
    app.read(move |r| async move { users::find_role_by_name(&r, &name).await?.ok_or_else(Error::not_found) }).await
}
