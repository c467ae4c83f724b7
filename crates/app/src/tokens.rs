//! From an access token to who is asking.

use std::sync::Arc;

use store::oauth::{self, Token};
use store::users;

use crate::cache::tokens::Seen;
pub use crate::cache::tokens::{Access, User};
use crate::permissions::Permissions;
use crate::scopes::Scopes;
use crate::viewer::Preferences;
use crate::{App, Error, Result, Viewer, Words, secrets, timelines};

/// A token is noted as used at most this often.
const NOTE_EVERY_MS: i64 = 60 * 60 * 1000;
/// Uses remembered before they are written down; more are forgotten.
const SEEN_MAX: usize = 10_000;

/// What `token` opens.
///
/// Errors: `Unauthorized` when it is unknown or revoked.
pub async fn access(app: &App, token: &str) -> Result<Arc<Access>> {
    let hash = secrets::hash(token);
    if let Some(access) = app.tokens.find(&hash, app.now_ms()) {
        return Ok(access);
    }
    let (key, now, turn) = (hash.clone(), app.now_ms(), app.tokens.turn());
    let found = app.read(move |r| async move { Ok(oauth::find_token(&r, &key).await?) }).await?;
    let token = found.ok_or_else(Error::unauthorized)?;
    if token.revoked_at.is_some() {
        return Err(Error::Unauthorized(Words::new("error-revoked")));
    }
    welcome_back(app, &token).await?;
    note_use(app, &token);
    let access = Arc::new(read(token));
    app.tokens.insert(hash, access.clone(), now, turn);
    Ok(access)
}

fn read(token: Token) -> Access {
    let scopes = Scopes::read(&token.scopes);
    let user = match (token.user_id, token.account_id) {
        (Some(user_id), Some(account_id)) => Some(User {
            confirmed: token.confirmed.unwrap_or(false),
            approved: token.approved.unwrap_or(false),
            disabled: token.disabled.unwrap_or(false) || token.suspended.unwrap_or(false),
            viewer: Viewer {
                account_id,
                user_id,
                username: token.username.unwrap_or_default().into(),
                token_id: Some(token.id),
                application_id: Some(token.application_id),
                scopes: scopes.clone(),
                locale: token.locale.map(Into::into),
                silenced: token.silenced.unwrap_or(false),
                permissions: Permissions::from_bits(token.permissions),
                preferences: Preferences::read(&token.settings.unwrap_or_default(), token.locked.unwrap_or(false)),
            },
        }),
        _ => None,
    };
    Access { token_id: token.id, application_id: token.application_id, scopes, user }
}

/// Rebuilds the home feed of somebody who was away so long that it was dropped, before anything comes into it.
async fn welcome_back(app: &App, token: &Token) -> Result<()> {
    let (Some(user), Some(account)) = (token.user_id, token.account_id) else { return Ok(()) };
    if token.last_active_at.is_some_and(|at| at > app.active_since()) {
        return Ok(());
    }
    let active_since = app.active_since();
    app.write(move |tx| async move { timelines::welcome_back(&tx, user, account, active_since).await }).await
}

fn note_use(app: &App, token: &Token) {
    let now = app.now_ms();
    let stale = |at: Option<i64>| at.is_none_or(|at| now - at > NOTE_EVERY_MS);
    if !stale(token.last_used_at) && (token.user_id.is_none() || !stale(token.last_active_at)) {
        return;
    }
    let mut seen = app.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if seen.tokens.len() < SEEN_MAX {
        seen.tokens.insert(token.id, token.user_id.unwrap_or_default());
    }
}

/// Writes down who was here, all in one transaction.
pub async fn write_down_seen(app: &App) -> Result<()> {
    let Seen { tokens } = std::mem::take(&mut *app.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    if tokens.is_empty() {
        return Ok(());
    }
    let (mut tokens, mut users): (Vec<_>, Vec<_>) = tokens.into_iter().unzip();
    tokens.sort();
    users.sort();
    users.dedup();
    app.write(move |tx| async move {
        oauth::touch_tokens(&tx, &tokens).await?;
        users::touch(&tx, &users).await?;
        Ok(())
    })
    .await
}
