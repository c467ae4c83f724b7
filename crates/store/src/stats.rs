//! Counters of accounts and statuses: narrow rows, changed last in a transaction and in id order.

use crate::{AccountId, Result, StatusId, Tx, args, sql};

/// What a transaction adds to an account's counters.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountDelta {
    pub statuses: i64,
    pub following: i64,
    pub followers: i64,
    /// Milliseconds UTC, when a status was posted.
    pub last_status_at: Option<i64>,
}

/// What a transaction adds to a status's counters.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatusDelta {
    pub replies: i64,
    pub reblogs: i64,
    pub favourites: i64,
}

/// Changes the counters of these accounts, each at most once. (The casts are for PostgreSQL, which would
/// take an argument compared with a small number for a small number.)
pub async fn add_to_accounts(tx: &Tx, mut deltas: Vec<(AccountId, AccountDelta)>) -> Result<()> {
    deltas.sort_by_key(|(id, _)| *id);
    for (id, delta) in deltas {
        tx.exec(
            sql!(
                "INSERT INTO account_stats (account_id, statuses_count, following_count, followers_count, last_status_at)
                 VALUES ($1, CASE WHEN CAST($2 AS BIGINT) > 0 THEN $2 ELSE 0 END, CASE WHEN CAST($3 AS BIGINT) > 0 THEN $3 ELSE 0 END, CASE WHEN CAST($4 AS BIGINT) > 0 THEN $4 ELSE 0 END, $5)
                 ON CONFLICT (account_id) DO UPDATE SET
                    statuses_count = CASE WHEN account_stats.statuses_count + $2 > 0 THEN account_stats.statuses_count + $2 ELSE 0 END,
                    following_count = CASE WHEN account_stats.following_count + $3 > 0 THEN account_stats.following_count + $3 ELSE 0 END,
                    followers_count = CASE WHEN account_stats.followers_count + $4 > 0 THEN account_stats.followers_count + $4 ELSE 0 END,
                    last_status_at = COALESCE($5, account_stats.last_status_at)"
            ),
            args![id, delta.statuses, delta.following, delta.followers, delta.last_status_at],
        )
        .await?;
    }
    Ok(())
}

/// Changes the counters of these statuses, each at most once. What a status's own server counts changes along with what
/// is known here, so that a favourite of somebody here is seen before that server says a new number.
pub async fn add_to_statuses(tx: &Tx, mut deltas: Vec<(StatusId, StatusDelta)>) -> Result<()> {
    deltas.sort_by_key(|(id, _)| *id);
    for (id, delta) in deltas {
        tx.exec(
            sql!(
                "INSERT INTO status_stats (status_id, replies_count, reblogs_count, favourites_count)
                 VALUES ($1, CASE WHEN CAST($2 AS BIGINT) > 0 THEN $2 ELSE 0 END, CASE WHEN CAST($3 AS BIGINT) > 0 THEN $3 ELSE 0 END, CASE WHEN CAST($4 AS BIGINT) > 0 THEN $4 ELSE 0 END)
                 ON CONFLICT (status_id) DO UPDATE SET
                    replies_count = CASE WHEN status_stats.replies_count + $2 > 0 THEN status_stats.replies_count + $2 ELSE 0 END,
                    reblogs_count = CASE WHEN status_stats.reblogs_count + $3 > 0 THEN status_stats.reblogs_count + $3 ELSE 0 END,
                    favourites_count = CASE WHEN status_stats.favourites_count + $4 > 0 THEN status_stats.favourites_count + $4 ELSE 0 END,
                    untrusted_reblogs_count = CASE WHEN status_stats.untrusted_reblogs_count + $3 < 0 THEN 0
                                                   ELSE status_stats.untrusted_reblogs_count + $3 END,
                    untrusted_favourites_count = CASE WHEN status_stats.untrusted_favourites_count + $4 < 0 THEN 0
                                                      ELSE status_stats.untrusted_favourites_count + $4 END"
            ),
            args![id, delta.replies, delta.reblogs, delta.favourites],
        )
        .await?;
    }
    Ok(())
}

/// Keeps what a status's own server counts; `None` stays as it is. A status that nobody has done anything with needs no
/// row for that.
pub async fn set_untrusted(tx: &Tx, id: StatusId, reblogs: Option<i64>, favourites: Option<i64>) -> Result<()> {
    if reblogs.is_none() && favourites.is_none() {
        return Ok(());
    }
    let args = args![id, reblogs, favourites];
    if reblogs.unwrap_or(0) == 0 && favourites.unwrap_or(0) == 0 {
        tx.exec(
            sql!(
                "UPDATE status_stats SET untrusted_reblogs_count = COALESCE(CAST($2 AS BIGINT), untrusted_reblogs_count),
                        untrusted_favourites_count = COALESCE(CAST($3 AS BIGINT), untrusted_favourites_count)
                  WHERE status_id = $1"
            ),
            args,
        )
        .await
        .map(drop)
    } else {
        tx.exec(
            sql!(
                "INSERT INTO status_stats (status_id, untrusted_reblogs_count, untrusted_favourites_count) VALUES ($1, $2, $3)
                 ON CONFLICT (status_id) DO UPDATE SET
                    untrusted_reblogs_count = COALESCE(excluded.untrusted_reblogs_count, status_stats.untrusted_reblogs_count),
                    untrusted_favourites_count = COALESCE(excluded.untrusted_favourites_count, status_stats.untrusted_favourites_count)"
            ),
            args,
        )
        .await
        .map(drop)
    }
}
