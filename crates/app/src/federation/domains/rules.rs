//! What is decided about a host, from memory, and what that means for its accounts.

use crate::bus::{self, Event};
use crate::cache::domains::Rule;
use crate::cache::domains::{names_of, normalized};
use crate::{App, Result};
use store::domain_rules::{self, SILENCE, SUSPEND};
use store::{AccountId, Change, Reader, Tx};

/// Reads the rules anew, after a change here or on another node.
pub async fn reload(app: &App) -> Result<()> {
    app.context().domains.reload(&app.db, app.options.limited_federation).await?;
    app.cards.forget(&[Change::Everything]);
    Ok(())
}

/// Puts what is decided about its host on an account that is new here. To be called in the transaction that makes it.
pub async fn apply_to_new(tx: &Tx, account: AccountId, domain: &str) -> Result<()> {
    let ruling = ruling(tx, domain, false).await?;
    apply(tx, &[account], &ruling, None).await
}

/// A rule with the time that accounts get from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ruling {
    pub suspended_since: Option<i64>,
    pub silenced_since: Option<i64>,
    pub reject_media: bool,
}

/// What the rows say of a host. A host that was never allowed suspends nobody where only allowed ones are spoken with:
/// nothing new comes of it, and what was known stays.
pub(crate) async fn ruling(r: &Reader, domain: &str, limited: bool) -> Result<Ruling> {
    let domain = normalized(domain);
    let names: Vec<String> = names_of(&domain).into_iter().map(str::to_owned).collect();
    let blocks = domain_rules::list_blocks_of(r, &names).await?;
    let block = names.iter().find_map(|name| blocks.iter().find(|block| block.domain == *name));
    let mut ruling = block.map_or_else(Ruling::default, |block| Ruling {
        suspended_since: (block.severity == SUSPEND).then_some(block.created_at),
        silenced_since: (block.severity == SILENCE).then_some(block.created_at),
        reject_media: Rule::of(block).reject_media,
    });
    if limited && ruling.suspended_since.is_none() {
        ruling.suspended_since = domain_rules::find_allow(r, &domain).await?.and_then(|allow| allow.withdrawn_at);
        ruling.reject_media |= ruling.suspended_since.is_some();
    }
    Ok(ruling)
}

/// Brings accounts of one host to what the rule says. `lifted` is the time of a rule that is no more, or changed.
pub(crate) async fn apply(tx: &Tx, accounts: &[AccountId], ruling: &Ruling, lifted: Option<i64>) -> Result<()> {
    if ruling.suspended_since.is_some() || lifted.is_some() {
        domain_rules::set_suspended(tx, accounts, ruling.suspended_since, lifted).await?;
    }
    if ruling.silenced_since.is_some() || lifted.is_some() {
        domain_rules::set_silenced(tx, accounts, ruling.silenced_since, lifted).await?;
    }
    Ok(())
}

/// To be called in the transaction of each change.
pub(super) fn changed(tx: &Tx) {
    bus::publish(tx, &Event::DomainsChanged);
}
