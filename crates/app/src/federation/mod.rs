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
    }
}
