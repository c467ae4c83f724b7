//! Signing in as an app does it: the pages, the codes, the tokens, and what must not work.

use serde_json::Value;

use crate::app::{App, OOB};
use crate::live::Live;
use crate::person::{Answer, text_of};
use crate::server::{Server, on_both_engines};
use crate::visitor::Visitor;

const CALLBACK: &str = "https://app.test/callback?from=ferrodon";

// A verifier and its S256 challenge. Source: RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

on_both_engines![
    an_app_is_let_in_by_its_user_and_acts_for_them,
    a_code_wants_the_verifier_of_its_challenge,
    a_code_works_once,
    a_code_is_for_one_app_and_one_address,
    a_foreign_redirect_address_gets_a_page_and_no_redirect,
    a_refusal_is_told_to_the_app,
    a_page_shows_the_code_to_apps_without_an_address,
    an_app_without_a_user_has_a_token_of_its_own,
    a_token_does_no_more_than_its_scopes,
    a_scope_the_app_never_asked_for_is_refused,
    revoking_a_token_closes_its_streams,
    only_its_own_app_revokes_a_token,
    a_wrong_password_tells_nothing_and_lets_nobody_in,
    a_form_from_elsewhere_gives_no_code,
    a_wrong_secret_gets_no_token,
    the_server_describes_itself_to_apps,
];

async fn an_app_is_let_in_by_its_user_and_acts_for_them(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, CALLBACK, "read write follow push").await;
    let mut visitor = Visitor::new();

    let page = visitor.opens(&app.authorize_url("read write", &[("state", "a & b=c")])).await;
    let page = visitor.signs_in(&page, &alice).await;
    assert!(page.html.contains("Test app"), "the consent page names the app:\n{}", page.html);
    let page = visitor.consents(&page).await;

    assert_eq!(page.url.host_str(), Some("app.test"));
    assert_eq!(page.param("from").as_deref(), Some("ferrodon"), "the address keeps its own parameters: {}", page.url);
    assert_eq!(page.param("state").as_deref(), Some("a & b=c"));
    let token = app.trades(&server, &page.param("code").expect("a code"), &[]).await.expect(200);
    assert_eq!(token["token_type"], "Bearer");
    assert_eq!(token["scope"], "read write");
    assert!(token["created_at"].is_u64(), "{token}");
    assert!(token.get("expires_in").is_none(), "tokens do not expire: {token}");
    assert_eq!(whoami(&server, &token).await.expect(200)["username"], "alice");
}

async fn a_code_wants_the_verifier_of_its_challenge(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, CALLBACK, "read").await;
    let challenge = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];

    let code = app.code_for(&alice, "read", &challenge).await;
    let wrong = app.trades(&server, &code, &[("code_verifier", &VERIFIER.to_uppercase())]).await;
    assert_eq!(wrong.expect(400)["error"], "invalid_grant");

    let code = app.code_for(&alice, "read", &challenge).await;
    let missing = app.trades(&server, &code, &[]).await;
    assert!(matches!(missing.status, 400 | 401), "{}: {}", missing.status, missing.text());

    let code = app.code_for(&alice, "read", &challenge).await;
    app.trades(&server, &code, &[("code_verifier", VERIFIER)]).await.expect(200);
}

async fn a_code_works_once(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, CALLBACK, "read").await;
    let code = app.code_for(&alice, "read", &[]).await;

    app.trades(&server, &code, &[]).await.expect(200);

    assert_eq!(app.trades(&server, &code, &[]).await.expect(400)["error"], "invalid_grant");
}

async fn a_code_is_for_one_app_and_one_address(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, &format!("{CALLBACK}\nhttps://other.test/"), "read").await;
    let app = App { redirect_uri: CALLBACK.to_owned(), ..app };
    let thief = App::register(&server, CALLBACK, "read").await;
    let code = app.code_for(&alice, "read", &[]).await;

    assert_eq!(thief.trades(&server, &code, &[]).await.expect(400)["error"], "invalid_grant");

    let code = app.code_for(&alice, "read", &[]).await;
    let elsewhere = App { redirect_uri: "https://other.test/".to_owned(), ..app };
    assert_eq!(elsewhere.trades(&server, &code, &[]).await.expect(400)["error"], "invalid_grant");
}

async fn a_foreign_redirect_address_gets_a_page_and_no_redirect(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, CALLBACK, "read").await;
    for foreign in ["https://evil.test/", "https://app.test/callback", "https://app.test/callback?from=ferrodon&x=1", "javascript:alert(1)"] {
        let mut visitor = Visitor::new();
        let address = app.authorize_url("read", &[("redirect_uri", foreign)]);
        let page = visitor.opens(&address).await;
        let page = if page.html.contains("type=\"password\"") { visitor.signs_in(&page, &alice).await } else { page };
        assert!(page.url.as_str().starts_with(&server.url), "left for {}", page.url);
        assert!((400..500).contains(&page.status), "{foreign}: {} {}", page.status, page.html);
    }
}

async fn a_refusal_is_told_to_the_app(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, CALLBACK, "read").await;
    let mut visitor = Visitor::new();

    let page = visitor.opens(&app.authorize_url("read", &[("state", "s")])).await;
    let page = visitor.signs_in(&page, &alice).await;
    let page = visitor.denies(&page).await;

    assert_eq!(page.url.host_str(), Some("app.test"));
    assert_eq!(page.param("error").as_deref(), Some("access_denied"));
    assert_eq!(page.param("state").as_deref(), Some("s"));
    assert_eq!(page.param("code"), None);
}

async fn a_page_shows_the_code_to_apps_without_an_address(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, OOB, "read").await;
    let mut visitor = Visitor::new();

    let page = visitor.opens(&app.authorize_url("read", &[])).await;
    let page = visitor.signs_in(&page, &alice).await;
    let page = visitor.consents(&page).await;

    assert_eq!((page.status, page.url.path()), (200, "/oauth/authorize/native"));
    let code = page.param("code").expect("a code");
    assert!(page.html.contains(&code), "the page shows the code:\n{}", page.html);
    app.trades(&server, &code, &[]).await.expect(200);
}

async fn an_app_without_a_user_has_a_token_of_its_own(server: Server) {
    let app = App::register(&server, OOB, "read write").await;

    let answer = app.asks(&server, "/oauth/token", &[("grant_type", "client_credentials"), ("scope", "read")]).await;
    let token = answer.expect(200);

    let own = get(&server, "/api/v1/apps/verify_credentials", &token).await.expect(200);
    assert_eq!(own["name"], "Test app");
    assert_eq!(whoami(&server, &token).await.status, 422, "an app is nobody");
}

async fn a_token_does_no_more_than_its_scopes(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, CALLBACK, "read write").await;
    let token = app.token_for(&server, &alice, "read:accounts").await;

    assert_eq!(token["scope"], "read:accounts");
    assert_eq!(whoami(&server, &token).await.status, 200);
    assert_eq!(get(&server, "/api/v1/timelines/home", &token).await.status, 403);
    let post = server.http.post(format!("{}/api/v1/statuses", server.url)).bearer_auth(text_of(&token["access_token"]));
    let refused = Answer::of(post.json(&serde_json::json!({ "status": "no" }))).await.expect("an answer");
    assert_eq!(refused.expect(403)["error"], "This action is outside the authorized scopes");
    assert_eq!(alice.reads("/api/v1/accounts/verify_credentials").await["statuses_count"], 0);
}

async fn a_scope_the_app_never_asked_for_is_refused(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, CALLBACK, "read").await;
    let mut visitor = Visitor::new();

    let page = visitor.opens(&app.authorize_url("read write", &[])).await;
    let page = if page.html.contains("type=\"password\"") { visitor.signs_in(&page, &alice).await } else { page };

    let told = page.param("error").as_deref() == Some("invalid_scope");
    assert!(told || (400..500).contains(&page.status), "{} {}", page.status, page.url);
    assert_eq!(page.param("code"), None);
}

async fn revoking_a_token_closes_its_streams(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, CALLBACK, "read").await;
    let token = app.token_for(&server, &alice, "read").await;
    let access = text_of(&token["access_token"]);
    let mut live = Live::open(&server.url, &access, "user").await;
    alice.posts("while it lasts").await;
    live.next("update").await;

    app.asks(&server, "/oauth/revoke", &[("token", &access)]).await.expect(200);

    live.closes().await;
    assert_eq!(whoami(&server, &token).await.status, 401);
}

async fn only_its_own_app_revokes_a_token(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, CALLBACK, "read").await;
    let other = App::register(&server, CALLBACK, "read").await;
    let token = app.token_for(&server, &alice, "read").await;
    let access = text_of(&token["access_token"]);

    let refused = other.asks(&server, "/oauth/revoke", &[("token", &access)]).await;

    assert_eq!(refused.expect(403)["error"], "unauthorized_client");
    assert_eq!(whoami(&server, &token).await.status, 200, "the token still works");
    app.asks(&server, "/oauth/revoke", &[("token", "no such token")]).await.expect(200);
}

async fn a_wrong_password_tells_nothing_and_lets_nobody_in(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, CALLBACK, "read").await;
    let mut told = Vec::new();
    for email in [alice.email.as_str(), "nobody@mail.test"] {
        let mut visitor = Visitor::new();
        let page = visitor.opens(&app.authorize_url("read", &[])).await;
        let page = visitor.signs_in_with(&page, email, "not her password").await;
        assert!(page.html.contains("type=\"password\""), "the form again:\n{}", page.html);
        let page_again = visitor.opens(&app.authorize_url("read", &[])).await;
        assert!(page_again.html.contains("type=\"password\""), "nobody is signed in");
        told.push(alert_of(&page.html));
    }
    assert_eq!(told[0], told[1], "a wrong password and an unknown address read the same");
}

async fn a_form_from_elsewhere_gives_no_code(server: Server) {
    let alice = server.user("alice").await;
    let app = App::register(&server, CALLBACK, "read").await;
    let mut visitor = Visitor::new();
    let page = visitor.opens(&app.authorize_url("read", &[])).await;
    let page = visitor.signs_in(&page, &alice).await;

    let mut form = page.forms().into_iter().find(|form| form.fields.iter().any(is_csrf)).expect("a guarded form");
    form.fill(is_csrf, "guessed");
    let answer = visitor.submits(&page, &form, form.buttons.first()).await;

    assert!((400..500).contains(&answer.status), "{}: {}", answer.status, answer.url);
    assert_eq!(answer.param("code"), None);
}

async fn a_wrong_secret_gets_no_token(server: Server) {
    let app = App::register(&server, OOB, "read").await;
    let liar = App { client_secret: "guessed".to_owned(), ..app };

    let answer = liar.asks(&server, "/oauth/token", &[("grant_type", "client_credentials")]).await;

    assert_eq!(answer.expect(401)["error"], "invalid_client");
}

async fn the_server_describes_itself_to_apps(server: Server) {
    let request = server.http.get(format!("{}/.well-known/oauth-authorization-server", server.url));
    let told = Answer::of(request).await.expect("an answer").expect(200);

    for (key, path) in [
        ("authorization_endpoint", "/oauth/authorize"),
        ("token_endpoint", "/oauth/token"),
        ("revocation_endpoint", "/oauth/revoke"),
        ("app_registration_endpoint", "/api/v1/apps"),
    ] {
        assert_eq!(told[key], format!("{}{path}", server.url), "{key}");
    }
    assert!(told["issuer"].as_str().is_some_and(|issuer| issuer.starts_with(&server.url)), "{told}");
    for (key, value) in [
        ("scopes_supported", "read"),
        ("scopes_supported", "write:statuses"),
        ("grant_types_supported", "authorization_code"),
        ("grant_types_supported", "client_credentials"),
        ("response_types_supported", "code"),
        ("code_challenge_methods_supported", "S256"),
    ] {
        assert!(told[key].as_array().is_some_and(|list| list.iter().any(|v| v == value)), "{key} has {value}: {told}");
    }
}

fn is_csrf(field: &crate::visitor::Field) -> bool {
    field.name.contains("csrf") || field.name == "authenticity_token"
}

/// What the page says went wrong, without the tags; panics when it says nothing.
fn alert_of(html: &str) -> String {
    let rest = html.split("role=\"alert\"").nth(1).unwrap_or_else(|| panic!("the page says nothing went wrong:\n{html}"));
    rest.split_once('>').and_then(|(_, rest)| rest.split('<').find(|text| !text.trim().is_empty())).unwrap_or_default().trim().to_owned()
}

async fn whoami(server: &Server, token: &Value) -> Answer {
    get(server, "/api/v1/accounts/verify_credentials", token).await
}

async fn get(server: &Server, path: &str, token: &Value) -> Answer {
    let request = server.http.get(format!("{}{path}", server.url)).bearer_auth(text_of(&token["access_token"]));
    Answer::of(request).await.expect("an answer")
}
