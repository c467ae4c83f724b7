//! Client applications, as they are registered and as they see themselves.

use serde::{Deserialize, Serialize};

use crate::Id;

/// A registered application.
///
/// Source: docs.joinmastodon.org/entities/Application/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Application {
    pub id: Id,
    pub name: String,
    /// Null when blank.
    pub website: Option<String>,
    pub scopes: Vec<String>,
    pub redirect_uris: Vec<String>,
    /// All of `redirect_uris`, one a line.
    pub redirect_uri: String,
    pub vapid_key: String,
}

/// An application with its secrets: the answer to its registration only.
///
/// Source: docs.joinmastodon.org/entities/Application/#CredentialApplication
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CredentialApplication {
    #[serde(flatten)]
    pub application: Application,
    pub client_id: String,
    pub client_secret: String,
    /// Always 0: never.
    pub client_secret_expires_at: i64,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::check;
    use super::*;

    fn toot() -> Application {
        Application {
            id: Id(1),
            name: "toot".into(),
            website: None,
            scopes: vec!["read".into(), "write".into()],
            redirect_uris: vec!["https://c.test/a".into(), "https://c.test/b".into()],
            redirect_uri: "https://c.test/a\nhttps://c.test/b".into(),
            vapid_key: "key".into(),
        }
    }

    fn toot_json() -> Value {
        json!({
            "id": "1",
            "name": "toot",
            "website": null,
            "scopes": ["read", "write"],
            "redirect_uris": ["https://c.test/a", "https://c.test/b"],
            "redirect_uri": "https://c.test/a\nhttps://c.test/b",
            "vapid_key": "key",
        })
    }

    #[test]
    fn an_application_without_a_website_says_null() {
        check(toot(), toot_json());
    }

    #[test]
    fn a_registered_application_gets_its_secrets() {
        let mut expected = toot_json();
        expected["client_id"] = json!("id");
        expected["client_secret"] = json!("secret");
        expected["client_secret_expires_at"] = json!(0);
        check(
            CredentialApplication { application: toot(), client_id: "id".into(), client_secret: "secret".into(), client_secret_expires_at: 0 },
            expected,
        );
    }
}
