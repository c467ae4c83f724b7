//! Blocking hosts, and allowing them where only allowed ones are spoken with.

use serde::{Deserialize, Serialize};
use serde_json::json;
use store::audit_log::{self, Origin};
use store::domain_rules::{self, DomainBlock, NOOP, SILENCE, SUSPEND};
use store::{AccountId, Tx};
use text::Limit;

use super::rules::{changed, reload};
use crate::cache::domains::{covers, normalized, split_port};
use crate::queue::{self, ApplyDomainRule};
use crate::{App, Error, Result, Words};

const COMMENT: Limit = Limit::code_points(4_000);

/// How far a block goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Its accounts are limited: only followers hear of them.
    #[default]
    Silence,
    /// Nothing is taken from it, nothing sent to it, nothing of it shown.
    Suspend,
    /// Only what the block says beside it.
    Noop,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Severity::Silence => "silence",
            Severity::Suspend => "suspend",
            Severity::Noop => "noop",
        }
    }

    /// Mastodon's words.
    pub fn from_word(word: &str) -> Option<Severity> {
        [Severity::Silence, Severity::Suspend, Severity::Noop].into_iter().find(|severity| severity.word() == word)
    }

    pub(super) fn number(self) -> i64 {
        match self {
            Severity::Silence => SILENCE,
            Severity::Suspend => SUSPEND,
            Severity::Noop => NOOP,
        }
    }

    pub(super) fn from_number(number: i64) -> Severity {
        [Severity::Silence, Severity::Suspend].into_iter().find(|severity| severity.number() == number).unwrap_or(Severity::Noop)
    }
}

/// A block to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub severity: Severity,
    pub reject_media: bool,
    pub reject_reports: bool,
    pub private_comment: String,
    /// Shown beside the block where the settings say so.
    pub public_comment: String,
    /// The public list shows the name with asterisks.
    pub obfuscate: bool,
}

/// Blocks a host with all that is below it, or changes the block there is. What follows for its accounts is done by a
/// job. Answers the name as it is kept.
///
/// Errors: `Invalid` for what is no host, for our own domain and for a comment that is too long.
/// Source: docs.joinmastodon.org/methods/admin/domain_blocks/#create
pub async fn block(app: &App, origin: Origin, domain: &str, wish: Block) -> Result<String> {
    let domain = foreign(app, domain)?;
    if [&wish.private_comment, &wish.public_comment].iter().any(|comment| !COMMENT.admits(comment)) {
        return Err(Error::Invalid(vec![Words::new("invalid-domain-comment").with("limit", COMMENT.max())]));
    }
    let named = domain.clone();
    app.write(move |tx| async move {
        let before = domain_rules::list_blocks_of(&tx, std::slice::from_ref(&domain)).await?.pop();
        let row = DomainBlock {
            domain: domain.clone(),
            severity: wish.severity.number(),
            reject_media: wish.reject_media,
            reject_reports: wish.reject_reports,
            private_comment: wish.private_comment.clone(),
            public_comment: wish.public_comment.clone(),
            obfuscate: wish.obfuscate,
            created_at: tx.now(),
        };
        domain_rules::put_block(&tx, &row).await?;
        let detail = serde_json::to_string(&wish).map_err(Error::internal)?;
        follow_up(&tx, origin, "domain.block", &domain, &detail, before.map(|before| before.created_at)).await
    })
    .await?;
    reload(app).await?;
    Ok(named)
}

/// Lifts a block with what it did to accounts; follows that it ended, and files that it removed, stay gone.
///
/// Errors: `NotFound` if there is none.
pub async fn unblock(app: &App, origin: Origin, domain: &str) -> Result<String> {
    let domain = host(domain)?;
    let named = domain.clone();
    app.write(move |tx| async move {
        let Some(since) = domain_rules::delete_block(&tx, &domain).await? else { return Err(no_rule(&domain)) };
        follow_up(&tx, origin, "domain.unblock", &domain, "{}", Some(since)).await
    })
    .await?;
    reload(app).await?;
    Ok(named)
}

/// Allows a host, this one alone, where only allowed ones are spoken with. Twice is the same as once.
///
/// Errors: `Invalid`. Source: docs.joinmastodon.org/methods/admin/domain_allows/#create
pub async fn allow(app: &App, origin: Origin, domain: &str) -> Result<String> {
    let domain = foreign(app, domain)?;
    let named = domain.clone();
    app.write(move |tx| async move {
        let before = domain_rules::find_allow(&tx, &domain).await?.and_then(|before| before.withdrawn_at);
        domain_rules::put_allow(&tx, &domain).await?;
        follow_up(&tx, origin, "domain.allow", &domain, "{}", before).await
    })
    .await?;
    reload(app).await?;
    Ok(named)
}

/// Takes an allowance back. Where only allowed hosts are spoken with, the host's accounts are suspended.
///
/// Errors: `NotFound` if it was not allowed.
pub async fn disallow(app: &App, origin: Origin, domain: &str) -> Result<String> {
    let domain = host(domain)?;
    let named = domain.clone();
    app.write(move |tx| async move {
        if !domain_rules::withdraw_allow(&tx, &domain).await? {
            return Err(no_rule(&domain));
        }
        follow_up(&tx, origin, "domain.disallow", &domain, "{}", None).await
    })
    .await?;
    reload(app).await?;
    Ok(named)
}

async fn follow_up(tx: &Tx, origin: Origin, action: &str, domain: &str, detail: &str, lifted: Option<i64>) -> Result<()> {
    audit_log::record(tx, origin, action, domain, detail).await?;
    let domain = domain.to_owned();
    queue::enqueue(tx, &ApplyDomainRule { host: domain.clone(), domain, lifted, after: AccountId(0), scanned: None }).await?;
    changed(tx);
    Ok(())
}

/// The audit log's words for a rule, for scripts.
pub(super) fn details(block: &DomainBlock) -> serde_json::Value {
    json!({
        "domain": block.domain, "severity": Severity::from_number(block.severity).word(), "reject_media": block.reject_media,
        "reject_reports": block.reject_reports, "private_comment": block.private_comment, "public_comment": block.public_comment,
        "obfuscate": block.obfuscate, "created_at": block.created_at,
    })
}

/// A host as it is kept. Errors: `Invalid`.
pub(super) fn host(written: &str) -> Result<String> {
    let (name, port) = split_port(written.trim());
    if name.is_empty() {
        return Err(Error::invalid("invalid-domain-blank"));
    }
    let name = text::domains::normalize(name).ok_or_else(|| Error::invalid("invalid-domain"))?;
    Ok(if port.is_empty() || port == "443" { name } else { format!("{name}:{port}") })
}

/// As [`host`], refusing our own: the names below which we are, too.
fn foreign(app: &App, written: &str) -> Result<String> {
    let domain = host(written)?;
    let urls = app.urls();
    let own = [&urls.account_domain, &urls.web_domain].iter().any(|own| covers(&domain, &normalized(own)));
    if own { Err(Error::invalid("invalid-domain-own")) } else { Ok(domain) }
}

fn no_rule(domain: &str) -> Error {
    Error::NotFound(Words::new("error-no-domain-rule").with("domain", domain))
}
