//! What surrounds every request: CORS, languages, limits, parameters, headers.

use app::accounts::modify;
use app::accounts::register::{Registration, register};
use app::testing::{MINUTE_MS, Person, registration};
use app::{Origin, stories};
use axum::http::Method;
use serde_json::json;

use crate::tests::pages::Visitor;
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

    async fn public_things_may_be_kept_for_a_moment_by_whoever_comes_without_a_token(site: Site) {
        let alice = site.user("alice");
        let id = alice.posts("hello").await;
        const SHORTLY: &str = "max-age=15, public, stale-while-revalidate=30, stale-if-error=86400";
        for path in [
            format!("/api/v1/statuses/{id}"), format!("/api/v1/statuses/{id}/context"), format!("/api/v1/accounts/{}", alice.account),
            format!("/api/v1/accounts/{}/statuses", alice.account), "/api/v1/accounts/lookup?acct=alice".into(), "/api/v1/timelines/public".into(),
        ] {
            let anonymous = site.get(&path).await;
            anonymous.ok();
            assert_eq!((anonymous.header("cache-control"), anonymous.header("vary").contains("Authorization")), (SHORTLY, true), "{path}");
            assert_eq!(site.get(&path).by(&alice).await.header("cache-control"), "private, no-store", "{path}");
            let joint = if path.contains('?') { '&' } else { '?' };
            let with_token = site.get(&format!("{path}{joint}access_token={}", alice.token)).await;
            assert_eq!(with_token.header("cache-control"), "private, no-store", "{path}");
        }
        assert_eq!(site.get("/api/v1/statuses/1").await.header("cache-control"), "private, no-store", "an error is not kept");
        for path in ["/api/v1/instance/rules", "/api/v2/instance", "/api/v1/custom_emojis"] {
            for answer in [site.get(path).await, site.get(path).by(&alice).await] {
                assert!(answer.header("cache-control").starts_with("max-age=300, public"), "{path}");
                assert_eq!(answer.header("vary"), "Accept-Language, Origin", "{path}");
            }
        }
        assert_eq!(site.get("/api/v2/instance").await.header("deprecation"), "");
    }

    async fn doubled_slashes_lead_where_one_does(site: Site) {
        for path in ["//api/v1/instance", "/api//v1/instance", "//api/v1/streaming/health", "//.well-known/nodeinfo"] {
            assert_eq!(site.get(path).await.status, 200, "{path}");
        }
        let single = site.post("/oauth/token").form("grant_type=client_credentials").await;
        let doubled = site.post("//oauth/token").form("grant_type=client_credentials").await;
        assert_eq!((doubled.status, doubled.json()), (401, single.json()));
    }

    async fn a_slash_at_the_end_is_tolerated_and_a_suffix_is_not(site: Site) {
        let alice = site.user("alice");
        let id = alice.posts("hello").await;
        assert_eq!(site.get("/api/v1/instance/?x=1").await.ok()["uri"], "here.test");
        assert_eq!(site.get(&format!("/api/v1/statuses/{id}/")).await.ok()["id"], id.to_string());
        let posted = site.post("/api/v1/statuses/").by(&alice).form("status=again").await.ok();
        assert_eq!(posted["content"], "<p>again</p>");
        assert!(site.get("/api/v1/timelines/home/?limit=1").by(&alice).await.link("next").unwrap().starts_with("/api/v1/timelines/home?"));
        let missing = (404, "Record not found".to_owned());
        for path in ["/api/v1/instance.json", "/api/v1/timelines/public.json", "/api/v1/nothing/"] {
            assert_eq!(site.get(path).await.error(), missing, "{path}");
        }
        assert_eq!(site.get(&format!("/api/v1/statuses/{id}.json")).await.error(), missing);
    }

    async fn a_head_request_gets_the_headers_alone(site: Site) {
        for path in ["/api/v1/instance", "/nodeinfo/2.0"] {
            let (get, head) = (site.get(path).await, site.ask(Method::HEAD, path).await);
            assert_eq!((head.status, head.text()), (200, ""), "{path}");
            for name in ["content-type", "cache-control", "content-length"] {
                assert_eq!(head.header(name), get.header(name), "{path}: {name}");
            }
        }
        assert_eq!(site.ask(Method::HEAD, "/api/v1/timelines/home").await.status, 401);
        assert_eq!(site.ask(Method::DELETE, "/api/v1/instance").await.status, 405);
    }

    async fn refusals_come_in_mastodons_order(site: Site) {
        let app = &site.world.app;
        let ask = async |token: &str| site.get("/api/v1/timelines/home").with_token(token).await.error();
        let own = app::oauth::applications::own(app).await.unwrap();
        let machine = app::oauth::tokens::from_credentials(app, &own, Some("push")).await.unwrap().access_token;
        assert_eq!(ask(&machine).await, (403, "This action is outside the authorized scopes".into()), "scope before user");
        let kinds: [(&str, bool, bool, &str); 3] = [
            ("carol", false, false, "Your login is missing a confirmed e-mail address"),
            ("dave", true, false, "Your login is currently pending approval"),
            ("eve", true, true, "Your login is currently disabled"),
        ];
        for (name, confirmed, approved, words) in kinds {
            let (account, user) = register(app, Origin::System, Registration { confirmed, approved, ..registration(name) }).await.unwrap();
            let change = modify::Change { disabled: Some(true), ..modify::Change::default() };
            let token = async |scopes: &str| app::oauth::tokens::give(app, &own, Some(user), scopes).await.unwrap().access_token;
            modify::modify(app, Origin::System, account, change).await.unwrap();
            assert_eq!(ask(&token("push").await).await.0, 403);
            assert_eq!(ask(&token("push").await).await.1, "This action is outside the authorized scopes", "{name}");
            assert_eq!(ask(&token("read").await).await, (403, words.to_owned()), "{name}");
        }
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

    async fn every_kind_of_error_is_told_in_the_users_language(site: Site) {
        let (_, user) = register(&site.world.app, app::Origin::Cli, Registration { locale: Some("ja".into()), ..registration("hana") }).await.unwrap();
        let own = app::oauth::applications::own(&site.world.app).await.unwrap();
        let token = app::oauth::tokens::give(&site.world.app, &own, Some(user), "read write:statuses").await.unwrap().access_token;
        let is_japanese = |text: &str| text.chars().any(|c| matches!(c, '\u{3041}'..='\u{30ff}'));
        let deep = format!("/api/v1/statuses?id{}=1", "[x]".repeat(20));
        let asks = [
            (404, site.get("/api/v1/nothing"), "a path that is none"),
            (405, site.delete("/api/v1/instance"), "a method that is none"),
            (404, site.get("/api/v1/statuses/abc"), "an id that is none"),
            (400, site.get(&deep), "parameters that cannot be read"),
            (400, site.post("/api/v1/statuses").raw("application/json", "{"), "a body that cannot be read"),
            (400, site.get("/api/v2/search"), "a parameter that is missing"),
            (403, site.post("/api/v1/lists").form("title=x"), "a scope that is missing"),
            (422, site.post("/api/v1/statuses").form("status="), "what breaks a rule"),
            (422, site.post("/api/v1/statuses").form("status=x&scheduled_at=banana"), "what is refused"),
        ];
        for (status, ask, why) in asks {
            let (got, words) = ask.clone().with_token(&token).header("accept-language", "ar").await.error();
            assert!(got == status && is_japanese(&words), "{why}: {got} {words}");
            let (_, words) = ask.header("accept-language", "ar").await.error();
            assert!(!words.is_ascii() && !is_japanese(&words), "{why}, to nobody: {words}");
        }
        for ask in [site.get(&format!("/api/v1/nothing?access_token={token}")), site.post("/api/v1/nothing").form(&format!("access_token={token}"))] {
            let (_, words) = ask.header("accept-language", "ar").await.error();
            assert!(is_japanese(&words), "{words}");
        }
        let (status, words) = site.get("/api/v1/nothing").with_token("unknown").header("accept-language", "ar").await.error();
        assert!(status == 404 && !words.is_ascii() && !is_japanese(&words), "{words}");

        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "hana").await;
        for (path, kind) in [("/nothing/at/all", "application/json"), ("/nothing/at/all", "text/html")] {
            let answer = visitor.asks(site.get(path).header("accept-language", "ar").header("accept", kind)).await;
            assert!(answer.status == 404 && is_japanese(answer.text()), "{kind}: {}", answer.text());
        }
        let site = site.with_rate_limits();
        let mut limited = site.get("/api/v1/nothing").with_token(&token).await;
        for _ in 0..400 {
            if limited.status == 429 {
                break;
            }
            limited = site.get("/api/v1/statuses/1").with_token(&token).await;
        }
        assert!(limited.status == 429 && is_japanese(&limited.error().1), "{}", limited.text());
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

    async fn a_token_may_come_in_a_form(site: Site) {
        let alice = site.user("alice");
        for name in ["access_token", "bearer_token"] {
            let posted = site.post("/api/v1/statuses").form(&format!("status=by+{name}&{name}={}", alice.token)).await.ok();
            assert_eq!(posted["account"]["username"], "alice");
            assert_eq!(posted["content"], format!("<p>by {name}</p>"), "the form is still whole");
        }
        assert_eq!(site.post("/api/v1/statuses").form("status=x&access_token=nonsense").await.error().0, 401);
        let header = site.post("/api/v1/statuses").by(&site.user("bob")).form(&format!("status=x&access_token={}", alice.token)).await.ok();
        assert_eq!(header["account"]["username"], "bob", "the header counts first");
        let json = site.post("/api/v1/statuses").json(json!({ "status": "x", "access_token": alice.token })).await;
        assert_eq!(json.error().0, 401, "only forms are read ahead");
        let picture = site.post("/api/v2/media").multipart(&[("access_token", &alice.token)], Some(("file", app::testing::png(4, 4)))).await;
        assert_eq!(picture.error().0, 401);
        let long = site.post("/api/v1/statuses").form(&"x".repeat(1024 * 1024 + 1)).await;
        assert_eq!(long.status, 413);
    }

    async fn a_login_is_tried_so_often_from_anywhere(site: Site) {
        let site = site.with_rate_limits();
        let tries = async |login: &str| site.post("/auth/sign_in").form(&format!("email={login}&password=x")).await.status;
        for number in 0..25 {
            assert_ne!(tries(if number % 2 == 0 { "Alice@mail.test" } else { "alice@mail.test" }).await, 429);
        }
        assert_eq!(tries("bob@mail.test").await, 429, "the address has tried too often");
        site.world.advance(5 * MINUTE_MS);
        assert_eq!(tries("alice@mail.test").await, 429, "the login has been tried too often");
        assert_ne!(tries("bob@mail.test").await, 429);
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
