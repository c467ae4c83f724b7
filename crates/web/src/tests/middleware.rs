//! What surrounds every request: CORS, languages, limits, parameters, headers.

use app::accounts::register::{Registration, register};
use app::stories;
use app::testing::{MINUTE_MS, Person, registration};
use axum::http::Method;
use serde_json::json;

use crate::tests::site::Site;

fn limits(answer: &crate::tests::site::Answer) -> (&str, &str, &str) {
    (answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining"), answer.header("x-ratelimit-reset"))
}

stories! {
    async fn any_page_may_ask_the_api_and_read_its_headers(site: Site) {
        let preflight = site
            .ask(Method::OPTIONS, "/api/v1/statuses")
            .header("origin", "https://client.test")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,idempotency-key")
            .await;
        assert_eq!(preflight.status, 200);
        assert_eq!(preflight.header("access-control-allow-origin"), "*");
        assert_eq!(preflight.header("access-control-allow-headers"), "authorization,idempotency-key");
        assert!(["GET", "POST", "PUT", "PATCH", "DELETE"].iter().all(|method| preflight.header("access-control-allow-methods").contains(method)));
        for path in ["/api/v1/instance", "/api/v1/timelines/home", "/oauth/token", "/.well-known/oauth-authorization-server"] {
            let answer = site.get(path).header("origin", "https://client.test").await;
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
            for name in ["Link", "X-RateLimit-Reset", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-Request-Id"] {
                assert!(answer.header("access-control-expose-headers").contains(name), "{name}");
            }
        }
        for path in ["/oauth/authorize", "/auth/sign_in"] {
            assert_eq!(site.get(path).header("origin", "https://client.test").await.header("access-control-allow-origin"), "", "{path}");
        }
    }

    async fn every_answer_has_an_id_and_is_not_kept(site: Site) {
        let (one, two) = (site.get("/api/v1/timelines/public").await, site.get("/nothing").await);
        assert!(one.header("x-request-id").len() >= 16 && one.header("x-request-id") != two.header("x-request-id"));
        let private = site.get("/api/v1/timelines/home").by(&site.user("alice")).await;
        assert_eq!(private.header("cache-control"), "private, no-store");
        assert_eq!(private.header("x-content-type-options"), "nosniff");
        assert!(private.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(private.header("vary").contains("Authorization"));
    }

    async fn whatever_a_client_accepts_the_api_answers_in_json(site: Site) {
        for accept in ["text/html", "application/xml", "nonsense", "*/*;q=0", "image/png"] {
            assert!(site.get("/api/v1/instance").header("accept", accept).await.ok().is_object(), "{accept}");
            assert_eq!(site.get("/api/v1/nothing").header("accept", accept).await.error(), (404, "Record not found".into()), "{accept}");
        }
        assert_eq!(site.delete("/api/v1/instance").await.status, 405);
        assert_eq!(site.get("/api/v1/instance.json").await.status, 404);
    }

    async fn an_error_is_told_in_the_language_asked_for(site: Site) {
        let english = site.get("/api/v1/statuses/5").await.error().1;
        let japanese = site.get("/api/v1/statuses/5?lang=ja").await.error().1;
        let arabic = site.get("/api/v1/statuses/5").header("accept-language", "ar,en;q=0.5").await.error().1;
        assert_eq!(english, "Record not found");
        assert!(!japanese.is_ascii() && !arabic.is_ascii() && japanese != arabic);
        assert_eq!(site.get("/api/v1/statuses/5?lang=ja").header("accept-language", "ar").await.error().1, japanese);
        let (account, user) = register(&site.world.app, app::Origin::Cli, Registration { locale: Some("ja".into()), ..registration("hana") }).await.unwrap();
        let own = app::oauth::applications::own(&site.world.app).await.unwrap();
        let token = app::oauth::tokens::give(&site.world.app, &own, Some(user), "read").await.unwrap().access_token;
        let hers = site.get("/api/v1/statuses/5").with_token(&token).header("accept-language", "ar").await.error().1;
        assert_eq!(hers, japanese, "her own language comes before her browser's ({account})");
    }

    async fn a_token_may_come_in_the_query(site: Site) {
        let alice = site.user("alice");
        for name in ["access_token", "bearer_token"] {
            assert_eq!(site.get(&format!("/api/v1/accounts/verify_credentials?{name}={}", alice.token)).await.ok()["username"], "alice");
        }
        alice.posts("hello").await;
        let link = site.get(&format!("/api/v1/timelines/home?access_token={}", alice.token)).await.link("next").unwrap();
        assert!(!link.contains(&alice.token), "a link must not carry the token on");
    }

    async fn limits_are_told_and_kept(site: Site) {
        let site = site.with_rate_limits();
        let alice = site.user("alice");
        let first = site.get("/api/v1/timelines/home").by(&alice).await;
        assert_eq!(limits(&first), ("300", "299", "2026-01-01T12:05:00.000000Z"));
        for _ in 1..300 {
            assert_eq!(site.get("/api/v1/custom_emojis").by(&alice).await.status, 200);
        }
        let past = site.get("/api/v1/custom_emojis").by(&alice).await;
        assert_eq!((past.error(), limits(&past).1), ((429, "Too many requests".into()), "0"));
        let other_token = alice.token_with("read").await;
        assert_eq!(site.get("/api/v1/custom_emojis").with_token(&other_token).await.status, 200, "the limit is the token's");
        assert_eq!(site.get("/api/v1/custom_emojis").by(&site.user("bob")).await.status, 200);
        site.world.advance(5 * MINUTE_MS);
        let anew = site.get("/api/v1/custom_emojis").by(&alice).await;
        assert_eq!((anew.status, limits(&anew).1), (200, "299"));
    }

    async fn some_requests_have_tighter_limits(site: Site) {
        let site = site.with_rate_limits();
        let alice: Person = site.user("alice");
        let posted = site.post("/api/v1/statuses").by(&alice).json(json!({ "status": "hello" })).await;
        assert_eq!(limits(&posted).0, "300");
        let id = posted.ok()["id"].as_str().unwrap().to_owned();
        let deleted = site.delete(&format!("/api/v1/statuses/{id}")).by(&alice).await;
        assert_eq!(limits(&deleted), ("30", "29", "2026-01-01T12:30:00.000000Z"));
        let app = json!({ "client_name": "Client", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob" });
        for _ in 0..5 {
            site.post("/api/v1/apps").json(app.clone()).await.ok();
        }
        assert_eq!(site.post("/api/v1/apps").json(app).await.status, 429);
    }

    async fn without_limits_nothing_is_told_of_them(site: Site) {
        assert_eq!(limits(&site.get("/api/v1/instance").await), ("", "", ""));
    }

    async fn health_is_told_to_anybody(site: Site) {
        for path in ["/health", "/livez", "/readyz", "/api/v1/streaming/health"] {
            let answer = site.get(path).await;
            assert_eq!((answer.status, answer.text()), (200, "OK"), "{path}");
        }
        site.world.app.stopping.cancel();
        assert_eq!((site.get("/readyz").await.status, site.get("/livez").await.status), (503, 200));
    }
}
