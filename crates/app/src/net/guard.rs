//! Which addresses this server may ask. Everything that is not a public address of the Internet is
//! refused, so that nobody can have it ask its own machine or its neighbours.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::Error;

/// How long a name may take to be resolved.
const DNS_TIMEOUT: Duration = Duration::from_secs(5);
/// Addresses of a name that are tried, of each family.
const ADDRESSES_MAX: usize = 2;
/// Bits before the address in `::ffff:a.b.c.d`.
const MAPPED_PREFIX: u8 = 96;

/// An address range, such as `10.0.0.0/8`; an address alone is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Reads `address` or `address/prefix`. IPv4 written as IPv6 becomes IPv4.
    pub fn read(text: &str) -> Option<Network> {
        let net = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()?;
        let mapped = net.addr().to_canonical();
        let is_mapped = mapped.is_ipv4() && net.addr().is_ipv6() && net.prefix_len() >= MAPPED_PREFIX;
        Some(Network(if is_mapped { IpNet::new(mapped, net.prefix_len() - MAPPED_PREFIX).ok()? } else { net }))
    }

    /// Whether `ip` lies in the range. An IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.0.contains(&ip.to_canonical())
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Network {
    Network(IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)))
}

const fn v6(a: u16, b: u16, prefix: u8) -> Network {
    Network(IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)))
}

/// IPv4 ranges that are not the public Internet. Source: IANA IPv4 Special-Purpose Address Registry
const SPECIAL_V4: [Network; 16] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
    v4(255, 255, 255, 255, 32),
];

/// Where all public IPv6 addresses are. Loopback, unique local, link-local, multicast, IPv4-compatible
/// and NAT64 addresses are outside.
const GLOBAL_V6: Network = v6(0x2000, 0, 3);

/// Ranges within that are not the public Internet, or hide an IPv4 address: Teredo, ORCHID and other
/// protocols, documentation, 6to4. Source: IANA IPv6 Special-Purpose Address Registry
const SPECIAL_V6: [Network; 4] = [v6(0x2001, 0, 23), v6(0x2001, 0xdb8, 32), v6(0x2002, 0, 16), v6(0x3fff, 0, 20)];

/// Whether an address is one of the public Internet.
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        ip @ IpAddr::V4(_) => !SPECIAL_V4.iter().any(|network| network.contains(ip)),
        ip @ IpAddr::V6(_) => GLOBAL_V6.contains(ip) && !SPECIAL_V6.iter().any(|network| network.contains(ip)),
    }
}

/// The rules of one server.
#[derive(Clone, Debug)]
pub struct Guard {
    pub allow_http: bool,
    pub allow_private: Arc<[Network]>,
}

impl Guard {
    pub fn allows(&self, ip: IpAddr) -> bool {
        is_public(ip) || self.allow_private.iter().any(|network| network.contains(ip))
    }

    /// Checks what a URL says by itself; what its name resolves to is checked at connecting.
    ///
    /// Errors: `Refused`.
    pub fn check(&self, url: &Url) -> Result<(), Error> {
        // The rest of an address can be a secret, as those of push services are.
        let refused = |why: &str| Err(Error::Refused(format!("{why}: {}://{}", url.scheme(), url.host_str().unwrap_or_default())));
        if url.scheme() != "https" && !(self.allow_http && url.scheme() == "http") {
            return refused("only https is asked");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("an address with a user in it is not asked");
        }
        let ip = match url.host() {
            None => return refused("an address without a host"),
            Some(Host::Domain(name)) if name.trim_matches('.').is_empty() => return refused("an address without a host"),
            Some(Host::Domain(_)) => return Ok(()),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        };
        if self.allows(ip) { Ok(()) } else { refused("not a public address") }
    }
}

/// Resolves names by the system, and gives out only addresses that may be asked: the connection goes
/// to one of these and no other.
impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            // Names of this machine itself, whatever the system says. Source: RFC 6761, section 6.3
            let name = if host.ends_with(".localhost") { "localhost" } else { host.as_str() };
            let found = tokio::time::timeout(DNS_TIMEOUT, tokio::net::lookup_host((name, 0))).await;
            let found: Vec<SocketAddr> = found.map_err(|_| Error::Timeout)?.map_err(|error| Error::Connection(format!("{host}: {error}")))?.collect();
            let allowed = guard.choose(&found);
            if allowed.is_empty() {
                return Err(Error::Refused(format!("{host} has no public address")).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

impl Guard {
    /// The first few addresses of each family that may be asked, in their order.
    fn choose(&self, found: &[SocketAddr]) -> Vec<SocketAddr> {
        let (mut fours, mut sixes) = (0, 0);
        let take = |address: &&SocketAddr| {
            let count = if address.is_ipv4() { &mut fours } else { &mut sixes };
            *count += 1;
            *count <= ADDRESSES_MAX
        };
        found.iter().filter(|address| self.allows(address.ip())).filter(take).copied().collect()
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
        assert!(contains("10.1.2.3/8", "10.200.3.4") && contains("::/0", "2606:4700::1") && !contains("::/0", "8.8.8.8"));
        assert!(
            contains("::ffff:10.0.0.1", "10.0.0.1") && contains("::ffff:10.0.0.0/104", "10.200.3.4") && !contains("::ffff:10.0.0.0/104", "11.0.0.1")
        );
        for text in ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", " 10.0.0.1", "10.0.0/8", "nonsense", ""] {
            assert_eq!(Network::read(text), None, "{text}");
        }
    }

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        let public = |ip: &str| is_public(ip.parse().unwrap());
        for ip in
            ["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.128.0.1", "223.255.255.255", "2606:4700::1", "2a00::1", "::ffff:8.8.8.8"]
        {
            assert!(public(ip), "{ip}");
        }
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.9.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "::8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:10::1",
            "2001:20::1",
            "2001:2::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public(ip), "{ip}");
        }
    }

    #[test]
    fn a_url_is_checked_before_anything_is_asked() {
        let guard = |http, private: &[&str]| Guard { allow_http: http, allow_private: private.iter().map(|n| Network::read(n).unwrap()).collect() };
        let checks = |guard: &Guard, url: &str| guard.check(&Url::parse(url).unwrap()).is_ok();
        let (strict, lenient) = (guard(false, &[]), guard(true, &["127.0.0.0/8", "::1"]));
        for url in ["https://example.org/x", "https://8.8.8.8/", "https://[2606:4700::1]:8443/", "https://EXAMPLE.org./"] {
            assert!(checks(&strict, url), "{url}");
        }
        for url in [
            "http://example.org/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "data:,x",
            "https://user@example.org/",
            "https://:secret@example.org/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://127.0.0.1./",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://169.254.169.254/",
            "https://%31%32%37.0.0.1/",
            "https://１２７.0.0.1/",
            "https://./",
        ] {
            assert!(!checks(&strict, url), "{url}");
        }
        assert!(checks(&lenient, "http://127.0.0.1:9/") && checks(&lenient, "http://[::1]/") && checks(&lenient, "http://example.org/"));
        assert!(!checks(&lenient, "http://10.0.0.1/") && !checks(&lenient, "ftp://127.0.0.1/"));
    }

    #[test]
    fn of_many_addresses_only_a_few_that_are_allowed_are_tried() {
        let guard = Guard { allow_http: false, allow_private: [].into() };
        let found: Vec<SocketAddr> =
            ["10.0.0.1:0", "8.8.8.8:0", "[fd00::1]:0", "[2606:4700::1]:0", "1.1.1.1:0", "9.9.9.9:0"].map(|text| text.parse().unwrap()).to_vec();
        assert_eq!(guard.choose(&found), [found[1], found[3], found[4]]);
        assert_eq!(guard.choose(&found[..1]), []);
    }
}
