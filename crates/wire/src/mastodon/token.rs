//! OAuth: the tokens handed out, and what the server says about how to get one.

use serde::{Deserialize, Serialize};

/// An access token. Tokens never expire, so nothing here says when.
///
/// Source: docs.joinmastodon.org/entities/Token/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Token {
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Separated by spaces.
    pub scope: String,
    /// Seconds since 1970, a number.
    pub created_at: i64,
}

/// The document at `/.well-known/oauth-authorization-server`.
///
/// Source: docs.joinmastodon.org/methods/oauth/#authorization-server-metadata, RFC 8414
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OAuthServerMetadata {
    pub issuer: String,
    pub service_documentation: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub revocation_endpoint: String,
    pub userinfo_endpoint: String,
    /// Mastodon's own name for `POST /api/v1/apps`.
    pub app_registration_endpoint: String,
    pub scopes_supported: Vec<String>,
    pub response_types_supported: Vec<String>,
    pub response_modes_supported: Vec<String>,
    pub grant_types_supported: Vec<String>,
    pub token_endpoint_auth_methods_supported: Vec<String>,
    pub code_challenge_methods_supported: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_token_says_when_it_was_made_as_a_number() {
        check(
            Token { access_token: "abc".into(), token_type: "Bearer".into(), scope: "read write".into(), created_at: 1_767_323_045 },
            json!({
                "access_token": "abc",
                "token_type": "Bearer",
                "scope": "read write",
                "created_at": 1767323045,
            }),
        );
    }

    #[test]
    fn the_server_tells_how_to_get_a_token() {
        let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        check(
            OAuthServerMetadata {
                issuer: "https://a.test/".into(),
                service_documentation: "https://docs.test/".into(),
                authorization_endpoint: "https://a.test/oauth/authorize".into(),
                token_endpoint: "https://a.test/oauth/token".into(),
                revocation_endpoint: "https://a.test/oauth/revoke".into(),
                userinfo_endpoint: "https://a.test/oauth/userinfo".into(),
                app_registration_endpoint: "https://a.test/api/v1/apps".into(),
                scopes_supported: words("read write"),
                response_types_supported: words("code"),
                response_modes_supported: words("query fragment form_post"),
                grant_types_supported: words("authorization_code client_credentials"),
                token_endpoint_auth_methods_supported: words("client_secret_basic client_secret_post"),
                code_challenge_methods_supported: words("S256"),
            },
            json!({
                "issuer": "https://a.test/",
                "service_documentation": "https://docs.test/",
                "authorization_endpoint": "https://a.test/oauth/authorize",
                "token_endpoint": "https://a.test/oauth/token",
                "revocation_endpoint": "https://a.test/oauth/revoke",
                "userinfo_endpoint": "https://a.test/oauth/userinfo",
                "app_registration_endpoint": "https://a.test/api/v1/apps",
                "scopes_supported": ["read", "write"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "grant_types_supported": ["authorization_code", "client_credentials"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                ],
                "code_challenge_methods_supported": ["S256"],
            }),
        );
    }
}
