//! Our signature on a push: the push service lets in only whom the client has named by our public key.
//!
//! Source: RFC 8292

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use url::Url;

use crate::{App, Result};

/// How long a token is good.
const LIFE_MS: i64 = 24 * 60 * 60 * 1000;

/// A token for the push service of `endpoint`, signed with ES256.
pub fn token(app: &App, endpoint: &Url) -> Result<String> {
    let contact = app.settings.get("site_contact_email");
    let subject = if contact.is_empty() { app.urls().base.clone() } else { format!("mailto:{contact}") };
    let claims = json!({
        "aud": endpoint.origin().ascii_serialization(),
        "exp": (app.now_ms() + LIFE_MS) / 1000,
        "sub": subject,
    });
    let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&json!({ "typ": "JWT", "alg": "ES256" })), encode(&claims));
    let signature = app.secrets.sign_push(signed.as_bytes())?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
