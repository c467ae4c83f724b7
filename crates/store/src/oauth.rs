//! OAuth applications, grants (authorization codes) and access tokens; secrets only as hashes.

use crate::{AccountId, ApplicationId, Reader, Result, TokenId, Tx, UserId, args, push_subscriptions, record, sql};

record! {
    /// A registered application.
    pub struct Application {
        pub id: ApplicationId,
        pub name: String,
        pub website: Option<String>,
        /// One a line.
        pub redirect_uris: String,
        /// Separated by spaces.
        pub scopes: String,
        pub client_id: String,
        pub secret_hash: Vec<u8>,
        pub superapp: bool,
        /// When it is removed unless it is used, milliseconds UTC; `None` if it stays.
        pub expires_at: Option<i64>,
    }
}

macro_rules! application_select {
    () => {
        "SELECT id, name, website, redirect_uris, scopes, client_id, secret_hash, superapp, expires_at FROM oauth_applications"
    };
}

/// An application to be registered.
#[derive(Clone, Debug)]
pub struct NewApplication {
    pub name: String,
    pub website: Option<String>,
    pub redirect_uris: String,
    pub scopes: String,
    pub client_id: String,
    pub secret_hash: Vec<u8>,
    pub superapp: bool,
}

pub async fn insert_application(tx: &Tx, app: &NewApplication) -> Result<ApplicationId> {
    let id = tx.next_id();
    tx.exec(
        sql!(
            "INSERT INTO oauth_applications (id, name, website, redirect_uris, scopes, client_id, secret_hash, superapp, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        args![id, &app.name, app.website.clone(), &app.redirect_uris, &app.scopes, &app.client_id, &app.secret_hash, app.superapp, tx.now()],
    )
    .await?;
    Ok(ApplicationId(id))
}

pub async fn find_application(r: &Reader, id: ApplicationId) -> Result<Option<Application>> {
    r.maybe(sql!(concat!(application_select!(), " WHERE id = $1")), args![id]).await
}

pub async fn find_application_by_client_id(r: &Reader, client_id: &str) -> Result<Option<Application>> {
    r.maybe(sql!(concat!(application_select!(), " WHERE client_id = $1")), args![client_id]).await
}

/// Sets when the application is removed unless it is used.
pub async fn set_application_expiry(tx: &Tx, id: ApplicationId, expires_at: i64) -> Result<()> {
    tx.exec(sql!("UPDATE oauth_applications SET expires_at = $2 WHERE id = $1"), args![id, expires_at]).await.map(drop)
}

/// Puts off when an unused application is removed; one that stays, stays.
pub async fn extend_application(tx: &Tx, id: ApplicationId, expires_at: i64) -> Result<()> {
    tx.exec(sql!("UPDATE oauth_applications SET expires_at = $2 WHERE id = $1 AND expires_at IS NOT NULL AND expires_at < $2"), args![id, expires_at])
        .await
        .map(drop)
}

/// The application stays: a person has used it.
pub async fn keep_application(tx: &Tx, id: ApplicationId) -> Result<()> {
    tx.exec(sql!("UPDATE oauth_applications SET expires_at = NULL WHERE id = $1 AND expires_at IS NOT NULL"), args![id]).await.map(drop)
}

/// Deletes applications whose time is over and that hold no token, at most `limit`.
pub async fn delete_unused_applications(tx: &Tx, limit: i64) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM oauth_applications WHERE id IN (
               SELECT a.id FROM oauth_applications a
                WHERE a.expires_at IS NOT NULL AND a.expires_at < $1
                  AND NOT EXISTS (SELECT 1 FROM oauth_tokens t WHERE t.user_id IS NULL AND t.application_id = a.id)
                ORDER BY a.expires_at LIMIT $2)"
        ),
        args![tx.now(), limit],
    )
    .await
}
/// How long a code is remembered after it expires, so that a replay of a used one is noticed: a day, in which
/// whatever leaked it (a log, a referrer, a browser's history) is likely to be tried.
pub const CODE_MEMORY_MS: i64 = 24 * 60 * 60 * 1000;

/// An authorization code to be kept.
#[derive(Clone, Debug)]
pub struct NewGrant {
    pub application_id: ApplicationId,
    pub user_id: UserId,
    pub code_hash: Vec<u8>,
    pub redirect_uri: String,
    pub scopes: String,
    /// S256 only.
    pub code_challenge: Option<String>,
    pub lifetime_ms: i64,
}

pub async fn insert_grant(tx: &Tx, grant: &NewGrant) -> Result<()> {
    let now = tx.now();
    tx.exec(
        sql!(
            "INSERT INTO oauth_grants (id, application_id, user_id, code_hash, redirect_uri, scopes, code_challenge, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        args![
            tx.next_id(),
            grant.application_id,
            grant.user_id,
            &grant.code_hash,
            &grant.redirect_uri,
            &grant.scopes,
            grant.code_challenge.clone(),
            now,
            now + grant.lifetime_ms
        ],
    )
    .await
    .map(drop)
}

record! {
    /// An authorization code that is used.
    pub struct Grant {
        pub id: i64,
        pub application_id: ApplicationId,
        pub user_id: UserId,
        pub redirect_uri: String,
        pub scopes: String,
        pub code_challenge: Option<String>,
        pub expires_at: i64,
        /// The token that was given for it.
        pub token_id: Option<TokenId>,
    }
}

/// Uses a code of this application: that works once, whether or not the caller then accepts it.
pub async fn take_grant(tx: &Tx, application: ApplicationId, code_hash: &[u8]) -> Result<Option<Grant>> {
    tx.maybe(
        sql!(
            "UPDATE oauth_grants SET used_at = $3 WHERE code_hash = $1 AND application_id = $2 AND used_at IS NULL
             RETURNING id, application_id, user_id, redirect_uri, scopes, code_challenge, expires_at, token_id"
        ),
        args![code_hash, application, tx.now()],
    )
    .await
}

/// A code of this application that was used before and is still remembered.
pub async fn find_used_grant(r: &Reader, application: ApplicationId, code_hash: &[u8]) -> Result<Option<Grant>> {
    r.maybe(
        sql!(
            "SELECT id, application_id, user_id, redirect_uri, scopes, code_challenge, expires_at, token_id
               FROM oauth_grants WHERE code_hash = $1 AND application_id = $2 AND used_at IS NOT NULL"
        ),
        args![code_hash, application],
    )
    .await
}

/// Notes which token was given for a code.
pub async fn set_grant_token(tx: &Tx, grant: i64, token: TokenId) -> Result<()> {
    tx.exec(sql!("UPDATE oauth_grants SET token_id = $2 WHERE id = $1"), args![grant, token]).await.map(drop)
}

record! {
    /// What a token opens: joined with its user and account.
    pub struct Token {
        pub id: TokenId,
        pub application_id: ApplicationId,
        pub scopes: String,
        pub created_at: i64,
        pub last_used_at: Option<i64>,
        pub revoked_at: Option<i64>,
        pub user_id: Option<UserId>,
        pub account_id: Option<AccountId>,
        pub confirmed: Option<bool>,
        pub approved: Option<bool>,
        pub disabled: Option<bool>,
        pub suspended: Option<bool>,
        pub locale: Option<String>,
        pub settings: Option<String>,
        pub username: Option<String>,
        pub last_active_at: Option<i64>,
        pub silenced: Option<bool>,
        pub locked: Option<bool>,
        /// Bits of the user's role and of everybody's.
        pub permissions: i64,
    }
}

pub async fn find_token(r: &Reader, token_hash: &[u8]) -> Result<Option<Token>> {
    r.maybe(
        sql!(
            "SELECT t.id, t.application_id, t.scopes, t.created_at, t.last_used_at, t.revoked_at, t.user_id, u.account_id,
                    (u.confirmed_at IS NOT NULL), u.approved, u.disabled, (a.suspended_at IS NOT NULL), u.locale, u.settings,
                    a.username, u.last_active_at, (a.silenced_at IS NOT NULL), a.locked,
                    COALESCE(ro.permissions, 0) | COALESCE(ev.permissions, 0)
               FROM oauth_tokens t
               LEFT JOIN users u ON u.id = t.user_id
               LEFT JOIN accounts a ON a.id = u.account_id
               LEFT JOIN roles ro ON ro.id = u.role_id
               LEFT JOIN roles ev ON ev.id = -99
              WHERE t.token_hash = $1"
        ),
        args![token_hash],
    )
    .await
}

/// The newest unrevoked token of this application, user and scopes: id and creation time.
pub async fn find_same_token(r: &Reader, application: ApplicationId, user: Option<UserId>, scopes: &str) -> Result<Option<(TokenId, i64)>> {
    match user {
        Some(user) => {
            r.maybe(
                sql!(
                    "SELECT id, created_at FROM oauth_tokens
                      WHERE user_id = $1 AND application_id = $2 AND scopes = $3 AND revoked_at IS NULL ORDER BY id DESC LIMIT 1"
                ),
                args![user, application, scopes],
            )
            .await
        }
        None => {
            r.maybe(
                sql!(
                    "SELECT id, created_at FROM oauth_tokens
                      WHERE user_id IS NULL AND application_id = $1 AND scopes = $2 AND revoked_at IS NULL ORDER BY id DESC LIMIT 1"
                ),
                args![application, scopes],
            )
            .await
        }
    }
}

pub async fn insert_token(tx: &Tx, id: TokenId, application: ApplicationId, user: Option<UserId>, token_hash: &[u8], scopes: &str) -> Result<i64> {
    let now = tx.now();
    tx.exec(
        sql!(
            "INSERT INTO oauth_tokens (id, application_id, user_id, token_hash, scopes, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)"
        ),
        args![id, application, user, token_hash, scopes, now],
    )
    .await?;
    Ok(now)
}

/// Deletes the tokens of this application and user (or of the application alone) beyond the `keep` that were used last, and
/// returns their ids. Revoked ones count, and go first.
pub async fn delete_oldest_tokens(tx: &Tx, application: ApplicationId, user: Option<UserId>, keep: i64) -> Result<Vec<TokenId>> {
    let deleted: Vec<TokenId> = match user {
        Some(user) => {
            tx.column(
                sql!(
                    "DELETE FROM oauth_tokens WHERE user_id = $1 AND application_id = $2 AND id NOT IN (
                       SELECT id FROM oauth_tokens WHERE user_id = $1 AND application_id = $2
                        ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, COALESCE(last_used_at, created_at) DESC, id DESC LIMIT $3)
                     RETURNING id"
                ),
                args![user, application, keep],
            )
            .await?
        }
        None => {
            tx.column(
                sql!(
                    "DELETE FROM oauth_tokens WHERE user_id IS NULL AND application_id = $1 AND id NOT IN (
                       SELECT id FROM oauth_tokens WHERE user_id IS NULL AND application_id = $1
                        ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, COALESCE(last_used_at, created_at) DESC, id DESC LIMIT $2)
                     RETURNING id"
                ),
                args![application, keep],
            )
            .await?
        }
    };
    push_subscriptions::delete_of_tokens(tx, &deleted).await?;
    Ok(deleted)
}

/// Deletes applications' own tokens that were not used since `before`, at most `limit`.
pub async fn delete_unused_tokens(tx: &Tx, before: i64, limit: i64) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM oauth_tokens WHERE id IN (
               SELECT id FROM oauth_tokens WHERE user_id IS NULL AND COALESCE(last_used_at, created_at) < $1 LIMIT $2)"
        ),
        args![before, limit],
    )
    .await
}

/// Revokes a token; nothing is pushed for it any more.
pub async fn revoke_token(tx: &Tx, id: TokenId) -> Result<()> {
    push_subscriptions::delete_of_tokens(tx, &[id]).await?;
    tx.exec(sql!("UPDATE oauth_tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL"), args![tx.now(), id]).await.map(drop)
}

/// Revokes all tokens of a user, and the codes that would become tokens; returns the tokens' ids. Nothing
/// is pushed for them any more.
pub async fn revoke_tokens_of_user(tx: &Tx, user: UserId) -> Result<Vec<TokenId>> {
    delete_grants_of_user(tx, user).await?;
    push_subscriptions::delete_of_user(tx, user).await?;
    tx.column(sql!("UPDATE oauth_tokens SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL RETURNING id"), args![tx.now(), user]).await
}

/// Deletes the codes that would become tokens of this user.
pub async fn delete_grants_of_user(tx: &Tx, user: UserId) -> Result<()> {
    tx.exec(sql!("DELETE FROM oauth_grants WHERE user_id = $1"), args![user]).await.map(drop)
}

/// Notes that these tokens were used (batched by the caller).
pub async fn touch_tokens(tx: &Tx, ids: &[TokenId]) -> Result<()> {
    tx.exec(sql!("UPDATE oauth_tokens SET last_used_at = $1 WHERE id = ANY($2)"), args![tx.now(), ids]).await.map(drop)
}

/// Deletes grants that expired longer than [`CODE_MEMORY_MS`] ago and tokens revoked before `before`, at most `limit` each.
pub async fn delete_expired(tx: &Tx, before: i64, limit: i64) -> Result<u64> {
    let grants = tx
        .exec(
            sql!("DELETE FROM oauth_grants WHERE id IN (SELECT id FROM oauth_grants WHERE expires_at < $1 LIMIT $2)"),
            args![tx.now() - CODE_MEMORY_MS, limit],
        )
        .await?;
    let tokens = tx
        .exec(
            sql!("DELETE FROM oauth_tokens WHERE id IN (SELECT id FROM oauth_tokens WHERE revoked_at IS NOT NULL AND revoked_at < $1 LIMIT $2)"),
            args![before, limit],
        )
        .await?;
    Ok(grants + tokens)
}

/// Deletes everything a user has given applications.
pub async fn delete_of_user(tx: &Tx, user: UserId) -> Result<()> {
    push_subscriptions::delete_of_user(tx, user).await?;
    delete_grants_of_user(tx, user).await?;
    tx.exec(sql!("DELETE FROM oauth_tokens WHERE user_id = $1"), args![user]).await.map(drop)
}
