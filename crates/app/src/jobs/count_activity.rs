//! CountActivity: counts the statuses made since it last did, day by day, so that posting itself counts
//! nothing. What was deleted in between is not counted.

use store::instance_activity::{self, DAY_MS, STATUSES};

use super::job::Job;
use crate::queue::{CountActivity, Outcome};
use crate::{App, Result, queue};

/// Transactions that began before have ended by then, so that no status appears behind the count.
const SETTLED_MS: i64 = 60 * 1000;
/// Time looked at in one run; what is left waits for the next.
const SPAN_MAX_MS: i64 = 7 * DAY_MS;
/// As far back as anybody asks.
const KEPT_DAYS: i64 = 183;
/// Where a server begins that has never counted.
const BEGIN_DAYS: i64 = 84;

impl Job for CountActivity {
    async fn run(self, app: &App) -> Result<Outcome> {
        let now = app.now_ms();
        app.write(move |tx| async move {
            let from = instance_activity::counted_until(&tx).await?.unwrap_or(now - BEGIN_DAYS * DAY_MS);
            let until = (now - SETTLED_MS).min(from + SPAN_MAX_MS);
            if until <= from {
                return Ok(Outcome::Done);
            }
            for (day, made) in instance_activity::count_statuses(&tx, from, until).await? {
                instance_activity::add(&tx, STATUSES, day, made).await?;
            }
            instance_activity::set_counted_until(&tx, until).await?;
            instance_activity::delete_before(&tx, now.div_euclid(DAY_MS) - KEPT_DAYS).await?;
            if until == from + SPAN_MAX_MS {
                queue::enqueue(&tx, &CountActivity {}).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
