//! /oauth: from the consent page to a token and its end.

use app::stories;
use serde_json::{Value, json};

use crate::tests::live::Server;
use crate::tests::pages::{Visitor, field};
use crate::tests::site::{Answer, Site, is_closed_without, keys};

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

/// The form that consents; `back` is its encoded address and what else it brings.
fn consent_form(client: &Value, consent: &Answer, back: &str) -> String {
    format!("csrf_token={}&response_type=code&client_id={}&scope=read&redirect_uri={back}", field(consent, "csrf_token"), text(client, "client_id"))
}

stories! {
    async fn pages_that_list_applications_are_closed(site: Site) {
        let asks = [("GET", ""), ("POST", ""), ("GET", "/new"), ("GET", "/1"), ("GET", ".json"), ("PUT", "/1"), ("PATCH", "/1"), ("DELETE", "/1"), ("GET", "/1/edit")];
        for (method, path) in asks {
            let ask = site.ask(method.parse().unwrap(), &format!("/oauth/applications{path}"));
            assert_eq!(ask.clone().await.error(), (403, "This action is not allowed".into()), "{method} {path}");
            assert_eq!(ask.by(&site.user("alice")).await.status, 403, "{method} {path} with a token");
        }
        assert_eq!(site.get("/oauth/applicationsx/1").await.status, 404);
    }

    async fn the_metadata_names_every_endpoint(site: Site) {
        let shown = site.get("/.well-known/oauth-authorization-server").await;
        assert_eq!(shown.header("access-control-allow-origin"), "*");
        let mut shown = shown.ok();
        let scopes = shown.as_object_mut().unwrap().shift_remove("scopes_supported").unwrap();
        assert!(scopes.as_array().unwrap().contains(&json!("profile")) && scopes.as_array().unwrap().len() > 40);
        assert_eq!(
            shown,
            json!({
                "issuer": "https://here.test/",
                "service_documentation": "https://docs.joinmastodon.org/",
                "authorization_endpoint": "https://here.test/oauth/authorize",
                "token_endpoint": "https://here.test/oauth/token",
                "app_registration_endpoint": "https://here.test/api/v1/apps",
                "revocation_endpoint": "https://here.test/oauth/revoke",
                "userinfo_endpoint": "https://here.test/oauth/userinfo",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "grant_types_supported": ["authorization_code", "client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
            })
        );
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
        let refused = revoke("wrong").await;
        assert_eq!((refused.status, refused.json()["error"].clone()), (403, json!("unauthorized_client")));
        assert_eq!(refused.json()["error_description"], "You are not authorized to revoke this token");
        let stranger = registered(&site).await;
        let pair = |client: &Value| format!("client_id={}&client_secret={}", text(client, "client_id"), text(client, "client_secret"));
        let by_stranger = site.post("/oauth/revoke").form(&format!("{}&token={}", pair(&stranger), text(&token, "access_token"))).await;
        assert_eq!((by_stranger.status, by_stranger.json()["error"].clone()), (403, json!("unauthorized_client")));
        for unknown in ["", "&token=nonsense"] {
            assert_eq!(site.post("/oauth/revoke").form(&format!("{}{unknown}", pair(&stranger))).await.ok(), json!({}));
            assert_eq!(site.post("/oauth/revoke").form(&format!("client_id=nobody{unknown}")).await.status, 403);
        }
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

    async fn denying_an_app_without_an_address_is_said_on_a_page(site: Site) {
        let client = registered(&site).await;
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        for (lang, title) in [("en", "Access denied"), ("ar", "رُفض الوصول"), ("ja", "アクセスを拒否しました")] {
            let consent = visitor.get(&site, &ask_path(&client, &format!("redirect_uri={OOB}&lang={lang}"))).await;
            let form = format!("{}&lang={lang}", consent_form(&client, &consent, OOB));
            for denied in [
                visitor.post(&site, "/oauth/authorize", &format!("{form}&_method=delete")).await,
                visitor.asks(site.delete("/oauth/authorize").form(&form)).await,
            ] {
                assert_eq!((denied.status, denied.header("location"), denied.header("content-language")), (200, "", lang));
                for part in [title, "<code dir=\"ltr\">access_denied</code>", "Client", "@alice"] {
                    assert!(denied.text().contains(part), "{part}: {}", denied.text());
                }
                assert!(!denied.text().contains("/auth/sign_in") && !denied.text().contains("<textarea"), "{}", denied.text());
            }
        }
        let mut stranger = Visitor::default();
        let page = stranger.get(&site, "/auth/sign_in").await;
        let form = consent_form(&client, &page, OOB);
        let nobody = stranger.post(&site, "/oauth/authorize", &format!("{form}&_method=delete")).await;
        assert!(nobody.header("location").starts_with("/auth/sign_in"), "who is not signed in denies nothing");
    }

    async fn an_app_that_asks_wrongly_is_told_so_with_its_state(site: Site) {
        let client = registered(&site).await;
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        let challenge = "a".repeat(43);
        for (wrong, error) in [
            ("code_challenge=&code_challenge_method=S256".to_owned(), "invalid_request"),
            ("code_challenge=".to_owned(), "invalid_request"),
            ("code_challenge_method=S256".to_owned(), "invalid_request"),
            (format!("code_challenge={challenge}&code_challenge_method=plain"), "invalid_code_challenge_method"),
            (format!("code_challenge={challenge}"), "invalid_code_challenge_method"),
        ] {
            let back = "https%3A%2F%2Fclient.test%2Fback%3Fx%3D1";
            let sent = visitor.get(&site, &ask_path(&client, &format!("redirect_uri={back}&state=a%26b%0A&{wrong}"))).await;
            let address = sent.header("location");
            assert!(address.starts_with(&format!("https://client.test/back?x=1&error={error}&error_description=")), "{wrong}: {address}");
            assert!(address.ends_with("&state=a%26b%0A"), "{address}");
            let consent = visitor.get(&site, &ask_path(&client, &format!("redirect_uri={back}"))).await;
            let forged = visitor.post(&site, "/oauth/authorize", &consent_form(&client, &consent, &format!("{back}&{wrong}"))).await;
            assert!(forged.header("location").contains(&format!("error={error}")), "not by the form either: {}", forged.header("location"));
            let shown = visitor.get(&site, &ask_path(&client, &format!("redirect_uri={OOB}&{wrong}"))).await;
            assert_eq!((shown.status, shown.header("location")), (400, ""), "without an address it is a page");
        }
    }

    async fn a_replayed_code_closes_the_streams_of_its_token(site: Site) {
        let client = registered(&site).await;
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        let consent = visitor.get(&site, &ask_path(&client, &format!("redirect_uri={OOB}"))).await;
        let sent = visitor.post(&site, "/oauth/authorize", &consent_form(&client, &consent, OOB)).await;
        let code = sent.header("location").strip_prefix("/oauth/authorize/native?code=").unwrap().to_owned();
        let pair = format!("client_id={}&client_secret={}", text(&client, "client_id"), text(&client, "client_secret"));
        let redeem = || site.post("/oauth/token").form(&format!("grant_type=authorization_code&code={code}&redirect_uri={OOB}&{pair}"));
        let answer = redeem().await;
        assert_eq!(answer.header("cache-control"), "private, no-store");
        let token = answer.ok();
        let server = Server::of(&site).await;
        let mut live = server.socket_with(text(&token, "access_token"), "?stream=user").await;
        live.is_heard().await;
        assert_eq!(redeem().await.json()["error"], "invalid_grant");
        live.closes().await;
        let closed = site.get("/api/v1/accounts/verify_credentials").with_token(text(&token, "access_token")).await;
        assert_eq!(closed.error(), (401, "The access token was revoked".into()));
    }

    async fn the_answer_comes_the_way_the_app_wants_it(site: Site) {
        let client = registered(&site).await;
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        let back = "https%3A%2F%2Fclient.test%2Fback%3Fx%3D1";
        for (mode, begins) in [("query", "https://client.test/back?x=1&code="), ("fragment", "https://client.test/back?x=1#code=")] {
            let consent = visitor.get(&site, &ask_path(&client, &format!("redirect_uri={back}&response_mode={mode}&state=s"))).await;
            let sent = visitor.post(&site, "/oauth/authorize", &consent_form(&client, &consent, &format!("{back}&response_mode={mode}&state=s"))).await;
            let address = sent.header("location");
            assert!(address.starts_with(begins) && address.ends_with("&state=s"), "{address}");
        }
        let path = ask_path(&client, &format!("redirect_uri={back}&response_mode=form_post&state=%22s"));
        let consent = visitor.get(&site, &path).await;
        let form = consent_form(&client, &consent, &format!("{back}&response_mode=form_post&state=%22s"));
        let shown = visitor.post(&site, "/oauth/authorize", &form).await;
        assert_eq!((shown.status, shown.header("location")), (200, ""));
        assert!(shown.text().contains("action=\"https://client.test/back?x=1\""), "{}", shown.text());
        assert!(shown.text().contains("name=\"code\"") && shown.text().contains("name=\"state\" value=\"&#34;s\""), "{}", shown.text());
        let denied = visitor.post(&site, "/oauth/authorize", &format!("{form}&_method=delete")).await;
        assert!(denied.text().contains("name=\"error\" value=\"access_denied\""), "{}", denied.text());
        let unknown = visitor.get(&site, &path.replace("form_post", "smoke")).await;
        assert!(unknown.header("location").contains("error=unsupported_response_mode"), "{}", unknown.header("location"));
    }

    async fn a_program_may_deny_with_the_method_of_that_name(site: Site) {
        let client = registered(&site).await;
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        let consent = visitor.get(&site, &ask_path(&client, "redirect_uri=https%3A%2F%2Fclient.test%2Fback%3Fx%3D1")).await;
        let form = consent_form(&client, &consent, "https%3A%2F%2Fclient.test%2Fback%3Fx%3D1");
        let denied = visitor.asks(site.delete("/oauth/authorize").form(&form)).await;
        assert!(denied.header("location").starts_with("https://client.test/back?x=1&error=access_denied"), "{}", denied.header("location"));
        let forged = visitor.asks(site.delete("/oauth/authorize").form(&form.replace("csrf_token=", "csrf_token=0"))).await;
        assert_eq!(forged.status, 403);
    }

    async fn a_person_can_be_made_to_sign_in_again_and_reads_their_language(site: Site) {
        let client = registered(&site).await;
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        let path = ask_path(&client, &format!("redirect_uri={OOB}"));
        assert_eq!(visitor.get(&site, &path).await.status, 200);
        let again = visitor.get(&site, &format!("{path}&force_login=true")).await;
        assert!(again.status == 303 && again.header("location").starts_with("/auth/sign_in?return_to="), "{}", again.header("location"));
        assert!(!again.header("location").contains("force_login"), "once only");
        assert_eq!(visitor.get(&site, &format!("{path}&force_login=false")).await.status, 200);
        let arabic = visitor.get(&site, &format!("{path}&lang=ar")).await;
        assert!(arabic.header("content-language") == "ar" && arabic.text().contains("dir=\"rtl\""));
        assert!(arabic.text().contains("name=\"lang\" value=\"ar\""), "the answer is in it, too");
    }

    async fn the_same_consent_gives_the_same_token_again(site: Site) {
        let client = registered(&site).await;
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        let mut tokens = Vec::new();
        for scope in ["read", "read", "read+write"] {
            let consent = visitor.get(&site, &ask_path(&client, &format!("redirect_uri={OOB}")).replace("scope=read", &format!("scope={scope}"))).await;
            let form = consent_form(&client, &consent, OOB).replace("scope=read", &format!("scope={scope}"));
            let sent = visitor.post(&site, "/oauth/authorize", &form).await;
            let code = sent.header("location").strip_prefix("/oauth/authorize/native?code=").unwrap().to_owned();
            let pair = format!("client_id={}&client_secret={}", text(&client, "client_id"), text(&client, "client_secret"));
            let token = site.post("/oauth/token").form(&format!("grant_type=authorization_code&code={code}&redirect_uri={OOB}&{pair}")).await.ok();
            tokens.push(token);
        }
        assert_eq!(tokens[0], tokens[1]);
        assert!(tokens[0]["access_token"] != tokens[2]["access_token"] && tokens[2]["scope"] == "read write");
    }

    async fn a_token_for_the_profile_tells_who_it_belongs_to_and_no_more(site: Site) {
        let alice = site.user("alice");
        let token = alice.token_with("profile").await;
        let expected = json!({
            "iss": "https://here.test/",
            "sub": format!("https://here.test/ap/users/{}", alice.account),
            "name": "",
            "preferred_username": "alice",
            "profile": "https://here.test/@alice",
            "picture": "https://here.test/avatars/original/missing.png",
        });
        let get = site.get("/oauth/userinfo").with_token(&token).header("origin", "https://client.test").await;
        assert_eq!(get.header("access-control-allow-origin"), "*");
        assert_eq!(get.ok(), expected);
        assert_eq!(site.post("/oauth/userinfo").form(&format!("access_token={token}")).await.ok(), expected);
        assert_eq!(site.get("/api/v1/accounts/verify_credentials").with_token(&token).await.ok()["username"], "alice");
        assert_eq!(site.get("/api/v1/timelines/home").with_token(&token).await.error().0, 403);
        is_closed_without(&site, site.get("/oauth/userinfo"), "profile").await;
        is_closed_without(&site, site.post("/oauth/userinfo"), "profile").await;
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
        let both = ask(&format!("grant_type=client_credentials&scope=read+write&{pair}")).await.ok();
        for scope in ["write+read", "write+read+write", "read%20write"] {
            assert_eq!(ask(&format!("grant_type=client_credentials&scope={scope}&{pair}")).await.ok(), both, "{scope}");
        }
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
