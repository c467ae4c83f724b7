//! Other servers, as far as their accounts tell of them.

use crate::{Reader, Result, args, record, sql};

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
    pub struct Host {
        /// The name of its program; empty if unknown.
        pub software: String,
        pub software_version: String,
        /// Deliveries that failed one after the other.
        pub failures: i64,
        pub last_success_at: Option<i64>,
        /// Since when nothing is sent to it any more, milliseconds UTC.
        pub unavailable_at: Option<i64>,
    }
}

pub async fn find_shown(r: &Reader, domain: &str) -> Result<Option<Host>> {
    r.maybe(sql!("SELECT software, software_version, failures, last_success_at, unavailable_at FROM hosts WHERE domain = $1"), args![domain]).await
}

/// Deliveries that wait to be sent to a host.
pub async fn count_waiting(r: &Reader, domain: &str) -> Result<i64> {
    Ok(r.value(sql!("SELECT COUNT(*) FROM deliveries WHERE domain = $1 AND dead_at IS NULL"), args![domain]).await?.unwrap_or_default())
}
