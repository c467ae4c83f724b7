//! Other servers: whose accounts are known, and whether they take what is sent to them.
//!
//! A host is claimed before its deliveries, so that one that does not answer is one row in the way, not thousands.
//! `lease_until` is when it may be claimed: before, somebody has it, or it rests after failures.

use crate::{Reader, Result, Tx, args, record, sql};

/// The bell that rings when something is due for a host, among those of the job table's lanes.
pub const BELL: u32 = 7;

/// Behind every domain.
const LAST: char = '\u{10FFFF}';

/// Domains of known remote accounts that begin with `prefix`, in order, at most `limit`. Jumps from one
/// domain to the next, however many accounts each has.
pub async fn list_known(r: &Reader, prefix: &str, limit: i64) -> Result<Vec<String>> {
    r.column(
        sql!(
            "WITH RECURSIVE known(domain) AS (
                SELECT MIN(domain) FROM accounts WHERE domain >= $1 AND domain > '' AND domain < $2
                 UNION ALL
                SELECT (SELECT MIN(a.domain) FROM accounts a WHERE a.domain > known.domain AND a.domain < $2) FROM known WHERE known.domain IS NOT NULL)
             SELECT domain FROM known WHERE domain IS NOT NULL LIMIT $3"
        ),
        args![prefix, format!("{prefix}{LAST}"), limit],
    )
    .await
}

record! {
    /// What is known of how a host does.
    #[derive(Default)]
    pub struct Host {
        /// The name of its program; empty if unknown.
        pub software: String,
        pub software_version: String,
        /// When it was last to be asked for these, milliseconds UTC.
        pub software_checked_at: Option<i64>,
        /// Deliveries that failed one after the other.
        pub failures: i64,
        pub last_success_at: Option<i64>,
        /// Since when nothing is sent to it any more, milliseconds UTC.
        pub unavailable_at: Option<i64>,
    }
}

pub async fn find_shown(r: &Reader, domain: &str) -> Result<Option<Host>> {
    r.maybe(
        sql!(
            "SELECT software, software_version, software_checked_at, failures, last_success_at, unavailable_at
               FROM hosts WHERE domain = $1"
        ),
        args![domain],
    )
    .await
}

/// Notes that a host is asked now what it runs. False, and the row is not touched, if that was noted within the last
/// `pause_ms`: of two at once one gets true.
pub async fn begin_software_check(tx: &Tx, domain: &str, pause_ms: i64) -> Result<bool> {
    let now = tx.now();
    let begun = tx
        .exec(
            sql!(
                "INSERT INTO hosts (domain, software_checked_at, first_seen_at)
                 SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($2 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM hosts WHERE domain = $1 AND software_checked_at > $3)
                     ON CONFLICT (domain) DO UPDATE SET software_checked_at = excluded.software_checked_at
                  WHERE hosts.software_checked_at IS NULL OR hosts.software_checked_at <= $3"
            ),
            args![domain, now, now - pause_ms],
        )
        .await?;
    Ok(begun > 0)
}

/// Keeps what a known host says that it runs.
pub async fn set_software(tx: &Tx, domain: &str, name: &str, version: &str) -> Result<()> {
    tx.exec(sql!("UPDATE hosts SET software = $2, software_version = $3 WHERE domain = $1"), args![domain, name, version]).await.map(drop)
}

/// Deliveries that wait to be sent to a host.
pub async fn count_waiting(r: &Reader, domain: &str) -> Result<i64> {
    Ok(r.value(sql!("SELECT COUNT(*) FROM deliveries WHERE domain = $1 AND dead_at IS NULL"), args![domain]).await?.unwrap_or_default())
}

record! {
    /// A host whose deliveries are in a sender's hands.
    pub struct Claimed {
        pub domain: String,
        /// 0 unknown, 1 the draft's signatures, 2 RFC 9421's.
        pub signature_dialect: i64,
        /// In a row.
        pub failures: i64,
        /// Distinct days with failures since the last success.
        pub failing_days: i64,
        /// Days since 1970.
        pub last_failed_day: Option<i64>,
    }
}

/// Has hosts tried now, at the latest when they have rested. Returns those that may be: not the unavailable ones.
/// Whoever locks several hosts does it in the order of their names.
pub async fn want(tx: &Tx, domains: &[String]) -> Result<Vec<String>> {
    tx.column(
        sql!(
            "INSERT INTO hosts (domain, next_try_at, first_seen_at)
             SELECT t.domain, $2, $2 FROM unnest(CAST($1 AS TEXT[])) AS t(domain) ORDER BY t.domain
                 ON CONFLICT (domain) DO UPDATE
                    SET next_try_at = CASE WHEN hosts.next_try_at < excluded.next_try_at THEN hosts.next_try_at ELSE excluded.next_try_at END
                  WHERE hosts.unavailable_at IS NULL RETURNING domain",
            sqlite: "INSERT INTO hosts (domain, next_try_at, first_seen_at)
             SELECT t.value, $2, $2 FROM json_each($1) t WHERE TRUE ORDER BY t.value
                 ON CONFLICT (domain) DO UPDATE
                    SET next_try_at = CASE WHEN hosts.next_try_at < excluded.next_try_at THEN hosts.next_try_at ELSE excluded.next_try_at END
                  WHERE hosts.unavailable_at IS NULL RETURNING domain",
        ),
        args![domains, tx.now()],
    )
    .await
}

/// Takes up to `limit` hosts for `lease_ms` for which something is due, and that neither rest nor belong to another
/// sender: those that failed the last time, or the others.
pub async fn claim(tx: &Tx, owner: &str, failing: bool, limit: i64, lease_ms: i64) -> Result<Vec<Claimed>> {
    let now = tx.now();
    tx.all(
        sql!(
            "UPDATE hosts SET leased_by = $1, lease_until = $2
              WHERE domain IN (SELECT h.domain FROM hosts h
                                WHERE h.next_try_at <= $3 AND (h.lease_until IS NULL OR h.lease_until <= $3) AND h.unavailable_at IS NULL
                                  AND (h.failures > 0) = $4
                                ORDER BY h.next_try_at, h.domain LIMIT $5 FOR UPDATE SKIP LOCKED)
              RETURNING domain, signature_dialect, failures, failing_days, last_failed_day"
        ),
        args![owner, now + lease_ms, now, failing, limit],
    )
    .await
}

/// Keeps hosts that `owner` holds for another `lease_ms`.
pub async fn renew(tx: &Tx, owner: &str, domains: &[String], lease_ms: i64) -> Result<u64> {
    let now = tx.now();
    lock(tx, domains).await?;
    tx.exec(sql!("UPDATE hosts SET lease_until = $1 WHERE domain = ANY($2) AND leased_by = $3"), args![now + lease_ms, domains, owner]).await
}

/// When the next host is due, milliseconds UTC.
pub async fn next_due(r: &Reader) -> Result<Option<i64>> {
    Ok(r.value(
        sql!(
            "SELECT MIN(CASE WHEN lease_until > next_try_at THEN lease_until ELSE next_try_at END) FROM hosts
              WHERE next_try_at IS NOT NULL AND unavailable_at IS NULL"
        ),
        args![],
    )
    .await?
    .flatten())
}

/// Holds these rows until the transaction ends: what is queued for them meanwhile is seen by the statements to come.
pub async fn lock(tx: &Tx, domains: &[String]) -> Result<()> {
    tx.column::<String>(sql!("SELECT domain FROM hosts WHERE domain = ANY($1) ORDER BY domain FOR UPDATE"), args![domains]).await.map(drop)
}

/// Gives hosts back that took what they were sent.
pub async fn release(tx: &Tx, owner: &str, domains: &[String]) -> Result<u64> {
    tx.exec(
        sql!(
            "UPDATE hosts SET leased_by = NULL, lease_until = NULL, failures = 0, failing_days = 0, last_failed_day = NULL, last_success_at = $3,
                    next_try_at = (SELECT MIN(d.next_try_at) FROM deliveries d WHERE d.domain = hosts.domain AND d.dead_at IS NULL)
              WHERE domain = ANY($1) AND leased_by = $2"
        ),
        args![domains, owner, tx.now()],
    )
    .await
}

/// What a host that failed is known by from now on.
#[derive(Clone, Debug, Default)]
pub struct Failed {
    pub failures: i64,
    pub failing_days: i64,
    pub last_failed_day: Option<i64>,
    /// It rests until then, milliseconds UTC.
    pub rests_until: Option<i64>,
    /// Nothing is queued for it any more, until it shows that it lives.
    pub unavailable: bool,
}

/// Gives a host back that failed, or that was not asked.
pub async fn release_failed(tx: &Tx, owner: &str, domain: &str, failed: &Failed) -> Result<u64> {
    tx.exec(
        sql!(
            "UPDATE hosts SET leased_by = NULL, lease_until = $3, failures = $4, failing_days = $5, last_failed_day = $6, unavailable_at = $7,
                    next_try_at = (SELECT MIN(d.next_try_at) FROM deliveries d WHERE d.domain = hosts.domain AND d.dead_at IS NULL)
              WHERE domain = $1 AND leased_by = $2"
        ),
        args![domain, owner, failed.rests_until, failed.failures, failed.failing_days, failed.last_failed_day, failed.unavailable.then(|| tx.now())],
    )
    .await
}

/// Gives back all hosts that `owner` holds, or with `None` all that anybody holds: only for a process that knows that no
/// other sends.
pub async fn give_back(tx: &Tx, owner: Option<&str>) -> Result<u64> {
    tx.exec(
        sql!("UPDATE hosts SET leased_by = NULL, lease_until = NULL WHERE leased_by IS NOT NULL AND (CAST($1 AS TEXT) IS NULL OR leased_by = $1)"),
        args![owner],
    )
    .await
}

/// Remembers which signatures a host takes.
pub async fn set_dialect(tx: &Tx, domain: &str, dialect: i64) -> Result<()> {
    tx.exec(sql!("UPDATE hosts SET signature_dialect = $2 WHERE domain = $1"), args![domain, dialect]).await.map(drop)
}

/// The host has shown that it lives: its failures are forgotten, and what waits for it is tried when it is due.
pub async fn alive(tx: &Tx, domain: &str) -> Result<()> {
    let revived = tx
        .exec(
            sql!(
                "UPDATE hosts SET failures = 0, failing_days = 0, last_failed_day = NULL, unavailable_at = NULL,
                        lease_until = CASE WHEN leased_by IS NULL THEN NULL ELSE lease_until END
                  WHERE domain = $1 AND (failures > 0 OR failing_days > 0 OR unavailable_at IS NOT NULL)"
            ),
            args![domain],
        )
        .await?;
    if revived > 0 {
        tx.wake(BELL);
    }
    Ok(())
}

/// Has these hosts tried at once, whatever is known of them.
pub async fn revive(tx: &Tx, domains: &[String]) -> Result<()> {
    lock(tx, domains).await?;
    tx.exec(
        sql!(
            "UPDATE hosts SET failures = 0, failing_days = 0, last_failed_day = NULL, unavailable_at = NULL, next_try_at = $2,
                    lease_until = CASE WHEN leased_by IS NULL THEN NULL ELSE lease_until END
              WHERE domain = ANY($1)"
        ),
        args![domains, tx.now()],
    )
    .await
    .map(drop)
}

record! {
    /// A host for which something waits, or that does not answer.
    pub struct Waiting {
        pub domain: String,
        pub waiting: i64,
        pub dead: i64,
        /// When it is tried again, milliseconds UTC.
        pub next_try_at: Option<i64>,
        pub failures: i64,
        pub failing_days: i64,
        pub last_success_at: Option<i64>,
        pub unavailable_at: Option<i64>,
        /// Of the delivery that failed last.
        pub last_error: Option<String>,
    }
}

/// Hosts for which something waits or that do not answer, by name, at most `limit`.
pub async fn list_waiting(r: &Reader, limit: i64) -> Result<Vec<Waiting>> {
    r.all(
        sql!(
            "SELECT h.domain,
                    (SELECT COUNT(*) FROM deliveries d WHERE d.domain = h.domain AND d.dead_at IS NULL),
                    (SELECT COUNT(*) FROM deliveries d WHERE d.domain = h.domain AND d.dead_at IS NOT NULL),
                    CASE WHEN h.lease_until > h.next_try_at THEN h.lease_until ELSE h.next_try_at END,
                    h.failures, h.failing_days, h.last_success_at, h.unavailable_at,
                    (SELECT d.last_error FROM deliveries d WHERE d.domain = h.domain AND d.last_error IS NOT NULL ORDER BY d.next_try_at DESC LIMIT 1)
               FROM hosts h WHERE h.next_try_at IS NOT NULL OR h.unavailable_at IS NOT NULL OR h.failures > 0
              ORDER BY h.domain LIMIT $1"
        ),
        args![limit],
    )
    .await
}
