//! GET /.well-known/oauth-authorization-server

use app::App;
use app::scopes::KNOWN;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// Source: RFC 8414; docs.joinmastodon.org/methods/oauth/#authorization-server-metadata
pub async fn handler(State(app): State<App>) -> Json<Value> {
    let base = &app.urls().base;
    Json(json!({
        "issuer": format!("{base}/"),
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/oauth/token"),
        "app_registration_endpoint": format!("{base}/api/v1/apps"),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "userinfo_endpoint": format!("{base}/oauth/userinfo"),
        "scopes_supported": KNOWN,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }))
}
