//! Signing in and out in the browser.

use std::sync::Arc;

use store::{SessionId, accounts, sessions, users};

use crate::clock::random;
use crate::passwords::{self, Guess};
use crate::permissions::Permissions;
use crate::scopes::Scopes;
use crate::viewer::Preferences;
use crate::{App, Error, Result, Viewer, secrets, timelines};

/// How long a browser stays signed in.
pub const SESSION_LIFE_MS: i64 = 365 * crate::clock::DAY_MS;

/// Why a sign-in was refused; the page has words for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Wrong,
    Unconfirmed,
    Pending,
    Disabled,
}

/// Checks e-mail address (or username) and password and begins a session. Returns the cookie's token.
///
/// Errors: `Limited` after too many guesses, right or wrong.
pub async fn sign_in(app: &App, login: &str, password: String, ip: String, user_agent: String) -> Result<std::result::Result<String, Refusal>> {
    let guess = passwords::guess(app, login, &ip).await?;
    begin(app, guess, password, ip, user_agent).await
}

/// As [`sign_in`], with a guess that is already counted.
pub async fn begin(app: &App, guess: Guess, password: String, ip: String, user_agent: String) -> Result<std::result::Result<String, Refusal>> {
    let Some(user) = guess.check(app, password).await? else { return Ok(Err(Refusal::Wrong)) };
    if user.disabled || user.suspended {
        return Ok(Err(Refusal::Disabled));
    }
    if user.confirmed_at.is_none() {
        return Ok(Err(Refusal::Unconfirmed));
    }
    if !user.approved {
        return Ok(Err(Refusal::Pending));
    }
    let token = hex::encode(random::<32>()?);
    let (hash, keep, active_since) = (secrets::hash(&token), app.options.limits.sessions, app.active_since());
    let begun = app
        .write(move |tx| async move {
            // Checking a password takes a while, in which another may have been set.
            users::lock(&tx, user.id).await?;
            let unchanged = |now: users::User| now.password_hash == user.password_hash && !now.disabled && !now.suspended;
            if !users::find(&tx, user.id).await?.is_some_and(unchanged) {
                return Ok(false);
            }
            sessions::insert(&tx, user.id, &hash, &ip, &user_agent, SESSION_LIFE_MS).await?;
            sessions::delete_oldest(&tx, user.id, keep).await?;
            timelines::welcome_back(&tx, user.id, user.account_id, active_since).await?;
            users::touch(&tx, &[user.id]).await?;
            Ok(true)
        })
        .await?;
    Ok(if begun { Ok(token) } else { Err(Refusal::Wrong) })
}

/// A browser that is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub viewer: Viewer,
    pub account: accounts::Account,
}

/// Who a cookie belongs to, if they may still act.
pub async fn session(app: &App, token: &str) -> Result<Option<Session>> {
    let (hash, now) = (secrets::hash(token), app.now_ms());
    app.read(move |r| async move {
        let Some((id, user)) = sessions::find(&r, &hash, now).await? else { return Ok(None) };
        let Some(user) = users::find(&r, user).await? else { return Ok(None) };
        if user.disabled || user.suspended || user.confirmed_at.is_none() || !user.approved {
            return Ok(None);
        }
        let account = accounts::find(&r, user.account_id).await?.ok_or_else(Error::not_found)?;
        Ok(Some(Session { id, viewer: viewer(&user, &account), account }))
    })
    .await
}

fn viewer(user: &users::User, account: &accounts::Account) -> Viewer {
    Viewer {
        account_id: user.account_id,
        user_id: user.id,
        username: Arc::from(user.username.as_str()),
        token_id: None,
        application_id: None,
        scopes: Scopes::all(),
        locale: user.locale.as_deref().map(Arc::from),
        silenced: account.silenced_at.is_some(),
        permissions: Permissions::from_bits(user.permissions),
        preferences: Preferences::read(&user.settings, account.locked),
    }
}

/// Ends one session.
pub async fn sign_out(app: &App, id: SessionId) -> Result<()> {
    app.write(move |tx| async move { Ok(sessions::delete(&tx, id).await?) }).await
}
