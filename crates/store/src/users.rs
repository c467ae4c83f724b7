//! Users: the logins of local accounts.

use crate::instance_activity::{self, DAY_MS, REGISTRATIONS};
use crate::{AccountId, ApplicationId, Reader, Result, RoleId, Tx, UserId, args, record, sql};

record! {
    /// A login.
    pub struct User {
        pub id: UserId,
        pub account_id: AccountId,
        pub username: String,
        pub email: String,
        pub password_hash: String,
        pub confirmed_at: Option<i64>,
        pub approved: bool,
        pub disabled: bool,
        pub role_id: Option<RoleId>,
        pub role_name: Option<String>,
        /// Bits of the role and of everybody's.
        pub permissions: i64,
        pub locale: Option<String>,
        /// JSON with Mastodon's dotted keys; only what differs from the default.
        pub settings: String,
        pub last_active_at: Option<i64>,
        pub created_at: i64,
        pub suspended: bool,
        pub invite_request: Option<String>,
        pub created_by_application_id: Option<ApplicationId>,
    }
}

macro_rules! user_select {
    () => {
        "SELECT u.id, u.account_id, a.username, u.email, u.password_hash, u.confirmed_at, u.approved, u.disabled, u.role_id, ro.name,
                COALESCE(ro.permissions, 0) | COALESCE((SELECT ev.permissions FROM roles ev WHERE ev.id = -99), 0), u.locale, u.settings, u.last_active_at, u.created_at, (a.suspended_at IS NOT NULL),
                u.invite_request, u.created_by_application_id
           FROM users u JOIN accounts a ON a.id = u.account_id LEFT JOIN roles ro ON ro.id = u.role_id"
    };
}

/// A login to be made.
#[derive(Clone)]
pub struct NewUser {
    pub id: UserId,
    pub account_id: AccountId,
    /// Lower case.
    pub email: String,
    pub password_hash: String,
    pub confirmed: bool,
    pub approved: bool,
    pub role_id: Option<RoleId>,
    pub locale: Option<String>,
    /// IANA.
    pub time_zone: Option<String>,
    /// Why they want in.
    pub invite_request: Option<String>,
    pub created_by_application_id: Option<ApplicationId>,
    pub sign_up_ip: Option<String>,
}

/// Inserts a login; false if the e-mail address is taken.
pub async fn insert(tx: &Tx, user: &NewUser) -> Result<bool> {
    let now = tx.now();
    let added = tx
        .exec(
            sql!(
                "INSERT INTO users (id, account_id, email, password_hash, confirmed_at, approved, role_id, locale, time_zone, invite_request,
                        created_by_application_id, sign_up_ip, last_active_at, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $13) ON CONFLICT DO NOTHING"
            ),
            args![
                user.id,
                user.account_id,
                &user.email,
                &user.password_hash,
                user.confirmed.then_some(now),
                user.approved,
                user.role_id,
                user.locale.clone(),
                user.time_zone.clone(),
                user.invite_request.clone(),
                user.created_by_application_id,
                user.sign_up_ip.clone(),
                now
            ],
        )
        .await?;
    if added > 0 && user.confirmed && user.approved {
        count_registration(tx).await?;
    }
    Ok(added > 0)
}

async fn count_registration(tx: &Tx) -> Result<()> {
    instance_activity::add(tx, REGISTRATIONS, tx.now().div_euclid(DAY_MS), 1).await
}

pub async fn find(r: &Reader, id: UserId) -> Result<Option<User>> {
    r.maybe(sql!(concat!(user_select!(), " WHERE u.id = $1")), args![id]).await
}

pub async fn find_by_account(r: &Reader, account: AccountId) -> Result<Option<User>> {
    r.maybe(sql!(concat!(user_select!(), " WHERE u.account_id = $1")), args![account]).await
}

/// By e-mail address (lower case) or by local username.
pub async fn find_by_login(r: &Reader, login: &str) -> Result<Option<User>> {
    let login = login.to_lowercase();
    if login.contains('@') {
        return r.maybe(sql!(concat!(user_select!(), " WHERE u.email = $1")), args![login]).await;
    }
    r.maybe(sql!(concat!(user_select!(), " WHERE a.username_key = $1 AND a.domain = ''")), args![login]).await
}

/// Locks the login: until the transaction ends, nobody else changes or locks it, and what is read of it from now on is
/// the newest. A change of credentials and whatever relies on them exclude each other by this.
pub async fn lock(tx: &Tx, id: UserId) -> Result<()> {
    tx.value::<i64>(sql!("SELECT 1 FROM users WHERE id = $1 FOR UPDATE"), args![id]).await.map(drop)
}

/// The logins of these accounts, in no order.
pub async fn list_by_accounts(r: &Reader, accounts: &[AccountId]) -> Result<Vec<User>> {
    r.all(sql!(concat!(user_select!(), " WHERE u.account_id = ANY($1)")), args![accounts]).await
}

pub async fn set_password(tx: &Tx, id: UserId, hash: &str) -> Result<()> {
    tx.exec(sql!("UPDATE users SET password_hash = $1, updated_at = $2 WHERE id = $3"), args![hash, tx.now(), id]).await.map(drop)
}

/// Changes the address; false if another user has it.
pub async fn set_email(tx: &Tx, id: UserId, email: &str) -> Result<bool> {
    let changed = tx
        .exec(
            sql!("UPDATE users SET email = $1, updated_at = $2 WHERE id = $3 AND NOT EXISTS (SELECT 1 FROM users WHERE email = $1 AND id <> $3)"),
            args![email, tx.now(), id],
        )
        .await?;
    Ok(changed > 0)
}

/// The address is the user's. With this or with `approve`, whichever is last, they become able to sign in.
pub async fn confirm(tx: &Tx, id: UserId) -> Result<()> {
    let sql = sql!("UPDATE users SET confirmed_at = $1, updated_at = $1 WHERE id = $2 AND confirmed_at IS NULL RETURNING approved");
    if tx.value(sql, args![tx.now(), id]).await? == Some(true) {
        count_registration(tx).await?;
    }
    Ok(())
}

/// The user is let in.
pub async fn approve(tx: &Tx, id: UserId) -> Result<()> {
    let sql = sql!("UPDATE users SET approved = TRUE, updated_at = $1 WHERE id = $2 AND approved = FALSE RETURNING confirmed_at");
    let confirmed_at: Option<Option<i64>> = tx.value(sql, args![tx.now(), id]).await?;
    if confirmed_at.flatten().is_some() {
        count_registration(tx).await?;
    }
    Ok(())
}

pub async fn set_disabled(tx: &Tx, id: UserId, disabled: bool) -> Result<()> {
    tx.exec(sql!("UPDATE users SET disabled = $1, updated_at = $2 WHERE id = $3"), args![disabled, tx.now(), id]).await.map(drop)
}

pub async fn set_role(tx: &Tx, id: UserId, role: Option<RoleId>) -> Result<()> {
    tx.exec(sql!("UPDATE users SET role_id = $1, updated_at = $2 WHERE id = $3"), args![role, tx.now(), id]).await.map(drop)
}

/// Keeps the preferences, JSON.
pub async fn set_settings(tx: &Tx, id: UserId, settings: &str) -> Result<()> {
    tx.exec(sql!("UPDATE users SET settings = $1, updated_at = $2 WHERE id = $3"), args![settings, tx.now(), id]).await.map(drop)
}

/// Whether another user has this address (lower case).
pub async fn has_email(r: &Reader, email: &str) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM users WHERE email = $1)"), args![email]).await?.unwrap_or(false))
}

/// Accounts whose address was not confirmed since `before`, oldest first.
pub async fn list_unconfirmed(r: &Reader, before: i64, limit: i64) -> Result<Vec<AccountId>> {
    r.column(sql!("SELECT account_id FROM users WHERE confirmed_at IS NULL AND created_at < $1 ORDER BY created_at LIMIT $2"), args![before, limit])
        .await
}

/// Notes that these users were here (batched by the caller).
pub async fn touch(tx: &Tx, ids: &[UserId]) -> Result<()> {
    instance_activity::count_visits(tx, ids).await?;
    tx.exec(sql!("UPDATE users SET last_active_at = $1 WHERE id = ANY($2)"), args![tx.now(), ids]).await.map(drop)
}

pub async fn delete(tx: &Tx, id: UserId) -> Result<()> {
    tx.exec(sql!("DELETE FROM user_tokens WHERE user_id = $1"), args![id]).await?;
    tx.exec(sql!("DELETE FROM users WHERE id = $1"), args![id]).await.map(drop)
}

/// How many people can sign in, and how many were here since `active_since` (milliseconds UTC).
pub async fn count(r: &Reader, active_since: i64) -> Result<(i64, i64)> {
    r.one(
        sql!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN last_active_at > $1 THEN 1 ELSE 0 END), 0) AS BIGINT)
               FROM users WHERE confirmed_at IS NOT NULL AND approved = TRUE AND disabled = FALSE"
        ),
        args![active_since],
    )
    .await
}

record! {
    /// A role as it is stored.
    pub struct Role {
        pub id: RoleId,
        pub name: String,
        pub color: String,
        /// Bits as in Mastodon.
        pub permissions: i64,
        pub highlighted: bool,
    }
}

/// A role by its name, in any case.
pub async fn find_role_by_name(r: &Reader, name: &str) -> Result<Option<Role>> {
    r.maybe(sql!("SELECT id, name, color, permissions, highlighted FROM roles WHERE LOWER(name) = LOWER($1) AND id > 0"), args![name]).await
}

/// The role that everybody has besides their own.
pub const EVERYONE: RoleId = RoleId(-99);

/// The roles with these ids.
pub async fn list_roles(r: &Reader, ids: &[RoleId]) -> Result<Vec<Role>> {
    r.all(sql!("SELECT id, name, color, permissions, highlighted FROM roles WHERE id = ANY($1)"), args![ids]).await
}

/// The account shown as the instance's contact: the first with the highest role.
pub async fn contact_account(r: &Reader) -> Result<Option<AccountId>> {
    r.value(
        sql!("SELECT u.account_id FROM users u JOIN roles ro ON ro.id = u.role_id WHERE ro.position >= 1000 AND u.disabled = FALSE ORDER BY u.id LIMIT 1"),
        args![],
    )
    .await
}
