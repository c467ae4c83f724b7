//! Who a token belongs to, in the words of OpenID Connect.

use serde::{Deserialize, Serialize};

/// Source: docs.joinmastodon.org/methods/oauth/#userinfo
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OAuthUserinfo {
    /// The server, with a slash at the end.
    pub iss: String,
    /// The address of the actor.
    pub sub: String,
    /// The display name; may be empty.
    pub name: String,
    pub preferred_username: String,
    /// The profile's page.
    pub profile: Option<String>,
    /// The avatar.
    pub picture: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_person_is_described_by_six_claims() {
        let alice = OAuthUserinfo {
            iss: "https://a.test/".into(),
            sub: "https://a.test/users/alice".into(),
            name: "Alice".into(),
            preferred_username: "alice".into(),
            profile: Some("https://a.test/@alice".into()),
            picture: "https://a.test/alice.png".into(),
        };
        check(
            alice,
            json!({
                "iss": "https://a.test/",
                "sub": "https://a.test/users/alice",
                "name": "Alice",
                "preferred_username": "alice",
                "profile": "https://a.test/@alice",
                "picture": "https://a.test/alice.png",
            }),
        );
    }
}
