//! Access tokens: given, given again, revoked.
//!
//! A token is made from its row's id with a sealed key, so that the same one can be handed out again
//! (as Mastodon does for the same application, user and scopes, in whatever order) though only its hash is stored.

use store::oauth::{self, Application};
use store::{ApplicationId, TokenId, Tx, UserId};

use crate::bus::{self, Event};
use crate::clock::DAY_MS;
use crate::oauth::applications;
use crate::oauth::grants::{self, Proof, Taken};
pub use crate::present::application::Given;
use crate::scopes::Scopes;
use crate::secrets::Secrets;
use crate::{App, Error, Result, secrets};

/// Tokens of an application's own, one for each set of scopes it asks for; revoked ones count. Past that the least recently
/// used go: an application uses one or two.
pub const APPLICATION_TOKENS_MAX: i64 = 20;
/// Tokens of one person for one application, likewise: each is a consent of theirs.
const USER_TOKENS_MAX: i64 = 100;
/// How long an application's own token stays when it is not used. The application can ask for it again at any time.
pub const APPLICATION_TOKEN_UNUSED_MS: i64 = 30 * DAY_MS;

/// `grant_type=authorization_code`. A code that was used before also ends the token it gave: either of the two who had it
/// may be a thief.
///
/// Errors: `OAuth` `invalid_grant`.
pub async fn from_code(app: &App, application: &Application, code: &str, redirect_uri: &str, verifier: Option<&str>) -> Result<Given> {
    let (proof, application, app_secrets) = (Proof::new(code, redirect_uri, verifier), application.clone(), app.secrets.clone());
    // One transaction: a new password in between would miss the token. A refusal is committed, too.
    let done = app
        .write(move |tx| async move {
            match grants::take(&tx, &application, &proof).await? {
                Taken::Good(grant) => {
                    let given = give_within(&tx, &app_secrets, application.id, Some(grant.user_id), &grant.scopes).await?;
                    oauth::set_grant_token(&tx, grant.id, given.token_id).await?;
                    Ok(Ok(given))
                }
                Taken::Replayed(token) => {
                    end(&tx, token).await?;
                    Ok(Err(Some(token)))
                }
                Taken::Refused => Ok(Err(None)),
            }
        })
        .await?;
    done.map_err(|revoked| {
        app.tokens.forget(&Vec::from_iter(revoked));
        Error::oauth("invalid_grant", "oauth-invalid-grant")
    })
}

/// The token opens nothing any more; its streams close.
async fn end(tx: &Tx, token: TokenId) -> Result<()> {
    oauth::revoke_token(tx, token).await?;
    bus::publish(tx, &Event::Revoked { tokens: vec![token] });
    Ok(())
}

/// `grant_type=client_credentials`: a token without a user. Errors: `OAuth` `invalid_scope`.
pub async fn from_credentials(app: &App, application: &Application, scope: Option<&str>) -> Result<Given> {
    let scopes = Scopes::read(scope.filter(|s| !s.trim().is_empty()).unwrap_or("read"));
    if scopes.unknown().is_some() || !Scopes::read(&application.scopes).opens_all(&scopes) {
        return Err(Error::oauth("invalid_scope", "oauth-invalid-scope"));
    }
    let given = give(app, application, None, &scopes.to_string()).await?;
    applications::extend(app, application).await?;
    Ok(given)
}

/// The token of this application, user and set of scopes: the one there is, else a new one.
pub async fn give(app: &App, application: &Application, user: Option<UserId>, scopes: &str) -> Result<Given> {
    let (id, scopes, app_secrets) = (application.id, scopes.to_owned(), app.secrets.clone());
    app.write(move |tx| async move { give_within(&tx, &app_secrets, id, user, &scopes).await }).await
}

/// As [`give`], within a transaction.
pub(crate) async fn give_within(tx: &Tx, app_secrets: &Secrets, application: ApplicationId, user: Option<UserId>, scopes: &str) -> Result<Given> {
    if user.is_some() {
        oauth::keep_application(tx, application).await?;
    }
    let scope = Scopes::read(scopes).canonical().to_string();
    let mut same = oauth::find_same_token(tx, application, user, &scope).await?;
    if same.is_none() && scope != scopes {
        // Older tokens are kept under the order they were asked for in.
        same = oauth::find_same_token(tx, application, user, scopes).await?;
    }
    let (token, created_at) = match same {
        Some(same) => same,
        None => {
            let token = TokenId(tx.next_id());
            let hash = secrets::hash(&app_secrets.access_token(token));
            let created_at = oauth::insert_token(tx, token, application, user, &hash, &scope).await?;
            let keep = if user.is_some() { USER_TOKENS_MAX } else { APPLICATION_TOKENS_MAX };
            let deleted = oauth::delete_oldest_tokens(tx, application, user, keep).await?;
            if !deleted.is_empty() {
                bus::publish(tx, &Event::Revoked { tokens: deleted });
            }
            (token, created_at)
        }
    };
    Ok(Given { token_id: token, access_token: app_secrets.access_token(token), scope, created_at })
}

/// Revokes `token` for the application that holds it; its streams close. An unknown token is no error.
///
/// Errors: `OAuth` `unauthorized_client` for another application's token.
pub async fn revoke(app: &App, application: &Application, token: &str) -> Result<()> {
    let (id, hash) = (application.id, secrets::hash(token));
    let revoked = app
        .write(move |tx| async move {
            let Some(token) = oauth::find_token(&tx, &hash).await? else { return Ok(None) };
            if token.application_id != id {
                return Err(Error::oauth("unauthorized_client", "oauth-unauthorized-revoke"));
            }
            end(&tx, token.id).await?;
            Ok(Some(token.id))
        })
        .await?;
    app.tokens.forget(&Vec::from_iter(revoked));
    Ok(())
}
