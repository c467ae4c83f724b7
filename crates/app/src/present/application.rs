//! Applications and tokens.

use store::TokenId;
use store::oauth::Application;
use wire::mastodon as m;

use crate::App;

/// A registered application with the secret that is shown this once.
#[derive(Clone)]
pub struct Registered {
    pub application: Application,
    pub secret: String,
}

/// A token as the application gets it.
#[derive(Clone)]
pub struct Given {
    pub token_id: TokenId,
    pub access_token: String,
    pub scope: String,
    /// Milliseconds UTC.
    pub created_at: i64,
}

/// An application as its own token sees it.
pub fn application(app: &App, a: &Application) -> m::Application {
    m::Application {
        id: wire::Id(a.id.0),
        name: a.name.clone(),
        website: a.website.clone(),
        scopes: a.scopes.split(' ').map(str::to_owned).collect(),
        redirect_uris: a.redirect_uris.lines().map(str::to_owned).collect(),
        redirect_uri: a.redirect_uris.clone(),
        vapid_key: app.secrets.vapid_public_key.clone(),
    }
}

/// A newly registered application with its secret.
pub fn registered(app: &App, r: &Registered) -> m::CredentialApplication {
    m::CredentialApplication {
        application: application(app, &r.application),
        client_id: r.application.client_id.clone(),
        client_secret: r.secret.clone(),
        client_secret_expires_at: 0,
    }
}

pub fn token(given: &Given) -> m::Token {
    m::Token {
        access_token: given.access_token.clone(),
        token_type: "Bearer".into(),
        scope: given.scope.clone(),
        created_at: given.created_at / 1000,
    }
}
