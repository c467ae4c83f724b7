//! Streaming: what happens, told as it happens, by WebSocket and server-sent events.

pub mod hub;
pub mod sse;
pub mod websocket;

use std::sync::Arc;

use app::tokens::Access;
use app::{Error, Words};
use axum::http::request::Parts;

use crate::error::{Fail, Result};
use crate::extract::viewer::access;
use crate::web::Web;

/// The streams that exist so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    User,
    UserNotification,
}

impl Stream {
    pub fn from_name(name: &str) -> Option<Stream> {
        match name {
            "user" => Some(Stream::User),
            "user:notification" => Some(Stream::UserNotification),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Stream::User => "user",
            Stream::UserNotification => "user:notification",
        }
    }

    /// Whether the token opens the stream at all.
    fn check(self, access: &Access) -> Result<()> {
        let scope = match self {
            Stream::User => "read:statuses",
            Stream::UserNotification => "read:notifications",
        };
        if access.scopes.opens(scope) { Ok(()) } else { Err(Error::Forbidden(Words::new("error-scope")).into()) }
    }
}

/// The person whose streams these are. A token is compulsory.
async fn listener(parts: &mut Parts, web: &Web) -> Result<Arc<Access>> {
    let access = access(parts, web).await?.ok_or_else(|| Fail::from(Error::Unauthorized(Words::new("error-stream-token-missing"))))?;
    access.viewer()?;
    Ok(access)
}

/// GET /api/v1/streaming/health
pub async fn health() -> &'static str {
    "OK"
}
