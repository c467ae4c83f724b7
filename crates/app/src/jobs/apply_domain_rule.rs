//! ApplyDomainRule: brings accounts of a host, and of those below it, to what is decided about them; a batch a
//! transaction.
//!
//! Each time the rule is read anew, so a job of an earlier rule does what the later one says.

use std::collections::BTreeMap;

use store::stats::{self, AccountDelta};
use store::{AccountId, Tx, domain_rules, follow_requests, follows};

use super::job::Job;
use crate::accounts::follow;
use crate::federation::domains;
use crate::queue::{ApplyDomainRule, Outcome, enqueue};
use crate::{App, Result};

/// Accounts in one transaction.
const BATCH: i64 = 50;
/// Follows ended, and attachments whose files go, in one transaction.
const TIES: i64 = 200;
/// Known hosts looked at in one transaction.
const HOSTS: i64 = 500;

impl Job for ApplyDomainRule {
    async fn run(self, app: &App) -> Result<Outcome> {
        let limited = app.options.limited_federation;
        app.write(move |tx| async move {
            let next = if self.host.is_empty() { next_host(&tx, self).await? } else { some_accounts(&tx, self, limited).await? };
            if let Some(next) = next {
                enqueue(&tx, &next).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}

/// Looks for the next host that the rule is for.
async fn next_host(tx: &Tx, job: ApplyDomainRule) -> Result<Option<ApplyDomainRule>> {
    let scanned = job.scanned.clone().unwrap_or_default();
    let hosts = domain_rules::list_hosts_after(tx, &scanned, HOSTS).await?;
    let found = hosts.iter().find(|host| **host != job.domain && crate::cache::domains::covers(&job.domain, host)).cloned();
    Ok(match found {
        Some(host) => Some(ApplyDomainRule { scanned: Some(host.clone()), host, after: AccountId(0), ..job }),
        None if hosts.len() as i64 == HOSTS => Some(ApplyDomainRule { scanned: hosts.last().cloned(), ..job }),
        None => None,
    })
}

/// Does the next accounts of a host; one with many ties takes several times.
async fn some_accounts(tx: &Tx, job: ApplyDomainRule, limited: bool) -> Result<Option<ApplyDomainRule>> {
    let ruling = domains::ruling(tx, &job.host, limited).await?;
    let accounts = domain_rules::list_accounts(tx, &job.host, job.after, BATCH).await?;
    domains::apply(tx, &accounts, &ruling, job.lifted).await?;
    if job.after.0 == 0 && ruling.reject_media {
        domain_rules::remove_emoji_files(tx, &job.host).await?;
    }
    let mut left = TIES;
    let mut deltas: BTreeMap<AccountId, AccountDelta> = BTreeMap::new();
    let mut after = job.after;
    for account in &accounts {
        if ruling.suspended_since.is_some() {
            left -= end_follows(tx, *account, left, &mut deltas).await?;
        }
        if ruling.reject_media && left > 0 {
            left -= i64::try_from(domain_rules::remove_media(tx, *account, left).await?).unwrap_or(left);
        }
        if left <= 0 {
            break; // this account again
        }
        after = *account;
    }
    let done = left > 0 && accounts.len() < usize::try_from(BATCH).unwrap_or_default();
    stats::add_to_accounts(tx, deltas.into_iter().collect()).await?;
    Ok(Some(match done {
        false => ApplyDomainRule { after, ..job },
        true => ApplyDomainRule { host: String::new(), scanned: job.scanned.or(Some(String::new())), ..job },
    }))
}

/// Ends follows and requests both ways, at most `limit` follows; tells how many.
async fn end_follows(tx: &Tx, account: AccountId, limit: i64, deltas: &mut BTreeMap<AccountId, AccountDelta>) -> Result<i64> {
    follow_requests::delete_of_account(tx, account).await?;
    let tied = follows::list_of_account(tx, account, limit).await?;
    for (from, to) in &tied {
        if follow::end(tx, *from, *to).await?.is_some() {
            deltas.entry(*from).or_default().following -= 1;
            deltas.entry(*to).or_default().followers -= 1;
        }
    }
    Ok(tied.len() as i64)
}
