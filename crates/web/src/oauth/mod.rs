//! OAuth over HTTP: the authorization page, tokens, revocation, metadata.

pub mod applications;
pub mod authorize;
pub mod consent;
pub mod metadata;
pub mod revoke;
pub mod token;
pub mod userinfo;

use app::oauth::applications::{Application, authenticate};
use app::{App, Error};
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::Result;
use crate::extract::Params;

/// The application that proves itself by Basic header or by body. Source: RFC 6749, section 2.3.1
async fn client(app: &App, headers: &HeaderMap, params: &Params) -> Result<Application> {
    let (id, secret) = match basic(headers) {
        Some(pair) => pair,
        None => (params.text("client_id")?.unwrap_or_default(), params.text("client_secret")?.unwrap_or_default()),
    };
    Ok(authenticate(app, &id, &secret).await?)
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (kind, encoded) = value.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| kind.eq_ignore_ascii_case("basic"))?;
    let pair = String::from_utf8(decoded).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// A missing parameter, in OAuth's words.
fn missing(name: &'static str) -> Error {
    Error::OAuth { code: "invalid_request", words: app::Words::new("oauth-missing-param").with("name", name) }
}
