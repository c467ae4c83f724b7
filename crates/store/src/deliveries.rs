//! What goes to other servers: an activity once, and for each host the inboxes it goes to there.
//!
//! Whether a host is tried at all is in `hosts.rs`: it is claimed first, then its deliveries are taken in order.

use crate::{AccountId, DeliveryBodyId, DeliveryId, Reader, Result, Tx, args, hosts, record, sql};

pub use crate::hosts::BELL;

/// The inboxes of one host that get one activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub domain: String,
    pub inboxes: Vec<String>,
}

record! {
    /// An activity to the inboxes of one host, whose turn it is.
    pub struct Due {
        pub id: DeliveryId,
        pub body_id: DeliveryBodyId,
        pub domain: String,
        /// A JSON list.
        pub inboxes: String,
        /// Tries so far.
        pub attempts: i64,
    }
}

record! {
    /// An activity as it is sent.
    pub struct Body {
        pub id: DeliveryBodyId,
        pub actor_account_id: AccountId,
        /// What it is about.
        pub subject: String,
        pub body: String,
    }
}

/// An activity to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewBody<'a> {
    /// The local account that signs it.
    pub actor: AccountId,
    /// Its `id`.
    pub uri: &'a str,
    /// The address of what it is about: what one actor says about one thing reaches a host in its order. Empty if that
    /// does not matter.
    pub subject: &'a str,
    /// The document.
    pub body: &'a str,
    /// What the same actor says later waits meanwhile, see [`is_distributing`].
    pub distributing: bool,
}

/// Keeps an activity that is about to be sent.
pub async fn insert_body(tx: &Tx, new: NewBody<'_>) -> Result<DeliveryBodyId> {
    let id = DeliveryBodyId(tx.next_id());
    tx.exec(
        sql!(
            "INSERT INTO delivery_bodies (id, actor_account_id, activity_uri, body, distributing, created_at, subject)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        args![id, new.actor, new.uri, new.body, new.distributing, tx.now(), new.subject],
    )
    .await?;
    Ok(id)
}

/// All whom an activity reaches have it in their queues.
pub async fn distributed(tx: &Tx, id: DeliveryBodyId) -> Result<()> {
    tx.exec(sql!("UPDATE delivery_bodies SET distributing = FALSE WHERE id = $1"), args![id]).await.map(drop)
}

/// Whether something that `actor` said since `since` (milliseconds UTC), and before `before` if that is given, is still
/// being handed out.
pub async fn is_distributing(r: &Reader, actor: AccountId, before: Option<DeliveryBodyId>, since: i64) -> Result<bool> {
    let found = r.value::<i64>(
        sql!(
            "SELECT 1 FROM delivery_bodies
              WHERE distributing = TRUE AND actor_account_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR id < $2) AND created_at > $3 LIMIT 1"
        ),
        args![actor, before, since],
    );
    Ok(found.await?.is_some())
}

/// Who says an activity that is kept.
pub async fn find_actor(r: &Reader, id: DeliveryBodyId) -> Result<Option<AccountId>> {
    r.value(sql!("SELECT actor_account_id FROM delivery_bodies WHERE id = $1"), args![id]).await
}

/// Queues a kept activity for the hosts of these batches, which [`hosts::want`] let through and so locked. They are due at
/// once; where something older about the same subject was put off, not before that.
pub async fn enqueue(tx: &Tx, body: DeliveryBodyId, batches: &[Batch]) -> Result<()> {
    if batches.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = batches.iter().map(|_| tx.next_id()).collect();
    let domains: Vec<String> = batches.iter().map(|batch| batch.domain.clone()).collect();
    let inboxes: Vec<String> = batches.iter().map(|batch| serde_json::Value::from(batch.inboxes.clone()).to_string()).collect();
    tx.exec(
        sql!(
            "INSERT INTO deliveries (id, body_id, domain, inboxes, next_try_at, created_at)
             SELECT t.id, $4, t.domain, t.inboxes,
                    COALESCE((SELECT MAX(d.next_try_at) FROM delivery_bodies b
                                JOIN delivery_bodies o ON o.actor_account_id = b.actor_account_id AND o.subject = b.subject AND o.id < b.id
                                JOIN deliveries d ON d.body_id = o.id AND d.domain = t.domain AND d.dead_at IS NULL AND d.next_try_at > $5
                               WHERE b.id = $4 AND b.subject <> ''), $5), $5
               FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[]), CAST($3 AS TEXT[])) AS t(id, domain, inboxes)",
            sqlite: "INSERT INTO deliveries (id, body_id, domain, inboxes, next_try_at, created_at)
             SELECT t.value, $4, $2 ->> t.key, $3 ->> t.key,
                    COALESCE((SELECT MAX(d.next_try_at) FROM delivery_bodies b
                                CROSS JOIN delivery_bodies o ON o.actor_account_id = b.actor_account_id AND o.subject = b.subject AND o.id < b.id
                                CROSS JOIN deliveries d ON d.body_id = o.id AND d.domain = $2 ->> t.key AND d.dead_at IS NULL AND +d.next_try_at > $5
                               WHERE b.id = $4 AND b.subject <> ''), $5), $5
               FROM json_each($1) t",
        ),
        args![ids, domains, inboxes, body, tx.now()],
    )
    .await?;
    tx.wake(BELL);
    Ok(())
}

/// What is due for each of these hosts, in the order it became so, at most `limit` for each.
pub async fn list_due(r: &Reader, domains: &[String], now: i64, limit: i64) -> Result<Vec<Due>> {
    r.all(
        sql!(
            "SELECT d.id, d.body_id, d.domain, d.inboxes, d.attempts FROM unnest(CAST($1 AS TEXT[])) AS h(domain)
              CROSS JOIN LATERAL (SELECT x.id, x.body_id, x.domain, x.inboxes, x.attempts, x.next_try_at FROM deliveries x
                                   WHERE x.domain = h.domain AND x.dead_at IS NULL AND x.next_try_at <= $2
                                   ORDER BY x.next_try_at, x.id LIMIT $3) d
              ORDER BY d.next_try_at, d.id",
            sqlite: "SELECT d.id, d.body_id, d.domain, d.inboxes, d.attempts FROM json_each($1) h
               JOIN deliveries d ON d.id IN (SELECT x.id FROM deliveries x
                                              WHERE x.domain = h.value AND x.dead_at IS NULL AND x.next_try_at <= $2
                                              ORDER BY x.next_try_at, x.id LIMIT $3)
              ORDER BY d.next_try_at, d.id",
        ),
        args![domains, now, limit],
    )
    .await
}

/// Activities as they are sent.
pub async fn list_bodies(r: &Reader, ids: &[DeliveryBodyId]) -> Result<Vec<Body>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    r.all(sql!("SELECT id, actor_account_id, subject, body FROM delivery_bodies WHERE id = ANY($1)"), args![ids]).await
}

/// Takes deliveries away that came to their end: arrived, or refused for good.
pub async fn complete(tx: &Tx, ids: &[DeliveryId]) -> Result<u64> {
    tx.exec(sql!("DELETE FROM deliveries WHERE id = ANY($1)"), args![ids]).await
}

/// Puts a delivery off, with the inboxes that are left of it, and what is newer about the same subject to the same host.
pub async fn retry(tx: &Tx, id: DeliveryId, inboxes: &[String], next_try_at: i64, error: &str) -> Result<()> {
    let inboxes = serde_json::Value::from(inboxes.to_vec()).to_string();
    tx.exec(
        sql!("UPDATE deliveries SET inboxes = $2, next_try_at = $3, last_error = $4, attempts = attempts + 1 WHERE id = $1"),
        args![id, inboxes, next_try_at, error],
    )
    .await?;
    tx.exec(
        sql!(
            "UPDATE deliveries SET next_try_at = $2
              WHERE dead_at IS NULL AND next_try_at < $2
                AND id IN (SELECT x.id FROM deliveries d JOIN delivery_bodies b ON b.id = d.body_id
                             JOIN delivery_bodies n ON n.actor_account_id = b.actor_account_id AND n.subject = b.subject AND n.id > b.id
                             JOIN deliveries x ON x.body_id = n.id AND x.domain = d.domain
                            WHERE d.id = $1 AND b.subject <> '')",
            sqlite: "UPDATE deliveries SET next_try_at = $2
              WHERE dead_at IS NULL AND next_try_at < $2
                AND id IN (SELECT x.id FROM deliveries d CROSS JOIN delivery_bodies b ON b.id = d.body_id
                             CROSS JOIN delivery_bodies n ON n.actor_account_id = b.actor_account_id AND n.subject = b.subject AND n.id > b.id
                             CROSS JOIN deliveries x ON x.body_id = n.id AND x.domain = d.domain
                            WHERE d.id = $1 AND b.subject <> '')",
        ),
        args![id, next_try_at],
    )
    .await
    .map(drop)
}

/// Takes back what `actor` has said about `subject` and still waits for some host, or lies among the dead letters: at most
/// `limit`. Returns the inboxes it was for; they may have got it though they said otherwise, or be getting it now.
pub async fn take_back(tx: &Tx, actor: AccountId, subject: &str, limit: i64) -> Result<Vec<String>> {
    let found: Vec<(DeliveryId, String)> = tx
        .all(
            sql!(
                "SELECT d.id, d.domain FROM delivery_bodies b JOIN deliveries d ON d.body_id = b.id
                  WHERE b.actor_account_id = $1 AND b.subject = $2 ORDER BY d.id LIMIT $3",
                sqlite: "SELECT d.id, d.domain FROM delivery_bodies b CROSS JOIN deliveries d ON d.body_id = b.id
                  WHERE b.actor_account_id = $1 AND b.subject = $2 ORDER BY d.id LIMIT $3",
            ),
            args![actor, subject, limit],
        )
        .await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let (ids, domains): (Vec<DeliveryId>, Vec<String>) = found.into_iter().unzip();
    // Whoever writes down what came of a turn locks hosts first.
    hosts::lock(tx, &domains).await?;
    let lists: Vec<String> = tx.column(sql!("DELETE FROM deliveries WHERE id = ANY($1) RETURNING inboxes"), args![ids.as_slice()]).await?;
    Ok(lists.iter().filter_map(|list| serde_json::from_str::<Vec<String>>(list).ok()).flatten().collect())
}

/// Leaves a delivery due, for the inboxes that are left of it.
pub async fn shorten(tx: &Tx, id: DeliveryId, inboxes: &[String]) -> Result<()> {
    let inboxes = serde_json::Value::from(inboxes.to_vec()).to_string();
    tx.exec(sql!("UPDATE deliveries SET inboxes = $2 WHERE id = $1"), args![id, inboxes]).await.map(drop)
}

/// Lays a delivery among the dead letters, with the inboxes that are left of it.
pub async fn bury(tx: &Tx, id: DeliveryId, inboxes: &[String], error: &str) -> Result<()> {
    let inboxes = serde_json::Value::from(inboxes.to_vec()).to_string();
    tx.exec(
        sql!("UPDATE deliveries SET inboxes = $2, dead_at = $3, last_error = $4, attempts = attempts + 1 WHERE id = $1"),
        args![id, inboxes, tx.now(), error],
    )
    .await
    .map(drop)
}

/// Lays all that waits for a host among the dead letters.
pub async fn bury_of_host(tx: &Tx, domain: &str, error: &str) -> Result<u64> {
    tx.exec(
        sql!("UPDATE deliveries SET dead_at = $2, last_error = COALESCE(last_error, $3) WHERE domain = $1 AND dead_at IS NULL"),
        args![domain, tx.now(), error],
    )
    .await
}

/// Takes away all that waits for a host.
pub async fn drop_of_host(tx: &Tx, domain: &str) -> Result<u64> {
    tx.exec(sql!("DELETE FROM deliveries WHERE domain = $1 AND dead_at IS NULL"), args![domain]).await
}

/// Queues dead letters again: one, or all with `None`. Their hosts are tried whatever is known of them. Returns how many.
pub async fn revive(tx: &Tx, id: Option<DeliveryId>) -> Result<u64> {
    let mut domains: Vec<String> = tx
        .column(
            sql!(
                "UPDATE deliveries SET dead_at = NULL, attempts = 0, next_try_at = $1
                  WHERE dead_at IS NOT NULL AND (CAST($2 AS BIGINT) IS NULL OR id = $2) RETURNING domain"
            ),
            args![tx.now(), id],
        )
        .await?;
    let revived = domains.len() as u64;
    domains.sort();
    domains.dedup();
    hosts::revive(tx, &domains).await?;
    if revived > 0 {
        tx.wake(BELL);
    }
    Ok(revived)
}

/// Deletes dead letters older than `before` (milliseconds UTC), at most `limit`.
pub async fn delete_dead(tx: &Tx, before: i64, limit: i64) -> Result<u64> {
    tx.exec(
        sql!("DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE dead_at IS NOT NULL AND dead_at < $1 LIMIT $2)"),
        args![before, limit],
    )
    .await
}

/// Deletes activities from before `before` (milliseconds UTC) that nobody waits for any more, at most `limit`.
pub async fn delete_bodies(tx: &Tx, before: i64, limit: i64) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM delivery_bodies WHERE id IN (
                SELECT b.id FROM delivery_bodies b WHERE b.created_at < $1 AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.body_id = b.id)
                 ORDER BY b.created_at LIMIT $2)"
        ),
        args![before, limit],
    )
    .await
}

/// Whether something signed by this account still waits to be sent.
pub async fn waits_for_key(r: &Reader, actor: AccountId) -> Result<bool> {
    let waits = r.value::<i64>(
        sql!(
            "SELECT 1 FROM delivery_bodies b WHERE b.actor_account_id = $1
                AND EXISTS (SELECT 1 FROM deliveries d WHERE d.body_id = b.id AND d.dead_at IS NULL) LIMIT 1"
        ),
        args![actor],
    );
    Ok(waits.await?.is_some())
}

/// The inbox of one remote account alone; `None` for a local one, and for one that has none.
pub async fn inbox_of(r: &Reader, account: AccountId) -> Result<Option<String>> {
    r.value(
        sql!(
            "SELECT CASE WHEN inbox_url <> '' THEN inbox_url ELSE shared_inbox_url END FROM accounts
              WHERE id = $1 AND domain <> '' AND (inbox_url <> '' OR shared_inbox_url <> '')"
        ),
        args![account],
    )
    .await
}

/// Nothing is sent to `inbox` any more, whoever had it, until their actor names one again.
pub async fn forget_inbox(tx: &Tx, inbox: &str) -> Result<()> {
    tx.exec(sql!("UPDATE accounts SET shared_inbox_url = '' WHERE shared_inbox_url = $1 AND shared_inbox_url <> ''"), args![inbox]).await?;
    tx.exec(sql!("UPDATE accounts SET inbox_url = '' WHERE inbox_url = $1 AND inbox_url <> ''"), args![inbox]).await.map(drop)
}

record! {
    /// Numbers for `/metrics` and the CLI.
    pub struct Counts {
        pub waiting: i64,
        pub dead: i64,
    }
}

pub async fn counts(r: &Reader) -> Result<Counts> {
    r.one(sql!("SELECT COUNT(*) - COUNT(dead_at), COUNT(dead_at) FROM deliveries"), args![]).await
}

record! {
    /// A delivery as the CLI shows it.
    pub struct Shown {
        pub id: DeliveryId,
        pub domain: String,
        pub inboxes: String,
        pub attempts: i64,
        pub next_try_at: i64,
        pub last_error: Option<String>,
        pub created_at: i64,
        pub dead_at: Option<i64>,
        pub activity_uri: String,
        pub actor_account_id: AccountId,
        pub body: String,
    }
}

/// One delivery with its activity.
pub async fn find(r: &Reader, id: DeliveryId) -> Result<Option<Shown>> {
    r.maybe(
        sql!(
            "SELECT d.id, d.domain, d.inboxes, d.attempts, d.next_try_at, d.last_error, d.created_at, d.dead_at,
                    b.activity_uri, b.actor_account_id, b.body
               FROM deliveries d JOIN delivery_bodies b ON b.id = d.body_id WHERE d.id = $1"
        ),
        args![id],
    )
    .await
}

/// The newest dead letters.
pub async fn list_dead(r: &Reader, limit: i64) -> Result<Vec<Shown>> {
    r.all(
        sql!(
            "SELECT d.id, d.domain, d.inboxes, d.attempts, d.next_try_at, d.last_error, d.created_at, d.dead_at,
                    b.activity_uri, b.actor_account_id, b.body
               FROM deliveries d JOIN delivery_bodies b ON b.id = d.body_id
              WHERE d.dead_at IS NOT NULL ORDER BY d.dead_at DESC LIMIT $1"
        ),
        args![limit],
    )
    .await
}
