//! What handlers share besides the `App`.

use std::net::IpAddr;
use std::sync::Arc;

use app::App;
use axum::extract::FromRef;

use crate::middleware::rate::Rates;
use crate::streaming::hub::Hub;

/// How the server is asked, as its operator decides.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Networks whose word about the client's address is taken.
    pub trusted_proxies: Vec<Network>,
    pub rate_limits: bool,
}

/// An address range, such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub address: IpAddr,
    pub prefix: u8,
}

impl Network {
    /// Reads `address` or `address/prefix`.
    pub fn read(text: &str) -> Option<Network> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().ok()?;
        let max = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(max), |prefix| prefix.parse().ok())?;
        (prefix <= max).then_some(Network { address, prefix })
    }

    /// Whether `ip` lies in the range. An IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let bits = |ip: IpAddr| match ip.to_canonical() {
            IpAddr::V4(ip) => (u128::from(u32::from(ip)) << 96, 32),
            IpAddr::V6(ip) => (u128::from(ip), 128),
        };
        let ((own, own_len), (other, other_len)) = (bits(self.address), bits(ip));
        let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
        own_len == other_len && own & mask == other & mask
    }
}

/// State of the router.
#[derive(Clone)]
pub struct Web {
    pub app: App,
    pub options: Arc<Options>,
    pub rates: Arc<Rates>,
    pub hub: Hub,
}

impl Web {
    pub fn new(app: App, options: Options) -> Web {
        Web { hub: Hub::default(), rates: Arc::default(), options: Arc::new(options), app }
    }
}

impl FromRef<Web> for App {
    fn from_ref(web: &Web) -> App {
        web.app.clone()
    }
}

impl FromRef<Web> for Hub {
    fn from_ref(web: &Web) -> Hub {
        web.hub.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_addresses_only() {
        let contains = |network: &str, ip: &str| Network::read(network).unwrap().contains(ip.parse().unwrap());
        assert!(contains("10.0.0.0/8", "10.200.3.4") && contains("10.0.0.0/8", "::ffff:10.1.1.1") && contains("0.0.0.0/0", "8.8.8.8"));
        assert!(contains("::1", "::1") && contains("fd00::/8", "fdab::1"));
        assert!(!contains("10.0.0.0/8", "11.0.0.1") && !contains("10.0.0.0/8", "::1") && !contains("127.0.0.1", "127.0.0.2"));
        assert_eq!(Network::read("10.0.0.0/33"), None);
        assert_eq!(Network::read("nonsense"), None);
    }
}
