//! The client's address. A proxy's word is taken only from trusted networks.
//!
//! A proxy appends the address it was asked from to `X-Forwarded-For`, or to `Forwarded` (RFC 7239). Everything to the
//! left of what the trusted proxies appended is chosen by the client. So both headers are read from the right, over all
//! their lines, until an address that is no trusted proxy. An entry that cannot be read ends the walk: the address is then
//! that of the proxy which reported it, never one further left.
//!
//! If a request has both headers, `X-Forwarded-For` counts and `Forwarded` is ignored: nearly every proxy writes the
//! former, and passes on the latter as the client sent it. A proxy that only writes `Forwarded` has to remove the other.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use app::net::Network;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName, header};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Digits of the largest port.
const PORT_DIGITS: usize = 5;

/// The nearest address that is not a trusted proxy. IPv4 written as IPv6 becomes IPv4.
pub fn address(extensions: &Extensions, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip().to_canonical());
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let from_the_right = |name: HeaderName| headers.get_all(name).into_iter().rev().map(|value| value.as_bytes());
    if headers.contains_key(X_FORWARDED_FOR) {
        let entries = from_the_right(X_FORWARDED_FOR).flat_map(|line| line.rsplit(|byte| *byte == b','));
        nearest(peer, trusted, entries.map(|entry| node(std::str::from_utf8(entry).ok()?)))
    } else {
        let elements = from_the_right(header::FORWARDED).flat_map(|line| Elements(Some(line)));
        nearest(peer, trusted, elements.map(forwarded_for))
    }
}

/// Whether `ip` is one of the operator's own proxies.
pub fn is_trusted(ip: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(ip))
}

/// The address by which one client is counted: IPv6 by its /64, which one customer has to itself.
pub fn household(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

/// `reported` begins with what the nearest proxy says; `None` is an entry that cannot be read.
fn nearest(peer: IpAddr, trusted: &[Network], reported: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
    let mut nearest = peer;
    for entry in reported {
        let Some(ip) = entry else { break };
        nearest = ip;
        if !is_trusted(ip, trusted) {
            break;
        }
    }
    nearest
}

/// An address as proxies write it: `ip`, `ip:port`, `[ipv6]` or `[ipv6]:port`. `unknown` and names are none.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches([' ', '\t']);
    if let Some(rest) = text.strip_prefix('[') {
        let (ip, port) = rest.split_once(']')?;
        let ip = ip.parse::<Ipv6Addr>().ok()?;
        return (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then(|| IpAddr::V6(ip).to_canonical());
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(ip.to_canonical());
    }
    let (ip, port) = text.split_once(':')?;
    let ip = ip.parse::<Ipv4Addr>().ok()?;
    is_port(port).then_some(IpAddr::V4(ip))
}

/// A number, or a name that stands for it. Source: RFC 7239, section 6
fn is_port(port: &str) -> bool {
    match port.strip_prefix('_') {
        Some(name) => !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')),
        None => !port.is_empty() && port.len() <= PORT_DIGITS && port.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// The elements of a `Forwarded` line, from the right: an unclosed quote on the left must not swallow what a proxy
/// appended. Escapes are not followed; `forwarded_for` refuses an element that holds one.
struct Elements<'a>(Option<&'a [u8]>);

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let line = self.0?;
        let mut is_quoted = false;
        let comma = line.iter().rposition(|byte| {
            is_quoted ^= *byte == b'"';
            *byte == b',' && !is_quoted
        });
        self.0 = comma.map(|at| &line[..at]);
        Some(comma.map_or(line, |at| &line[at + 1..]))
    }
}

/// The address in the one `for=` of an element. Source: RFC 7239, section 4
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let element = std::str::from_utf8(element).ok()?;
    if element.contains('\\') {
        return None;
    }
    let mut found = None;
    let mut is_quoted = false;
    let pairs = element.split(|char| {
        is_quoted ^= char == '"';
        char == ';' && !is_quoted
    });
    for pair in pairs.map(|pair| pair.trim_matches([' ', '\t'])).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        if !name.eq_ignore_ascii_case("for") {
            continue;
        }
        let value = match value.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"')?,
            None => value,
        };
        if found.replace(node(value)?).is_some() {
            return None;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const TRUSTED: [&str; 3] = ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"];

    /// The address of a request from `peer` with these header lines, in this order.
    fn from(peer: &str, lines: &[(HeaderName, &str)]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        address(&extensions, &headers, &TRUSTED.map(|network| Network::read(network).unwrap())).to_string()
    }

    fn x_forwarded(value: &str) -> String {
        from("127.0.0.1", &[(X_FORWARDED_FOR, value)])
    }

    fn forwarded(value: &str) -> String {
        from("127.0.0.1", &[(header::FORWARDED, value)])
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(x_forwarded("1.2.3.4"), "1.2.3.4");
        assert_eq!(x_forwarded("6.6.6.6, 1.2.3.4, 10.0.0.1"), "1.2.3.4");
        assert_eq!(x_forwarded("10.0.0.2, 10.0.0.1"), "10.0.0.2", "a client inside the trusted network");
        assert_eq!(forwarded("for=6.6.6.6, for=1.2.3.4;by=10.0.0.1, for=10.0.0.1"), "1.2.3.4");
        for stranger in ["8.8.8.8", "::ffff:8.8.8.8", "2001:db8::1", "128.0.0.1", "11.0.0.0"] {
            let expected = stranger.trim_start_matches("::ffff:");
            assert_eq!(from(stranger, &[(X_FORWARDED_FOR, "1.2.3.4")]), expected);
            assert_eq!(from(stranger, &[(header::FORWARDED, "for=1.2.3.4")]), expected);
            assert_eq!(from(stranger, &[(X_FORWARDED_FOR, "127.0.0.1"), (header::FORWARDED, "for=127.0.0.1")]), expected);
        }
    }

    #[test]
    fn an_address_is_read_in_every_spelling() {
        for (written, expected) in [
            ("1.2.3.4", "1.2.3.4"),
            (" \t1.2.3.4 ", "1.2.3.4"),
            ("1.2.3.4:5678", "1.2.3.4"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:5678", "2001:db8::1"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("[::ffff:1.2.3.4]:80", "1.2.3.4"),
            ("::ffff:102:304", "1.2.3.4"),
        ] {
            assert_eq!(x_forwarded(written), expected, "{written:?}");
            assert_eq!(x_forwarded(&format!("6.6.6.6,{written},10.0.0.1:99")), expected, "{written:?} behind a second proxy");
            assert_eq!(forwarded(&format!("for=\"{}\"", written.trim())), expected, "{written:?} in quotes");
        }
        for (written, expected) in [
            ("For=1.2.3.4", "1.2.3.4"),
            ("proto=https;for=1.2.3.4;host=\"a;b,c\"", "1.2.3.4"),
            ("for=\"1.2.3.4:_port\" ; by=_proxy", "1.2.3.4"),
            ("for=1.2.3.4;", "1.2.3.4"),
        ] {
            assert_eq!(forwarded(written), expected, "{written:?}");
        }
    }

    #[test]
    fn an_unreadable_entry_ends_the_walk() {
        for entry in [
            "unknown",
            "_hidden",
            "",
            " ",
            "nonsense",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "1.2.3.4:",
            "1.2.3.4:port",
            "1.2.3.4:123456",
            "1.2.3.4 5.6.7.8",
            "[2001:db8::1",
            "2001:db8::1]",
            "[1.2.3.4]",
            "[2001:db8::1]80",
            "fe80::1%eth0",
            "\"1.2.3.4\"",
            "<script>",
            "é",
        ] {
            assert_eq!(x_forwarded(&format!("6.6.6.6, {entry}")), "127.0.0.1", "{entry:?} from the nearest proxy");
            assert_eq!(x_forwarded(&format!("6.6.6.6, {entry}, 10.0.0.7")), "10.0.0.7", "{entry:?} from the second proxy");
            assert_eq!(x_forwarded(&format!("{entry}, 1.2.3.4, 10.0.0.7")), "1.2.3.4", "{entry:?} from the client");
        }
        for element in [
            "for=unknown",
            "for=_hidden",
            "for=",
            "for",
            "proto=https",
            "",
            "for=\"1.2.3.4",
            "for=1.2.3.4\"",
            "for=1.2.3.4;for=6.6.6.6",
            "for=\"1.2.3\\.4\"",
            "for=1.2.3.4;host=\"a\\\", for=6.6.6.6;x=\\\"b\"",
            "for=2001:db8::1:x",
            "=1.2.3.4",
        ] {
            assert_eq!(forwarded(&format!("for=6.6.6.6, {element}")), "127.0.0.1", "{element:?}");
            assert_eq!(forwarded(&format!("for=6.6.6.6, {element}, for=10.0.0.7")), "10.0.0.7", "{element:?} from the second proxy");
        }
        assert_eq!(forwarded("for=\"6.6.6.6, for=1.2.3.4"), "1.2.3.4", "a quote that the client left open");
    }

    #[test]
    fn the_number_of_entries_makes_no_difference() {
        for count in [31, 32, 33, 100, 5_000] {
            assert_eq!(x_forwarded(&format!("{}1.2.3.4, 10.0.0.1", "6.6.6.6, ".repeat(count))), "1.2.3.4", "{count} of the client");
            assert_eq!(x_forwarded(&format!("1.2.3.4{}", ", 10.0.0.1".repeat(count))), "1.2.3.4", "{count} trusted hops");
            assert_eq!(forwarded(&format!("{}for=1.2.3.4, for=10.0.0.1", "for=6.6.6.6,".repeat(count))), "1.2.3.4", "{count} in Forwarded");
        }
    }

    #[test]
    fn several_lines_are_one_list() {
        let lines = [(X_FORWARDED_FOR, "6.6.6.6, 1.2.3.4"), (X_FORWARDED_FOR, "10.0.0.2"), (X_FORWARDED_FOR, "10.0.0.1, fd00::1")];
        assert_eq!(from("::ffff:127.0.0.1", &lines), "1.2.3.4");
        assert_eq!(from("127.0.0.1", &[(X_FORWARDED_FOR, "6.6.6.6"), (X_FORWARDED_FOR, "garbage"), (X_FORWARDED_FOR, "10.0.0.1")]), "10.0.0.1");
        assert_eq!(from("127.0.0.1", &[(X_FORWARDED_FOR, "6.6.6.6"), (X_FORWARDED_FOR, "1.2.3.4")]), "1.2.3.4");
        let lines = [(header::FORWARDED, "for=6.6.6.6"), (header::FORWARDED, "for=1.2.3.4"), (header::FORWARDED, "for=10.0.0.1")];
        assert_eq!(from("127.0.0.1", &lines), "1.2.3.4");
    }

    #[test]
    fn one_client_has_one_address() {
        let of = |ip: &str| household(ip.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:3::1"), "2001:db8:1:3::");
        assert_eq!((of("192.0.2.1"), of("::ffff:192.0.2.1")), ("192.0.2.1".to_owned(), "192.0.2.1".to_owned()));
    }

    #[test]
    fn x_forwarded_for_counts_before_forwarded() {
        let both = |x, f| from("127.0.0.1", &[(header::FORWARDED, f), (X_FORWARDED_FOR, x)]);
        assert_eq!(both("1.2.3.4", "for=6.6.6.6"), "1.2.3.4");
        assert_eq!(both("unknown", "for=6.6.6.6"), "127.0.0.1");
        assert_eq!(both("", "for=6.6.6.6"), "127.0.0.1");
    }
}
