//! What is decided about hosts, and what is known of them.

use aws_lc_rs::digest;
use serde_json::Value;
use store::domain_rules::{self, DomainAllow, DomainBlock, NOOP};
use store::hosts;

use super::edit::{Severity, details, host};
use crate::cache::domains::{RULES_MAX, Rule};
use crate::{App, Result};

/// Accounts of a host are counted no further.
const ACCOUNTS_COUNTED: i64 = 100_000;
/// One letter in so many at either end of an obfuscated name is shown.
const VISIBLE_PART: usize = 4;

pub use store::hosts::Host;

/// All rules.
#[derive(Clone, Debug)]
pub struct List {
    /// Whether only allowed hosts are spoken with.
    pub limited: bool,
    pub blocks: Vec<Value>,
    pub allows: Vec<String>,
}

/// All rules, by domain.
pub async fn list(app: &App) -> Result<List> {
    let (blocks, allows) =
        app.read(|r| async move { Ok((domain_rules::list_blocks(&r, RULES_MAX).await?, domain_rules::list_allows(&r, RULES_MAX).await?)) }).await?;
    Ok(List {
        limited: app.options.limited_federation,
        blocks: blocks.iter().map(details).collect(),
        allows: allows.into_iter().filter(|allow| allow.withdrawn_at.is_none()).map(|allow| allow.domain).collect(),
    })
}

/// What is known of one host.
#[derive(Clone, Debug)]
pub struct Shown {
    pub domain: String,
    /// The rule in force, its own or of a name above it.
    pub rule: Rule,
    /// Its own block as it was made.
    pub block: Option<Value>,
    pub allow: Option<DomainAllow>,
    /// Known accounts, at most 100,000.
    pub accounts: i64,
    pub host: Option<Host>,
    /// Deliveries that wait to be sent to it.
    pub waiting: i64,
}

/// What is decided about a host and known of it. Errors: `Invalid` for what is no host.
pub async fn show(app: &App, domain: &str) -> Result<Shown> {
    let domain = host(domain)?;
    let named = domain.clone();
    let (block, allow, accounts, host, waiting) = app
        .read(move |r| async move {
            Ok((
                domain_rules::list_blocks_of(&r, std::slice::from_ref(&named)).await?.pop(),
                domain_rules::find_allow(&r, &named).await?,
                domain_rules::count_accounts(&r, &named, ACCOUNTS_COUNTED).await?,
                hosts::find_shown(&r, &named).await?,
                hosts::count_waiting(&r, &named).await?,
            ))
        })
        .await?;
    Ok(Shown { rule: app.context().rule(&domain), block: block.as_ref().map(details), allow, accounts, host, waiting, domain })
}

/// A block as everybody may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// With asterisks if the block is obfuscated.
    pub domain: String,
    /// Of the whole name, SHA-256 in hex.
    pub digest: String,
    pub severity: &'static str,
    pub comment: String,
}

/// The blocks that people notice: first those that limit, then those that suspend, by domain.
/// Source: docs.joinmastodon.org/methods/instance/#domain_blocks
pub async fn public(app: &App) -> Result<Vec<Public>> {
    let mut blocks = app.read(|r| async move { Ok(domain_rules::list_blocks(&r, RULES_MAX).await?) }).await?;
    blocks.retain(|block| block.severity != NOOP);
    blocks.sort_by_key(|block| block.severity);
    Ok(blocks.into_iter().map(as_public).collect())
}

fn as_public(block: DomainBlock) -> Public {
    Public {
        digest: hex::encode(digest::digest(&digest::SHA256, block.domain.as_bytes())),
        domain: if block.obfuscate { obfuscated(&block.domain) } else { block.domain },
        severity: Severity::from_number(block.severity).word(),
        comment: block.public_comment,
    }
}

/// The name with all but its ends and its dots hidden.
fn obfuscated(domain: &str) -> String {
    let (length, visible) = (domain.len(), domain.len() / VISIBLE_PART);
    domain.chars().enumerate().map(|(at, c)| if at > visible && at < length - visible && c != '.' { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_obfuscated_name_shows_its_ends_and_dots() {
        assert_eq!(super::obfuscated("example.com"), "exa****.*om");
        assert_eq!(super::obfuscated("a.b"), "a.*");
    }
}
