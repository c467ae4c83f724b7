//! Streaming: what happens, told as it happens, by WebSocket and server-sent events.
//!
//! `hub.rs` says what may be listened to and who listens, `teller.rs` what they are told.

pub mod sse;
mod teller;
pub mod websocket;

use std::sync::Arc;

use app::tokens::Access;
use app::{Error, Words, streams};
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::client::{address, household, is_trusted};
use crate::error::{Fail, Result};
use crate::extract::viewer::access;
use crate::hub::{Full, Seat};
use crate::web::Web;

/// Marks the answer to an authorised request that goes on until one side ends it. It counts among the streams, no longer
/// among the requests.
#[derive(Clone, Copy, Debug)]
pub struct OpenStream;

/// The person whose streams these are. A token is compulsory.
///
/// Errors: 401 in the words of Mastodon's streaming server; 403 for who is not confirmed or let in yet.
async fn listener(parts: &mut Parts, web: &Web) -> Result<Arc<Access>> {
    let unauthorized = |id: &'static str| Fail::from(Error::Unauthorized(Words::new(id)));
    let access = match access(parts, web).await {
        Ok(Some(access)) => access,
        Ok(None) => return Err(unauthorized("error-stream-token-missing")),
        Err(fail) if fail.status == StatusCode::UNAUTHORIZED => return Err(unauthorized("error-stream-token-invalid")),
        Err(fail) => return Err(fail),
    };
    match &access.user {
        // An application's own token, and one of somebody who is shut out, open no stream.
        None => Err(unauthorized("error-stream-token-invalid")),
        Some(user) if user.disabled => Err(unauthorized("error-stream-token-invalid")),
        Some(_) => {
            access.viewer()?;
            Ok(access)
        }
    }
}

/// A seat for the person. Errors: 429 if they have too many, 503 if there is none to give.
async fn seat(web: &Web, parts: &Parts, access: &Arc<Access>) -> Result<Seat> {
    let trusted = &web.options.trusted_proxies;
    let address = address(&parts.extensions, &parts.headers, trusted);
    let address = (!is_trusted(address, trusted)).then(|| household(address));
    let seat = web.hub.join(access, access.viewer()?.account_id, address).map_err(|full| match full {
        Full::Own => Fail::new(StatusCode::TOO_MANY_REQUESTS, "error-rate-limited"),
        Full::All => Fail::new(StatusCode::SERVICE_UNAVAILABLE, "error-stream-full"),
    })?;
    // A revocation before the seat was taken has not closed it.
    if streams::token_opens(&web.app, access.token_id).await? {
        Ok(seat)
    } else {
        Err(Error::Unauthorized(Words::new("error-stream-token-invalid")).into())
    }
}

/// GET /api/v1/streaming/health
pub async fn health() -> &'static str {
    "OK"
}
