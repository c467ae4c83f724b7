//! Other servers, as far as their accounts tell of them.

use crate::{Reader, Result, args, sql};

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
