//! Web Push subscriptions: where to tell a client of its person's notifications. One for each token.

use crate::{AccountId, PushSubscriptionId, Reader, Result, TokenId, Tx, UserId, args, record, sql};

record! {
    /// Where and what to push.
    pub struct PushSubscription {
        pub id: PushSubscriptionId,
        pub token_id: TokenId,
        pub user_id: UserId,
        pub endpoint: String,
        /// The client's public key as it sent it, base64.
        pub key_p256dh: String,
        /// The client's secret, sealed with the master key.
        pub sealed_key_auth: Vec<u8>,
        /// RFC 8291, else the older aesgcm.
        pub standard: bool,
        /// `all`, `followed`, `follower` or `none`.
        pub policy: String,
        /// JSON: kind of notification to whether it is wanted.
        pub alerts: String,
        /// When it began to fail, milliseconds UTC.
        pub failed_at: Option<i64>,
    }
}

macro_rules! subscription_select {
    () => {
        "SELECT s.id, s.token_id, s.user_id, s.endpoint, s.key_p256dh, s.sealed_key_auth, s.standard, s.policy, s.alerts, s.failed_at
           FROM web_push_subscriptions s"
    };
}

/// The id of a new subscription. Clients read it as a JSON number, some of 32 bits, so these count from 1;
/// none is given twice, since pushes on their way name theirs.
pub async fn next_id(tx: &Tx) -> Result<PushSubscriptionId> {
    let next: Option<String> = tx
        .value(
            sql!(
                "INSERT INTO meta (name, value) VALUES ('push_subscription_id', '1')
                 ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT) RETURNING value"
            ),
            args![],
        )
        .await?;
    Ok(PushSubscriptionId(next.and_then(|text| text.parse().ok()).unwrap_or_default()))
}

/// Keeps a subscription in place of the one its token had.
pub async fn replace(tx: &Tx, new: &PushSubscription) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO web_push_subscriptions (id, token_id, user_id, endpoint, key_p256dh, sealed_key_auth, standard, policy, alerts)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (token_id) DO UPDATE SET id = excluded.id, endpoint = excluded.endpoint, key_p256dh = excluded.key_p256dh,
               sealed_key_auth = excluded.sealed_key_auth, standard = excluded.standard, policy = excluded.policy,
               alerts = excluded.alerts, failed_at = NULL"
        ),
        args![new.id, new.token_id, new.user_id, &new.endpoint, &new.key_p256dh, &new.sealed_key_auth, new.standard, &new.policy, &new.alerts],
    )
    .await
    .map(drop)
}

pub async fn find_of_token(r: &Reader, token: TokenId) -> Result<Option<PushSubscription>> {
    r.maybe(sql!(concat!(subscription_select!(), " WHERE s.token_id = $1")), args![token]).await
}

/// A subscription whose token still opens something, of a login that is not disabled.
pub async fn find(r: &Reader, id: PushSubscriptionId) -> Result<Option<PushSubscription>> {
    r.maybe(
        sql!(concat!(
            subscription_select!(),
            " JOIN oauth_tokens t ON t.id = s.token_id JOIN users u ON u.id = s.user_id
               WHERE s.id = $1 AND t.revoked_at IS NULL AND u.disabled = FALSE"
        )),
        args![id],
    )
    .await
}

/// The newest subscriptions of an account's user.
pub async fn list_of_account(r: &Reader, account: AccountId, limit: i64) -> Result<Vec<PushSubscription>> {
    r.all(
        sql!(concat!(
            subscription_select!(),
            " JOIN users u ON u.id = s.user_id WHERE u.account_id = $1 AND u.disabled = FALSE ORDER BY s.id DESC LIMIT $2"
        )),
        args![account, limit],
    )
    .await
}

/// What is wanted and from whom.
pub async fn update(tx: &Tx, token: TokenId, policy: &str, alerts: &str) -> Result<()> {
    tx.exec(sql!("UPDATE web_push_subscriptions SET policy = $2, alerts = $3 WHERE token_id = $1"), args![token, policy, alerts]).await.map(drop)
}

/// Notes since when pushing fails; `None`: it went well.
pub async fn set_failed_at(tx: &Tx, id: PushSubscriptionId, failed_at: Option<i64>) -> Result<()> {
    tx.exec(sql!("UPDATE web_push_subscriptions SET failed_at = $2 WHERE id = $1"), args![id, failed_at]).await.map(drop)
}

pub async fn delete(tx: &Tx, id: PushSubscriptionId) -> Result<()> {
    tx.exec(sql!("DELETE FROM web_push_subscriptions WHERE id = $1"), args![id]).await.map(drop)
}

/// Deletes the subscriptions of tokens that are taken back.
pub async fn delete_of_tokens(tx: &Tx, tokens: &[TokenId]) -> Result<()> {
    tx.exec(sql!("DELETE FROM web_push_subscriptions WHERE token_id = ANY($1)"), args![tokens]).await.map(drop)
}

/// Deletes a user's subscriptions.
pub async fn delete_of_user(tx: &Tx, user: UserId) -> Result<()> {
    tx.exec(sql!("DELETE FROM web_push_subscriptions WHERE user_id = $1"), args![user]).await.map(drop)
}
