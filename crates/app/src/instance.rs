//! What the instance says of itself, counted at most every few minutes.

use store::accounts::Account;
use store::{accounts, statuses, users};

use crate::jobs::DAY_MS;
use crate::{App, Result};

const COUNT_EVERY_MS: i64 = 5 * 60 * 1000;
const MONTH_MS: i64 = 30 * DAY_MS;

/// Numbers of the instance.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub users: i64,
    pub active_month: i64,
    pub statuses: i64,
    pub contact: Option<Account>,
}

/// The numbers, at most five minutes old.
pub async fn facts(app: &App) -> Result<Facts> {
    let now = app.now_ms();
    let kept = app.facts.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    if let Some((at, facts)) = kept
        && (0..COUNT_EVERY_MS).contains(&(now - at))
    {
        return Ok(facts);
    }
    let facts = app
        .read(move |r| async move {
            let (users, active_month) = users::count(&r, now - MONTH_MS).await?;
            let contact = match users::contact_account(&r).await? {
                Some(id) => accounts::find(&r, id).await?,
                None => None,
            };
            Ok(Facts { users, active_month, statuses: statuses::count_local(&r).await?, contact })
        })
        .await?;
    *app.facts.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((now, facts.clone()));
    Ok(facts)
}
