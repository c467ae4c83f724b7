//! /oauth: from the consent page to a token and its end.

use app::stories;
use serde_json::{Value, json};

use crate::tests::pages::{Visitor, field};
use crate::tests::site::{Site, keys};

const OOB: &str = "urn:ietf:wg:oauth:2.0:oob";

async fn registered(site: &Site) -> Value {
    site.post("/api/v1/apps")
        .json(json!({ "client_name": "Client", "redirect_uris": [OOB, "https://client.test/back?x=1"], "scopes": "read write" }))
        .await
        .ok()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn ask_path(client: &Value, rest: &str) -> String {
    format!("/oauth/authorize?response_type=code&client_id={}&scope=read&{rest}", text(client, "client_id"))
}

stories! {
    async fn the_metadata_names_every_endpoint(site: Site) {
        let shown = site.get("/.well-known/oauth-authorization-server").await;
        assert_eq!(shown.header("access-control-allow-origin"), "*");
        let shown = shown.ok();
        assert_eq!((text(&shown, "issuer"), text(&shown, "token_endpoint")), ("https://here.test/", "https://here.test/oauth/token"));
        assert_eq!(shown["code_challenge_methods_supported"], json!(["S256"]));
    }

    async fn a_person_signs_in_consents_and_the_code_becomes_a_token(site: Site) {
        let client = registered(&site).await;
        let mut visitor = Visitor::default();
        let path = ask_path(&client, &format!("redirect_uri={OOB}"));
        let sent = visitor.get(&site, &path).await;
        assert_eq!(sent.status, 303);
        let sign_in = visitor.get(&site, sent.header("location")).await;
        let back = visitor.sign_in(&site, &sign_in, "alice").await;
        assert_eq!(back.status, 303);
        let consent = visitor.get(&site, back.header("location")).await;
        assert_eq!(consent.status, 200, "{}", consent.text());
        assert!(consent.text().contains("Client"));
        let form = format!("csrf_token={}&response_type=code&client_id={}&redirect_uri={OOB}&scope=read", field(&consent, "csrf_token"), text(&client, "client_id"));
        let forged = visitor.post(&site, "/oauth/authorize", &form.replace("csrf_token=", "csrf_token=0")).await;
        assert_eq!(forged.status, 403);
        let done = visitor.post(&site, "/oauth/authorize", &form).await;
        let code = done.header("location").strip_prefix("/oauth/authorize/native?code=").unwrap().to_owned();
        assert!(visitor.get(&site, done.header("location")).await.text().contains(&code));

        let redeem = |code: &str| {
            site.post("/oauth/token").form(&format!(
                "grant_type=authorization_code&code={code}&redirect_uri={OOB}&client_id={}&client_secret={}",
                text(&client, "client_id"),
                text(&client, "client_secret")
            ))
        };
        let token = redeem(&code).await.ok();
        assert_eq!(keys(&token), ["access_token", "created_at", "scope", "token_type"]);
        assert_eq!((text(&token, "token_type"), text(&token, "scope"), token["created_at"].clone()), ("Bearer", "read", json!(site.world.now() / 1000)));
        let me = site.get("/api/v1/accounts/verify_credentials").with_token(text(&token, "access_token")).await.ok();
        assert_eq!(me["username"], "alice");
        let again = redeem(&code).await;
        assert_eq!((again.status, again.json()["error"].clone(), keys(&again.json())), (400, json!("invalid_grant"), vec!["error", "error_description"]));

        let revoke = |secret: &str| {
            site.post("/oauth/revoke").form(&format!("client_id={}&client_secret={secret}&token={}", text(&client, "client_id"), text(&token, "access_token")))
        };
        assert_eq!(revoke("wrong").await.json()["error"], "invalid_client");
        assert_eq!(revoke(text(&client, "client_secret")).await.ok(), json!({}));
        assert_eq!(revoke(text(&client, "client_secret")).await.ok(), json!({}));
        let closed = site.get("/api/v1/accounts/verify_credentials").with_token(text(&token, "access_token")).await;
        assert_eq!(closed.error(), (401, "The access token was revoked".into()));
    }

    async fn refusing_sends_the_person_back_with_the_reason_and_the_state(site: Site) {
        let client = registered(&site).await;
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        let path = ask_path(&client, "redirect_uri=https%3A%2F%2Fclient.test%2Fback%3Fx%3D1&state=s");
        let consent = visitor.get(&site, &path).await;
        let form = format!(
            "csrf_token={}&_method=delete&response_type=code&client_id={}&redirect_uri=https%3A%2F%2Fclient.test%2Fback%3Fx%3D1&scope=read&state=s",
            field(&consent, "csrf_token"),
            text(&client, "client_id")
        );
        let back = visitor.post(&site, "/oauth/authorize", &form).await;
        let address = back.header("location");
        assert!(address.starts_with("https://client.test/back?x=1&error=access_denied&error_description=") && address.ends_with("&state=s"), "{address}");
    }

    async fn a_request_whose_address_is_not_sure_is_never_sent_back(site: Site) {
        let client = registered(&site).await;
        for path in [
            ask_path(&client, "redirect_uri=https%3A%2F%2Fevil.test%2F"),
            "/oauth/authorize?response_type=code&client_id=nobody&redirect_uri=https%3A%2F%2Fevil.test%2F".to_owned(),
        ] {
            let shown = site.get(&path).header("accept", "text/html").await;
            assert_eq!((shown.status, shown.header("location")), (400, ""), "{path}");
        }
        let wrong_scope = site.get(&ask_path(&client, "redirect_uri=https%3A%2F%2Fclient.test%2Fback%3Fx%3D1").replace("scope=read", "scope=push")).await;
        assert!(wrong_scope.header("location").starts_with("https://client.test/back?x=1&error=invalid_scope"), "{}", wrong_scope.header("location"));
    }

    async fn a_client_gets_a_token_of_its_own(site: Site) {
        let client = registered(&site).await;
        let ask = |body: &str| site.post("/oauth/token").form(body);
        let pair = format!("client_id={}&client_secret={}", text(&client, "client_id"), text(&client, "client_secret"));
        let token = ask(&format!("grant_type=client_credentials&scope=read&{pair}")).await.ok();
        let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{}:{}", text(&client, "client_id"), text(&client, "client_secret")));
        let same = ask("grant_type=client_credentials&scope=read").header("authorization", &format!("Basic {basic}")).await.ok();
        assert_eq!(token, same, "given again, and by Basic too");
        site.get("/api/v1/apps/verify_credentials").with_token(text(&token, "access_token")).await.ok();
        for (body, status, code) in [
            (format!("grant_type=client_credentials&scope=push&{pair}"), 400, "invalid_scope"),
            (format!("grant_type=password&{pair}"), 400, "unsupported_grant_type"),
            (pair.clone(), 400, "invalid_request"),
            (format!("grant_type=authorization_code&{pair}"), 400, "invalid_request"),
            ("grant_type=client_credentials&client_id=nobody&client_secret=x".to_owned(), 401, "invalid_client"),
        ] {
            let answer = ask(&body).await;
            assert_eq!((answer.status, answer.json()["error"].clone()), (status, json!(code)), "{body}");
        }
    }
}
