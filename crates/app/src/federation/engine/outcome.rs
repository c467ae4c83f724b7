//! What came of turns is written down, for many hosts at once.

use store::hosts::{self, Failed};
use store::{DeliveryId, Tx, deliveries};

use super::turn::{Ending, FAILURES_MAX, Turn};
use crate::Result;
use crate::clock::DAY_MS;

/// How long a host rests after [`FAILURES_MAX`] failures in a row.
const BREAK_MS: i64 = 60_000;
/// On so many days a host has failed, and never answered in between: nothing is queued for it any more.
const FAILING_DAYS_MAX: i64 = 7;
const ERROR_CHARS: usize = 500;

/// Takes away what arrived, puts off what did not, and gives the hosts back.
pub(super) async fn write(tx: &Tx, owner: &str, turns: &[Turn]) -> Result<()> {
    let domains: Vec<String> = turns.iter().map(|turn| turn.host.domain.clone()).collect();
    hosts::lock(tx, &domains).await?;
    let endings = || turns.iter().flat_map(|turn| &turn.endings);
    let done: Vec<DeliveryId> = endings().filter(|(_, ending)| *ending == Ending::Done).map(|(id, _)| *id).collect();
    if !done.is_empty() {
        deliveries::complete(tx, &done).await?;
    }
    for (id, ending) in endings() {
        match ending {
            Ending::Done => {}
            Ending::Left { inboxes } => deliveries::shorten(tx, *id, inboxes).await?,
            Ending::Retry { inboxes, why, at_ms } => deliveries::retry(tx, *id, inboxes, *at_ms, &short(why)).await?,
            Ending::Dead { inboxes, why } => deliveries::bury(tx, *id, inboxes, &short(why)).await?,
        }
    }
    for inbox in turns.iter().flat_map(|turn| &turn.gone) {
        deliveries::forget_inbox(tx, inbox).await?;
    }
    let mut well = Vec::new();
    for turn in turns {
        if let Some(dialect) = turn.dialect {
            hosts::set_dialect(tx, &turn.host.domain, dialect).await?;
        }
        if turn.answered && !turn.failed && turn.rests_until.is_none() {
            well.push(turn.host.domain.clone());
        } else {
            give_back(tx, owner, turn).await?;
        }
    }
    if !well.is_empty() {
        hosts::release(tx, owner, &well).await?;
    }
    Ok(())
}

async fn give_back(tx: &Tx, owner: &str, turn: &Turn) -> Result<()> {
    let (host, now) = (&turn.host, tx.now());
    let today = now / DAY_MS;
    let is_new_day = turn.failed && host.last_failed_day != Some(today);
    let failing_days = if turn.answered { 0 } else { host.failing_days } + i64::from(is_new_day || (turn.failed && turn.answered));
    let failed = Failed {
        failures: turn.failures,
        failing_days,
        last_failed_day: if turn.failed { Some(today) } else { host.last_failed_day },
        rests_until: turn.rests_until.max((turn.failed && turn.failures >= FAILURES_MAX).then_some(now + BREAK_MS)),
        unavailable: failing_days >= FAILING_DAYS_MAX,
    };
    if turn.suspended {
        deliveries::drop_of_host(tx, &host.domain).await?;
    }
    if failed.unavailable {
        deliveries::bury_of_host(tx, &host.domain, "the host has not answered for days").await?;
        tracing::info!(domain = host.domain, "a host has not answered for days; nothing is queued for it until it does");
    }
    hosts::release_failed(tx, owner, &host.domain, &failed).await?;
    Ok(())
}

/// An error as it is kept: no end of it, and nothing that a database cannot store.
fn short(why: &str) -> String {
    why.chars().filter(|c| *c != '\0').take(ERROR_CHARS).collect()
}
