//! The client's address, as [`crate::client`] finds it.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::client::address;
use crate::web::Web;

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<Web> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        Ok(ClientAddress(address(&parts.extensions, &parts.headers, &web.options.trusted_proxies)))
    }
}
