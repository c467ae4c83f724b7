//! An app as its developer registers it, and what it says to the token endpoints.

use serde_json::{Value, json};
use url::Url;

use crate::person::{Answer, Person, text_of};
use crate::server::Server;
use crate::visitor::Visitor;

pub struct App {
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uri: String,
    pub url: String,
}

pub const OOB: &str = "urn:ietf:wg:oauth:2.0:oob";

impl App {
    pub async fn register(server: &Server, redirect_uri: &str, scopes: &str) -> Self {
        let params = json!({ "client_name": "Test app", "redirect_uris": redirect_uri, "scopes": scopes });
        let request = server.http.post(format!("{}/api/v1/apps", server.url)).json(&params);
        let app = Answer::of(request).await.expect("an answer").expect(200);
        Self {
            client_id: text_of(&app["client_id"]),
            client_secret: text_of(&app["client_secret"]),
            redirect_uri: redirect_uri.to_owned(),
            url: server.url.clone(),
        }
    }

    /// The address a client would open in a browser, with more parameters if need be.
    pub fn authorize_url(&self, scope: &str, more: &[(&str, &str)]) -> String {
        let params =
            [("response_type", "code"), ("client_id", self.client_id.as_str()), ("redirect_uri", self.redirect_uri.as_str()), ("scope", scope)];
        let mut url = Url::parse(&format!("{}/oauth/authorize", self.url)).expect("an address");
        for (name, value) in more {
            url.query_pairs_mut().append_pair(name, value);
        }
        // A parameter given in `more` stands in for ours of that name.
        for (name, value) in params.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name)) {
            url.query_pairs_mut().append_pair(name, value);
        }
        url.into()
    }

    /// A code for `person`, got through the pages as a browser would.
    pub async fn code_for(&self, person: &Person, scope: &str, more: &[(&str, &str)]) -> String {
        let mut visitor = Visitor::new();
        let page = visitor.opens(&self.authorize_url(scope, more)).await;
        let page = visitor.signs_in(&page, person).await;
        let page = visitor.consents(&page).await;
        page.param("code").unwrap_or_else(|| panic!("no code in {} ({}):\n{}", page.url, page.status, page.html))
    }

    pub async fn trades(&self, server: &Server, code: &str, more: &[(&str, &str)]) -> Answer {
        let params = [&[("grant_type", "authorization_code"), ("code", code)], more].concat();
        self.asks(server, "/oauth/token", &params).await
    }

    /// A token for `person`, all the way through the pages.
    pub async fn token_for(&self, server: &Server, person: &Person, scope: &str) -> Value {
        let code = self.code_for(person, scope, &[]).await;
        self.trades(server, &code, &[]).await.expect(200)
    }

    /// Posts a form with this app's id, secret and redirect address.
    pub async fn asks(&self, server: &Server, path: &str, params: &[(&str, &str)]) -> Answer {
        let own =
            [("client_id", self.client_id.as_str()), ("client_secret", self.client_secret.as_str()), ("redirect_uri", self.redirect_uri.as_str())];
        let form = [&own[..], params].concat();
        let request = server.http.post(format!("{}{path}", self.url)).form(&form);
        Answer::of(request).await.expect("an answer")
    }
}
