//! What rows are shown with: our addresses, our custom emojis, and the rules about other servers.

use super::domains::{Domains, Rule};
use super::emojis::Emojis;
use crate::urls::Urls;

#[derive(Debug)]
pub struct Context {
    pub urls: Urls,
    /// Where the pictures of this server's custom emojis are, by shortcode.
    pub emojis: Emojis,
    pub(crate) domains: Domains,
}

impl Context {
    /// The rule for a domain, in memory: that of the longest suffix that has one, and where only allowed hosts are spoken
    /// with, whether this one is. Our own domains have none. `domain` may be in any form, and have a port.
    ///
    /// Source: docs.joinmastodon.org/admin/moderation/#server-wide-moderation
    pub fn rule(&self, domain: &str) -> Rule {
        let is_ours = self.urls.is_local_domain(domain.trim().trim_end_matches('.'));
        if is_ours { Rule::default() } else { self.domains.rule(domain) }
    }
}
