//! How busy the instance was, day by day.
//!
//! Days are whole days since 1970, UTC. Nothing here is written on the way of a post: statuses are
//! counted afterwards, by the range of their ids. Who was here is kept as numbers, not as people: a
//! person counts on the first visit of a day, under the days since their visit before. So the people of
//! any seven days are known without naming one: on the n-th of them, those who were away for n days or
//! more had not been counted yet.

use crate::ids::RANDOM_BITS;
use crate::{Reader, Result, Tx, UserId, args, sql};

/// Milliseconds.
pub const DAY_MS: i64 = 86_400_000;
/// Public and unlisted local statuses and reblogs.
pub const STATUSES: &str = "statuses";
/// People who became able to sign in.
pub const REGISTRATIONS: &str = "registrations";
/// Visits by the days since the visit before; the last: seven or more, or never here before.
const LOGINS: [&str; 7] = ["logins_1", "logins_2", "logins_3", "logins_4", "logins_5", "logins_6", "logins_7"];

/// Adds to a day's number.
pub async fn add(tx: &Tx, measure: &str, day: i64, by: i64) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO instance_activity (day, measure, value) VALUES ($1, $2, $3)
             ON CONFLICT (measure, day) DO UPDATE SET value = instance_activity.value + excluded.value"
        ),
        args![day, measure, by],
    )
    .await
    .map(drop)
}

/// All numbers of the days since `day`: measure, day, value.
pub async fn list_since(r: &Reader, day: i64) -> Result<Vec<(String, i64, i64)>> {
    r.all(sql!("SELECT measure, day, value FROM instance_activity WHERE day >= $1 ORDER BY measure, day"), args![day]).await
}

/// Forgets the days before `day`.
pub async fn delete_before(tx: &Tx, day: i64) -> Result<()> {
    tx.exec(sql!("DELETE FROM instance_activity WHERE day < $1"), args![day]).await.map(drop)
}

/// The sum of a plain measure over the seven days from `day` on.
pub fn week_of(rows: &[(String, i64, i64)], measure: &str, day: i64) -> i64 {
    rows.iter().filter(|(name, at, _)| name == measure && (day..day + 7).contains(at)).map(|(_, _, value)| value).sum()
}

/// How many people were here in the seven days from `day` on, each counted once.
pub fn people_of_week(rows: &[(String, i64, i64)], day: i64) -> i64 {
    let is_first = |name: &str, at: i64| LOGINS.iter().skip(usize::try_from(at - day).unwrap_or(LOGINS.len())).any(|counted| *counted == name);
    rows.iter().filter(|(name, at, _)| (day..day + 7).contains(at) && is_first(name, *at)).map(|(_, _, value)| value).sum()
}

/// Counts who of these users is here for the first time today. Before their visit is noted.
pub(crate) async fn count_visits(tx: &Tx, users: &[UserId]) -> Result<()> {
    let today = tx.now().div_euclid(DAY_MS);
    let visits: Vec<(i64, i64)> = tx
        .all(
            sql!(
                "SELECT gap, COUNT(*) FROM
                    (SELECT CASE WHEN last_active_at IS NULL OR last_active_at = created_at OR $2 - last_active_at / $3 > 7 THEN 7
                                 ELSE $2 - last_active_at / $3 END AS gap
                       FROM users WHERE id = ANY($1)) AS visits
                  WHERE gap > 0 GROUP BY gap ORDER BY gap"
            ),
            args![users, today, DAY_MS],
        )
        .await?;
    for (gap, people) in visits {
        if let Some(measure) = usize::try_from(gap - 1).ok().and_then(|at| LOGINS.get(at)) {
            add(tx, measure, today, people).await?;
        }
    }
    Ok(())
}

/// Milliseconds UTC up to which statuses have been counted.
pub async fn counted_until(r: &Reader) -> Result<Option<i64>> {
    let text: Option<String> = r.value(sql!("SELECT value FROM meta WHERE name = 'activity_counted_until'"), args![]).await?;
    Ok(text.and_then(|text| text.parse().ok()))
}

pub async fn set_counted_until(tx: &Tx, until_ms: i64) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO meta (name, value) VALUES ('activity_counted_until', $1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ),
        args![until_ms.to_string()],
    )
    .await
    .map(drop)
}

/// Local public and unlisted statuses and reblogs made from `from_ms` on and before `until_ms`, by day.
/// Served by the primary key.
pub async fn count_statuses(r: &Reader, from_ms: i64, until_ms: i64) -> Result<Vec<(i64, i64)>> {
    r.all(
        sql!(
            "SELECT created_at / $3, COUNT(*) FROM statuses
              WHERE id >= $1 AND id < $2 AND local = TRUE AND visibility <= 1 AND deleted_at IS NULL GROUP BY 1 ORDER BY 1"
        ),
        args![from_ms << RANDOM_BITS, until_ms << RANDOM_BITS, DAY_MS],
    )
    .await
}
