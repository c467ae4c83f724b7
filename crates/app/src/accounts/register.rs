//! Making a local account with its login.

use store::accounts::{self, NewAccount};
use store::audit_log::{self, Origin};
use store::users::{self, NewUser};
use store::{AccountId, RoleId, UserId};

use crate::search::index;
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
}

/// Makes the account; returns its id.
///
/// Errors: `Invalid` with all that is wrong.
pub async fn register(app: &App, origin: Origin, new: Registration) -> Result<(AccountId, UserId)> {
    let email = new.email.trim().to_lowercase();
    let mut problems = username_problems(&new.username, new.allow_reserved);
    problems.extend(email_problems(&email));
    problems.extend(passwords::problems(&new.password));
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let password_hash = passwords::hash(app, new.password).await?;
    let urls = app.urls().clone();
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
        if !accounts::insert(&tx, &row).await? {
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
        };
        if !users::insert(&tx, &login).await? {
            return Err(Error::invalid("invalid-email-taken"));
        }
        index::index_account(&tx, account).await?;
        audit_log::record(&tx, origin, "account.create", &new.username, "{}").await?;
        Ok((account, user))
    })
    .await
}

fn username_problems(username: &str, allow_reserved: bool) -> Vec<Words> {
    if username.is_empty() {
        vec![Words::new("invalid-username-blank")]
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
    } else if !well_formed {
        vec![Words::new("invalid-email-format")]
    } else {
        Vec::new()
    }
}
