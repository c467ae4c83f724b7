//! Which servers we speak with: rules in memory, asked for every delivery and every picture.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use store::domain_rules::{self, DomainBlock, SILENCE, SUSPEND};
use store::{Db, Reader};

use crate::{Error, Result};

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

    pub(crate) fn of(block: &DomainBlock) -> Rule {
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
    known: ArcSwap<Known>,
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
        self.0.known.store(Arc::new(known));
        Ok(())
    }

    /// The rule for a host that is not ours.
    pub fn rule(&self, domain: &str) -> Rule {
        let known = self.0.known.load();
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

/// Whether a rule for `domain` is one for `host`, as far as no longer one is.
pub(crate) fn covers(domain: &str, host: &str) -> bool {
    names_of(host).contains(&domain)
}

/// A host as rules have it: lower case, A-labels, without a final dot, with its port unless that is https's own.
pub(crate) fn normalized(written: &str) -> String {
    let written = written.trim();
    let (name, port) = split_port(written);
    let name = text::domains::normalize(name).unwrap_or_else(|| name.trim_end_matches('.').to_lowercase());
    if port.is_empty() || port == "443" { name } else { format!("{name}:{port}") }
}

pub(crate) fn split_port(host: &str) -> (&str, &str) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => (name, port),
        _ => (host, ""),
    }
}

/// The names whose rules a host has, the nearest first: of `x.a.test:8443` these are itself, `x.a.test`,
/// `a.test:8443`, `a.test`, `test:8443` and `test`.
pub(crate) fn names_of(host: &str) -> Vec<&str> {
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
