//! The client's address. A proxy's word is taken only from trusted networks.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use app::net::Network;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use crate::web::Web;

const FORWARDED_MAX: usize = 32;

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<Web> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        Ok(ClientAddress(address(&parts.extensions, &parts.headers, &web.options.trusted_proxies)))
    }
}

/// The nearest address that is not a trusted proxy: from the connection, then X-Forwarded-For from
/// its right end.
pub fn address(extensions: &Extensions, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
    let is_trusted = |ip: IpAddr| trusted.iter().any(|network| network.contains(ip));
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let forwarded: Vec<IpAddr> = forwarded.filter_map(|ip| ip.trim().parse().ok()).take(FORWARDED_MAX).collect();
    let mut nearest = peer;
    for ip in forwarded.into_iter().rev() {
        if !is_trusted(nearest) {
            break;
        }
        nearest = ip;
    }
    nearest.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let from = |peer: &str, forwarded: &str| {
            let mut extensions = Extensions::new();
            extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            address(&extensions, &headers, &[Network::read("127.0.0.0/8").unwrap(), Network::read("10.0.0.0/8").unwrap()]).to_string()
        };
        assert_eq!(from("127.0.0.1", "1.2.3.4"), "1.2.3.4");
        assert_eq!(from("127.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.1"), "1.2.3.4");
        assert_eq!(from("8.8.8.8", "1.2.3.4"), "8.8.8.8");
        assert_eq!(from("127.0.0.1", "nonsense"), "127.0.0.1");
    }
}
