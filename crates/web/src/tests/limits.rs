//! Limits: that every route has them, that they are kept, and that guesses at passwords and mails count however they are
//! asked for.

use app::net::Network;
use app::passwords::{GUESSES_AT_ACCOUNT, GUESSES_BY_ADDRESS};
use app::rates::{By, Limit, When};
use app::search::RESOLVING;
use app::stories;
use app::testing::{HOUR_MS, MINUTE_MS, PASSWORD};
use axum::http::Method;
use serde_json::{Value, json};

use crate::Options;
use crate::limits::{self, FOLLOWING};
use crate::middleware::rate::limits_of;
use crate::tests::api::v1::registration::MailSite;
use crate::tests::pages::{Visitor, field};
use crate::tests::site::{Answer, Ask, Site};

/// What the client's address is without a proxy.
const HERE: &str = "0.0.0.0";

/// The same site with limits, behind a proxy that says where a request comes from.
fn proxied(site: Site) -> Site {
    let trusted_proxies = vec![Network::read("0.0.0.0/32").unwrap()];
    Site::of(site.world, Options { rate_limits: true, trusted_proxies, ..Options::default() })
}

/// Uses up what is left of a limit but for `left`.
fn use_up(site: &Site, limit: &Limit, subject: &str, left: u32) {
    let (rates, now) = (&site.world.app.rates, site.world.now());
    let used = rates.count(limit, subject, now, 0).used;
    rates.count(limit, subject, now, limit.max - left - used);
}

/// Ways to send the same parameters.
const ENCODINGS: [&str; 8] = ["form", "form with a charset", "json", "multipart", "query", "half a query", "with a token", "a token in the form"];

fn encoded(site: &Site, encoding: &str, pairs: &[(&str, &str)]) -> Ask {
    let form = |pairs: &[(&str, &str)]| url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let path = "/auth/sign_in";
    let token = site.user("bob").token;
    match encoding {
        "form" => site.post(path).form(&form(pairs)),
        "form with a charset" => site.post(path).raw("application/x-www-form-urlencoded; charset=utf-8", form(pairs)),
        "json" => site.post(path).json(Value::Object(pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect())),
        "multipart" => site.post(path).multipart(pairs, None),
        "query" => site.post(&format!("{path}?{}", form(pairs))),
        "half a query" => site.post(&format!("{path}?{}", form(&pairs[..2]))).form(&form(&pairs[2..])),
        "with a token" => site.post(path).form(&form(pairs)).with_token(&token),
        "a token in the form" => site.post(path).form(&format!("access_token={token}&{}", form(pairs))),
        other => panic!("{other}"),
    }
}

/// Somebody at the sign-in page.
struct Guesser {
    visitor: Visitor,
    token: String,
}

impl Guesser {
    async fn new(site: &Site) -> Guesser {
        let mut visitor = Visitor::default();
        let page = visitor.get(site, "/auth/sign_in").await;
        Guesser { visitor, token: field(&page, "csrf_token") }
    }

    async fn tries(&mut self, site: &Site, encoding: &str, login: &str, password: &str, ip: &str) -> Answer {
        let pairs = [("email", login), ("password", password), ("csrf_token", self.token.as_str())];
        self.visitor.asks(encoded(site, encoding, &pairs).header("x-forwarded-for", ip)).await
    }
}

stories! {
    async fn every_method_that_is_taken_has_a_limit(site: Site) {
        let writes: Vec<_> = limits::writes().collect();
        for (_, path, _) in crate::routes() {
            let concrete: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
            for (method, name) in [(Method::POST, "POST"), (Method::PUT, "PUT"), (Method::PATCH, "PUT"), (Method::DELETE, "DELETE")] {
                let status = site.ask(method.clone(), &concrete.join("/")).await.status;
                let listed = writes.iter().any(|(listed, route, limits)| (*listed, *route) == (name, path) && !limits.is_empty());
                assert!(listed || status == 405, "{method} {path} is answered with {status} and has no limit");
            }
        }
    }

    async fn every_route_is_refused_past_each_of_its_limits(site: Site) {
        let site = site.with_rate_limits();
        let alice = site.user("alice");
        let reads = crate::routes().into_iter().filter(|(method, ..)| *method == "GET").map(|(_, path, _)| ("GET", path, limits_of(&Method::GET, path, path).to_vec()));
        for (name, path, limits) in limits::writes().chain(reads) {
            let concrete: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
            let (method, concrete) = (Method::from_bytes(name.as_bytes()).unwrap(), concrete.join("/"));
            for limit in limits {
                // Another window for each, so that they do not meet.
                site.world.advance(24 * HOUR_MS);
                let (is_persons, subject) = match limit.by {
                    By::Account => (true, alice.account.to_string()),
                    By::Token => (true, app::tokens::access(&site.world.app, &alice.token).await.unwrap().token_id.to_string()),
                    By::Stranger | By::Address | By::Person => (false, HERE.to_owned()),
                    By::Target => continue,
                };
                if limit.when == When::Verb {
                    continue;
                }
                use_up(&site, limit, &subject, 0);
                let ask = site.ask(method.clone(), &if limit.when == When::Paging { format!("{concrete}?max_id=5") } else { concrete.clone() });
                let answer = if is_persons { ask.by(&alice) } else { ask }.await;
                assert_eq!(answer.status, 429, "{method} {path}: {}", limit.name);
                assert_eq!((answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining")), (limit.max.to_string().as_str(), "0"), "{path}");
                let wait: i64 = answer.header("retry-after").parse().unwrap();
                assert!(wait > 0 && wait * 1000 <= limit.period_ms + 1000, "{wait}");
            }
        }
    }

    async fn unknown_paths_are_limited_where_they_would_change_something(site: Site) {
        let site = site.with_rate_limits();
        for _ in 0..300 {
            assert_eq!(site.post("/nothing/here/at/all").await.status, 404);
        }
        for ask in [site.post("/nothing/else/at/all"), site.delete("/nothing"), site.put("/health")] {
            assert_eq!(ask.await.status, 429);
        }
        assert_eq!(site.get("/nothing").await.status, 404);
    }

    async fn a_guess_counts_at_the_account_in_every_encoding(site: Site) {
        let site = proxied(site);
        let alice = site.user("alice").user.to_string();
        let logins = ["alice", "ALICE", "  alice ", "Alice@Mail.test", " alice@mail.test\t"];
        for (number, encoding) in ENCODINGS.into_iter().enumerate() {
            site.world.advance(HOUR_MS);
            let mut guesser = Guesser::new(&site).await;
            use_up(&site, &GUESSES_AT_ACCOUNT, &alice, 1);
            let wrong = guesser.tries(&site, encoding, logins[number % logins.len()], "wrong", "192.0.2.1").await;
            assert_eq!(wrong.status, 422, "{encoding}");
            for right in ENCODINGS {
                let refused = guesser.tries(&site, right, logins[(number + 1) % logins.len()], PASSWORD, "192.0.2.2").await;
                assert_eq!((refused.status, refused.cookie("ferrodon_session")), (429, None), "{encoding}, then {right}");
            }
            site.world.advance(HOUR_MS);
            assert_eq!(guesser.tries(&site, encoding, "alice", PASSWORD, "192.0.2.2").await.status, 303, "{encoding}");
        }
    }

    async fn a_guess_counts_by_address_in_every_encoding(site: Site) {
        let site = proxied(site);
        for (number, encoding) in ENCODINGS.into_iter().enumerate() {
            site.world.advance(HOUR_MS);
            let mut guesser = Guesser::new(&site).await;
            use_up(&site, &GUESSES_BY_ADDRESS, "2001:db8:0:1::/64", 1);
            let wrong = guesser.tries(&site, encoding, &format!("nobody{number}"), "wrong", "2001:db8:0:1::1").await;
            assert_eq!(wrong.status, 422, "{encoding}");
            let refused = guesser.tries(&site, encoding, "alice", PASSWORD, "2001:db8:0:1:ffff::2").await;
            assert_eq!((refused.status, refused.cookie("ferrodon_session")), (429, None), "{encoding}");
            assert_eq!(guesser.tries(&site, encoding, "alice", PASSWORD, "2001:db8:0:2::1").await.status, 303, "{encoding}");
        }
    }

    async fn a_refused_guess_says_so_on_the_page_and_in_json(site: Site) {
        let site = proxied(site);
        let mut guesser = Guesser::new(&site).await;
        use_up(&site, &GUESSES_AT_ACCOUNT, &site.user("alice").user.to_string(), 0);
        let page = guesser.tries(&site, "form", "alice", PASSWORD, "192.0.2.1").await;
        assert_eq!(page.status, 429);
        assert!(page.text().contains("Too many attempts") && page.text().contains("<form"), "{}", page.text());
        assert!(!page.header("retry-after").is_empty());
        let form = format!("email=alice&password={}&csrf_token={}", PASSWORD.replace(' ', "+"), guesser.token);
        for accept in ["application/json", "*/*"] {
            let json = site.post("/auth/sign_in").form(&form).header("accept", accept).header("x-forwarded-for", "192.0.2.2").await;
            assert_eq!((json.error(), json.header("x-ratelimit-remaining")), ((429, "Too many requests".into()), "0"), "{accept}");
        }
        let japanese = site.post("/auth/sign_in").form(&form).header("accept-language", "ja").await;
        assert!(japanese.status == 429 && !japanese.error().1.is_ascii());
    }

    async fn a_mailbox_gets_five_links_whoever_asks(m: MailSite) {
        let site = m.site.with_rate_limits();
        let app = &site.world.app;
        let own = app::oauth::applications::own(app).await.unwrap();
        let mut people = Vec::new();
        for number in 0..7 {
            let new = app::accounts::sign_up::SignUp {
                username: format!("new{number}"), email: format!("new{number}@mail.test"), password: PASSWORD.into(), agreement: true, ..Default::default()
            };
            people.push(app::accounts::sign_up::sign_up(app, new, Some(own.clone())).await.unwrap().token.unwrap().access_token);
        }
        site.world.drain_jobs().await;
        site.world.advance(HOUR_MS);
        let ask = |token: &str, email: &str| site.post("/api/v1/emails/confirmations").with_token(token).json(json!({ "email": email }));
        let mut statuses = Vec::new();
        for (number, token) in people.iter().enumerate() {
            statuses.push(ask(token, if number % 2 == 0 { "victim@else.test" } else { "VICTIM+1@else.test" }).await.status);
            ask(token, &format!("other{number}@else.test")).await;
            site.world.advance(MINUTE_MS);
        }
        assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 429], "by other accounts, too");
        let mut visitor = Visitor::default();
        for (path, form) in [("/auth/confirmation", "/auth/confirmation/new"), ("/auth/password", "/auth/password/new")] {
            let page = visitor.get(&site, form).await;
            let form = format!("csrf_token={}&email=victim@else.test", field(&page, "csrf_token"));
            assert_eq!(visitor.post(&site, path, &form).await.status, 429, "{path}");
        }
        site.world.advance(HOUR_MS);
        assert_eq!(ask(&people[6], "victim@else.test").await.status, 200);
    }

    async fn an_account_asks_for_five_links_to_whatever_addresses(m: MailSite) {
        let site = m.site.with_rate_limits();
        let app = &site.world.app;
        let own = app::oauth::applications::own(app).await.unwrap();
        let new = app::accounts::sign_up::SignUp {
            username: "carol".into(), email: "carol@mail.test".into(), password: PASSWORD.into(), agreement: true, ..Default::default()
        };
        let token = app::accounts::sign_up::sign_up(app, new, Some(own)).await.unwrap().token.unwrap().access_token;
        let mut statuses = Vec::new();
        for number in 0..6 {
            let email = json!({ "email": format!("carol{number}@mail.test") });
            statuses.push(site.post("/api/v1/emails/confirmations").with_token(&token).json(email).await.status);
        }
        assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
    }

    async fn searches_elsewhere_are_counted(site: Site) {
        let site = site.with_rate_limits();
        let alice = site.user("alice");
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        use_up(&site, &RESOLVING, &alice.account.to_string(), 0);
        for path in ["/api/v2/search?resolve=true&q=https://else.test/x", "/api/v2/search?resolve=1&q=bob@else.test", "/api/v1/accounts/search?resolve=true&q=@bob@else.test"] {
            assert_eq!(site.get(path).by(&alice).await.error(), (429, "Too many requests".into()), "{path}");
        }
        for uri in ["https://else.test/x", "acct:bob@else.test"] {
            assert_eq!(visitor.get(&site, &format!("/authorize_interaction?uri={uri}")).await.status, 429, "{uri}");
        }
        for path in ["/api/v2/search?q=bob@else.test", "/api/v2/search?resolve=true&q=bob", "/api/v2/search?resolve=true&q=https://here.test/@bob"] {
            assert_eq!(site.get(path).by(&alice).await.status, 200, "{path}");
        }
        assert_eq!(visitor.get(&site, "/authorize_interaction?uri=acct:bob@here.test").await.status, 200);
    }

    async fn follows_by_the_page_count_as_those_by_the_api(site: Site) {
        let site = site.with_rate_limits();
        let (alice, bob) = (site.user("alice"), site.user("bob"));
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        use_up(&site, &FOLLOWING, &alice.account.to_string(), 1);
        let page = visitor.get(&site, "/").await;
        let form = format!("csrf_token={}&id={}&uri=acct:bob@here.test", field(&page, "csrf_token"), bob.account);
        assert_eq!(visitor.post(&site, "/authorize_interaction", &form).await.status, 303);
        assert_eq!(visitor.post(&site, "/authorize_interaction", &form).await.status, 429);
        assert_eq!(site.post(&format!("/api/v1/accounts/{}/follow", bob.account)).by(&alice).await.status, 429);
    }

    async fn an_address_whose_deliveries_are_refused_too_often_waits(site: Site) {
        let site = proxied(site);
        let post = |path: &str, ip: &str| site.post(path).raw("application/activity+json", "{}").header("x-forwarded-for", ip);
        let refused = limits_of(&Method::POST, "/inbox", "/inbox").iter().find(|limit| limit.when == When::Refused).unwrap();
        use_up(&site, refused, "192.0.2.1", 2);
        assert_eq!(post("/inbox", "192.0.2.1").await.status, 401);
        assert_eq!(post("/users/nobody/inbox", "192.0.2.1").await.status, 404);
        for path in ["/inbox", "/actor/inbox", "/users/alice/inbox", "/ap/users/1/inbox"] {
            assert_eq!(post(path, "192.0.2.1").await.status, 429, "{path}");
            assert_ne!(post(path, "192.0.2.2").await.status, 429, "{path}");
        }
        site.world.advance(5 * MINUTE_MS);
        assert_eq!(post("/inbox", "192.0.2.1").await.status, 401);
    }
}
