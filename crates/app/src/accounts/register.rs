//! Making a local account with its login.

use store::accounts::{self, NewAccount};
use store::audit_log::{self, Origin};
use store::oauth::Application;
use store::users::{self, NewUser};
use store::{AccountId, Reader, RoleId, UserId, tombstones};

use crate::accounts::one_time::{self, Purpose};
use crate::effects::index;
use crate::mail;
use crate::oauth::tokens::{self, Given};
use crate::queue::{self, Letter, MailLink, SendMail};
use crate::urls::Urls;
use crate::{App, Error, Result, Words, passwords};

pub const USERNAME_MAX: usize = 30;
const EMAIL_MAX: usize = 254;
/// Names that people would take for the server's own.
const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "accounts",
    "admin",
    "administration",
    "administrator",
    "admins",
    "help",
    "helpdesk",
    "instance",
    "mod",
    "moderator",
    "moderators",
    "mods",
    "owner",
    "root",
    "security",
    "server",
    "staff",
    "support",
    "webmaster",
    "mastodon",
];

/// A login to be made.
#[derive(Default)]
pub struct Registration {
    pub username: String,
    pub email: String,
    pub password: String,
    pub confirmed: bool,
    pub approved: bool,
    pub role: Option<RoleId>,
    pub locale: Option<String>,
    /// Whether a reserved name may be taken (the CLI may).
    pub allow_reserved: bool,
    /// IANA.
    pub time_zone: Option<String>,
    /// Why they want in.
    pub reason: Option<String>,
    pub ip: Option<String>,
    /// Where the link in the mail leads to in the end, a path on this server.
    pub return_to: Option<String>,
}

/// Makes the account; returns its id. An address that is not confirmed is sent a mail, if the server can.
///
/// Errors: `Invalid` with all that is wrong.
pub async fn register(app: &App, origin: Origin, new: Registration) -> Result<(AccountId, UserId)> {
    let problems = problems(&new);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    insert(app, origin, new, None).await.map(|made| (made.account, made.user))
}

/// What is wrong with the form of name, address and password.
pub(crate) fn problems(new: &Registration) -> Vec<Words> {
    let mut problems = username_problems(&new.username, new.allow_reserved);
    problems.extend(email_problems(&new.email.trim().to_lowercase()));
    problems.extend(passwords::problems(&new.password));
    problems
}

/// A new account, with the token of the application that made it.
pub(crate) struct Made {
    pub account: AccountId,
    pub user: UserId,
    pub token: Option<Given>,
}

/// Makes the account of a checked registration, its mail and its token, all in one transaction.
///
/// Errors: `Invalid` for a name or an address that is taken, a name by a deleted account too.
pub(crate) async fn insert(app: &App, origin: Origin, new: Registration, application: Option<Application>) -> Result<Made> {
    let email = new.email.trim().to_lowercase();
    let password_hash = passwords::hash(app, new.password).await?;
    let (urls, app_secrets, can_mail) = (app.urls().clone(), app.secrets.clone(), app.mailer.is_some());
    app.write(move |tx| async move {
        let (account, user) = (AccountId(tx.next_id()), UserId(tx.next_id()));
        let row = NewAccount {
            id: account,
            uri: urls.account_uri(account),
            url: Some(urls.account_url(&new.username)),
            username: new.username.clone(),
            domain: String::new(),
            actor_type: 0,
            display_name: String::new(),
            locked: false,
        };
        if was_taken(&tx, &urls, &new.username).await? || !accounts::insert(&tx, &row).await? {
            return Err(Error::invalid("invalid-username-taken"));
        }
        let login = NewUser {
            id: user,
            account_id: account,
            email,
            password_hash,
            confirmed: new.confirmed,
            approved: new.approved,
            role_id: new.role,
            locale: new.locale,
            time_zone: new.time_zone,
            invite_request: new.reason,
            created_by_application_id: application.as_ref().map(|a| a.id),
            sign_up_ip: new.ip,
        };
        if !users::insert(&tx, &login).await? {
            return Err(Error::invalid("invalid-email-taken"));
        }
        index::index_account(&tx, account).await?;
        audit_log::record(&tx, origin, "account.create", &new.username, "{}").await?;
        if !new.confirmed && can_mail {
            let made = users::find(&tx, user).await?.ok_or_else(Error::not_found)?;
            one_time::issue(&tx, &app_secrets, &made, Purpose::Confirm).await?;
            queue::enqueue(&tx, &SendMail { user, letter: Letter::Confirm, return_to: new.return_to }).await?;
        }
        let token = match &application {
            Some(application) => Some(tokens::give_within(&tx, &app_secrets, application.id, Some(user), &application.scopes).await?),
            None => None,
        };
        Ok(Made { account, user, token })
    })
    .await
}

/// Whether somebody had the name who was deleted: it stays theirs.
pub(crate) async fn was_taken(r: &Reader, urls: &Urls, username: &str) -> Result<bool> {
    Ok(tombstones::exists(r, &urls.name_uri(username)).await?)
}

fn username_problems(username: &str, allow_reserved: bool) -> Vec<Words> {
    if username.is_empty() {
        vec![Words::new("invalid-username-blank"), Words::new("invalid-username-format")]
    } else if !username.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        vec![Words::new("invalid-username-format")]
    } else if username.len() > USERNAME_MAX {
        vec![Words::new("invalid-username-too-long").with("max", USERNAME_MAX)]
    } else if !allow_reserved && RESERVED.contains(&username.to_lowercase().as_str()) {
        vec![Words::new("invalid-username-reserved")]
    } else {
        Vec::new()
    }
}

/// What is wrong with an address, as far as its form tells.
pub fn email_problems(email: &str) -> Vec<Words> {
    let well_formed = email.len() <= EMAIL_MAX
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.') && !domain.ends_with('.')
        });
    if email.is_empty() {
        vec![Words::new("invalid-email-blank")]
    } else if !well_formed || !crate::mail::is_address(email) {
        vec![Words::new("invalid-email-format")]
    } else {
        Vec::new()
    }
}

/// Has a link mailed to whatever address is typed, by a job that looks up whose it is, so that known and unknown addresses
/// cause the same work. What cannot be an address is passed over.
///
/// Errors: `Limited` after too many for this mailbox.
pub(super) async fn mail_link(app: &App, email: &str, letter: Letter, return_to: Option<String>) -> Result<()> {
    let email = email.trim().to_lowercase();
    mail::count_link(app, &email)?;
    if app.mailer.is_none() || !email_problems(&email).is_empty() {
        return Ok(());
    }
    app.write(move |tx| async move { queue::enqueue(&tx, &MailLink { email, letter, return_to }).await }).await
}
