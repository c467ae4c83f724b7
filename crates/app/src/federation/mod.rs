//! What is said between servers: ActivityPub in and out.
//!
//! In: [`inbox`] verifies a delivery and records it, [`incoming`] does what it says. Out: [`outgoing`] makes documents
//! of rows, says who gets them, and has them sent by [`engine`]. Between the two, [`resolve`] finds which account an
//! address names, [`statuses`] which status, here or where it lives, by way of [`fetch`].
//!
//! All trust is by origin: whoever speaks for an address is the host in it. Nothing is fetched inside a
//! transaction.

pub mod actor;
pub(crate) mod asker;
pub mod budget;
pub mod domains;
pub mod emojis;
pub mod engine;
pub mod failure;
pub mod fetch;
pub mod inbox;
pub mod incoming;
pub mod keys;
mod lengths;
pub mod lookup;
pub(crate) mod ours;
pub mod outgoing;
pub mod page;
pub mod publish;
pub mod refresh;
pub mod resolve;
pub mod signer;
pub mod statuses;
pub mod trace;
pub mod webfinger;

use url::Url;

/// Whether two addresses belong to the same origin: scheme, host and port.
pub fn same_origin(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.has_host() && one.origin() == other.origin(),
        _ => false,
    }
}

/// The domain of an address as accounts and domain blocks know it: lower case, an A-label, with its port if that is
/// not its scheme's own. `None` if the address has no host or is not http(s).
pub fn domain_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.trim_end_matches('.').to_owned();
    Some(url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

/// Whether a name is one that nobody can have on the Internet: of this machine, its neighbours, or a test.
/// Source: RFC 6761, RFC 9476
pub(crate) fn is_private_name(domain: &str) -> bool {
    let host = domain.split(':').next().unwrap_or(domain);
    matches!(host.rsplit('.').next(), Some("localhost" | "test" | "internal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_after_their_hosts_are_normalised() {
        assert!(same_origin("https://A.test/x", "https://a.test:443/y"));
        assert!(same_origin("https://bücher.test/", "https://xn--bcher-kva.test/"));
        assert!(!same_origin("https://a.test", "http://a.test"));
        assert!(!same_origin("https://a.test", "https://a.test:8443"));
        assert!(!same_origin("acct:x@a.test", "acct:x@a.test"));
        assert_eq!(domain_of("https://BÜCHER.test./x").as_deref(), Some("xn--bcher-kva.test"));
        assert_eq!(domain_of("https://a.test:8443/x").as_deref(), Some("a.test:8443"));
        assert_eq!(domain_of("ftp://a.test"), None);
    }
}
