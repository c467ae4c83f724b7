//! Which servers we speak with: rules in memory, asked for every delivery and every picture, and the verbs that
//! change them. What a rule does to the accounts it concerns is done by [`crate::jobs::ApplyDomainRule`].

mod edit;
mod show;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use store::domain_rules::{self, DomainBlock, SILENCE, SUSPEND};
use store::{AccountId, Change, Db, Reader, Tx};

use crate::bus::{self, Event};
use crate::urls::Urls;
use crate::{App, Error, Result};

pub use edit::{Block, Severity, allow, block, disallow, unblock};
pub use show::{Host, List, Public, Shown, list, public, show};

/// Blocks, and allows, that one instance may have: all are in memory.
pub const RULES_MAX: i64 = 100_000;
/// Labels of a name that are looked at; a name cannot have more.
const LABELS_MAX: usize = 127;

/// What is decided about a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Nothing of it is taken, nothing sent to it.
    pub suspended: bool,
    /// Its accounts are limited.
    pub silenced: bool,
    pub reject_media: bool,
    pub reject_reports: bool,
}

impl Rule {
    /// Whether pictures of its accounts may be fetched and shown.
    pub fn shows_media(self) -> bool {
        !self.suspended && !self.reject_media
    }

    fn of(block: &DomainBlock) -> Rule {
        let suspended = block.severity == SUSPEND;
        Rule {
            suspended,
            silenced: block.severity == SILENCE,
            reject_media: block.reject_media || suspended,
            reject_reports: block.reject_reports || suspended,
        }
    }
}

/// The rules in force. Cheap to clone; clones share what they know.
#[derive(Clone, Debug, Default)]
pub struct Domains(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    known: RwLock<Arc<Known>>,
    /// Held while the rows are read, so that what was read earlier never replaces what was read later.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    blocks: HashMap<String, Rule>,
    /// `None` where every host may be spoken with.
    allowed: Option<HashSet<String>>,
}

impl Domains {
    /// Reads them anew, after a change. `limited`: only allowed hosts are spoken with.
    pub async fn reload(&self, db: &Db, limited: bool) -> Result<()> {
        let _reading = self.0.reading.lock().await;
        let rows = |r: Reader| async move {
            Ok::<_, Error>((domain_rules::list_blocks(&r, RULES_MAX).await?, domain_rules::list_allows(&r, RULES_MAX).await?))
        };
        let (blocks, allows) = db.read(rows).await?;
        let known = Known {
            blocks: blocks.into_iter().map(|block| (block.domain.clone(), Rule::of(&block))).collect(),
            allowed: limited.then(|| allows.into_iter().filter(|allow| allow.withdrawn_at.is_none()).map(|allow| allow.domain).collect()),
        };
        *self.0.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        Ok(())
    }

    /// The rule for a host that is not ours.
    pub fn rule(&self, domain: &str) -> Rule {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.blocks.is_empty() && known.allowed.is_none() {
            return Rule::default();
        }
        let domain = normalized(domain);
        let mut rule = names_of(&domain).iter().find_map(|name| known.blocks.get(*name)).copied().unwrap_or_default();
        if known.allowed.as_ref().is_some_and(|allowed| !allowed.contains(&domain)) {
            rule = Rule { suspended: true, reject_media: true, reject_reports: true, ..rule };
        }
        rule
    }
}

/// The rule for a domain, in memory: that of the longest suffix that has one, and where only allowed hosts are spoken
/// with, whether this one is. Our own domains have none. `domain` may be in any form, and have a port.
///
/// Source: docs.joinmastodon.org/admin/moderation/#server-wide-moderation
pub fn rule(app: &App, domain: &str) -> Rule {
    of_host(app.urls(), domain)
}

/// As [`rule`], for who has only the addresses.
pub fn of_host(urls: &Urls, domain: &str) -> Rule {
    if urls.is_local_domain(domain.trim().trim_end_matches('.')) { Rule::default() } else { urls.domains.rule(domain) }
}

/// Reads the rules anew, after a change here or on another node.
pub async fn reload(app: &App) -> Result<()> {
    app.urls().domains.reload(&app.db, app.options.limited_federation).await?;
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

/// Whether a rule for `domain` is one for `host`, as far as no longer one is.
pub(crate) fn covers(domain: &str, host: &str) -> bool {
    names_of(host).contains(&domain)
}

/// To be called in the transaction of each change.
fn changed(tx: &Tx) {
    bus::publish(tx, &Event::DomainsChanged);
}

/// A host as rules have it: lower case, A-labels, without a final dot, with its port unless that is https's own.
fn normalized(written: &str) -> String {
    let written = written.trim();
    let (name, port) = split_port(written);
    let name = text::domains::normalize(name).unwrap_or_else(|| name.trim_end_matches('.').to_lowercase());
    if port.is_empty() || port == "443" { name } else { format!("{name}:{port}") }
}

fn split_port(host: &str) -> (&str, &str) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => (name, port),
        _ => (host, ""),
    }
}

/// The names whose rules a host has, the nearest first: of `x.a.test:8443` these are itself, `x.a.test`,
/// `a.test:8443`, `a.test`, `test:8443` and `test`.
fn names_of(host: &str) -> Vec<&str> {
    let (name, port) = split_port(host);
    let mut names = Vec::new();
    let starts = std::iter::once(0).chain(name.match_indices('.').map(|(at, _)| at + 1));
    for start in starts.take(LABELS_MAX) {
        if !port.is_empty() {
            names.push(&host[start..]);
        }
        names.push(&name[start..]);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_the_rules_of_all_its_suffixes_the_longest_first() {
        assert_eq!(names_of("x.a.test"), ["x.a.test", "a.test", "test"]);
        assert_eq!(names_of("a.test:8443"), ["a.test:8443", "a.test", "test:8443", "test"]);
        assert!(covers("a.test", "x.a.test:8443") && covers("a.test", "a.test"));
        assert!(!covers("a.test", "ba.test") && !covers("x.a.test", "a.test") && !covers("a.test:1", "a.test"));
    }

    #[test]
    fn every_form_of_a_name_is_the_same_host() {
        for written in ["bücher.test", "BÜCHER.test.", " xn--bcher-kva.test ", "Xn--Bcher-Kva.TEST:443"] {
            assert_eq!(normalized(written), "xn--bcher-kva.test", "{written}");
        }
        assert_eq!(normalized("A.test:8443"), "a.test:8443");
        assert_eq!(normalized("[::1]:8443"), "[::1]:8443");
        assert_eq!(normalized("under_score.test."), "under_score.test");
    }
}
