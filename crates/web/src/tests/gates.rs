//! What must not pass: hostile words on pages and in headers, forms of others, tokens that do not open.

use app::instance::change_setting;

use app::accounts::modify::{self, Change};
use app::accounts::register::{Registration, register};
use app::testing::registration;
use app::{Origin, stories};
use axum::http::Method;
use serde_json::json;

use crate::tests::api::v1::registration::MailSite;
use crate::tests::pages::{Visitor, field};
use crate::tests::site::{Answer, Site};

/// Ends an attribute, and opens an element.
const HOSTILE: &str = "\"'><script>x</script>";

/// Whether the hostile words are there, but only as words. Pages have no script of their own.
#[track_caller]
fn is_only_words(page: &Answer, place: &str) {
    let html = page.text();
    assert!(!html.to_lowercase().contains("<script") && !html.contains(HOSTILE), "{place}: {html}");
    assert!(["&#60;script", "&lt;script", "%3Cscript"].iter().any(|words| html.contains(words)), "{place} does not show it: {html}");
    // Every tag has whole attributes.
    for tag in html.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag).filter(|tag| !tag.starts_with('!')) {
        assert_eq!(tag.matches('"').count() % 2, 0, "{place}: <{tag}>");
    }
}

stories! {
    async fn words_of_people_are_only_words_on_every_page(site: Site) {
        let alice = site.user("alice");
        let changes = json!({ "display_name": HOSTILE, "note": HOSTILE, "fields_attributes": [{ "name": HOSTILE, "value": HOSTILE }] });
        site.ask(Method::PATCH, "/api/v1/accounts/update_credentials").by(&alice).json(changes).await.ok();
        let picture = alice.uploads(&site.world).await;
        site.put(&format!("/api/v1/media/{picture}")).by(&alice).json(json!({ "description": HOSTILE })).await.ok();
        let new = json!({ "status": format!("{HOSTILE} #{HOSTILE} @{HOSTILE} https://a.test/?{HOSTILE}"), "spoiler_text": HOSTILE, "media_ids": [picture.to_string()] });
        let status = site.post("/api/v1/statuses").by(&alice).json(new).await.ok();
        let id = status["id"].as_str().unwrap();
        let answer = site.post("/api/v1/statuses").by(&alice).json(json!({ "status": HOSTILE, "in_reply_to_id": id })).await.ok();
        let answer = answer["id"].as_str().unwrap();
        for path in ["/@alice".to_owned(), format!("/@alice/{id}"), format!("/@alice/{answer}")] {
            is_only_words(&site.get(&path).header("accept", "text/html").await, &path);
        }
        for html in [&status["content"], &site.get(&format!("/api/v1/accounts/{}", alice.account)).await.ok()["note"]] {
            assert!(!html.as_str().unwrap().contains("<script"), "{html}");
        }
    }

    async fn words_of_applications_are_only_words_where_consent_is_asked(site: Site) {
        let back = "https://client.test/?x=%22%27%3E%3Cscript%3E";
        let new = json!({ "client_name": HOSTILE, "website": format!("https://client.test/{HOSTILE}"), "redirect_uris": [back] });
        let client = site.post("/api/v1/apps").json(new).await.ok();
        let mut visitor = Visitor::default();
        visitor.comes_in(&site, "alice").await;
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("response_type", "code").append_pair("client_id", client["client_id"].as_str().unwrap()).append_pair("redirect_uri", back);
        query.append_pair("state", HOSTILE).append_pair("response_mode", "form_post");
        let query = query.finish();
        let consent = visitor.get(&site, &format!("/oauth/authorize?{query}")).await;
        is_only_words(&consent, "the consent page");
        let form = format!("csrf_token={}&{query}", field(&consent, "csrf_token"));
        is_only_words(&visitor.post(&site, "/oauth/authorize", &form).await, "the page that sends back");
        is_only_words(&visitor.post(&site, "/oauth/authorize", &format!("{form}&_method=delete")).await, "the page that sends a refusal back");
        let code = url::form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect::<String>();
        is_only_words(&visitor.get(&site, &format!("/oauth/authorize/native?code={code}")).await, "the page with the code");
    }

    async fn words_of_the_server_are_only_words_on_pages_and_in_mails(m: MailSite) {
        change_setting::set(&m.site.world.app, Origin::Cli, "site_title", HOSTILE.into()).await.unwrap();
        for path in ["/auth/sign_in", "/auth/sign_up", "/auth/password/new", "/about", "/nothing-here"] {
            is_only_words(&m.site.get(path).header("accept", "text/html").await, path);
        }
        let page = m.site.get("/auth/sign_in?return_to=/%22%27%3E%3Cscript%3Ex").header("accept", "text/html").await;
        is_only_words(&page, "an address to return to");
        app::accounts::reset_password::request(&m.site.world.app, "alice@mail.test").await.unwrap();
        m.site.world.drain_jobs().await;
        let html = m.post.newest().body("text/html");
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "{html}");
        let header = m.post.newest().header("Subject");
        assert!(!header.contains('\n') && !header.contains('\r'), "{header:?}");
    }

    async fn a_link_header_holds_what_was_asked_as_a_value(site: Site) {
        let alice = site.user("alice");
        alice.posts("hello").await;
        for odd in ["%3E%3B%20rel%3D%22next%22%2C%20%3Chttps%3A%2F%2Fevil.test%2F", "%22", "%0d%0aX-Evil:%201", "%3Cscript%3E", "%F0%9F%90%88", "a%26max_id%3D1"] {
            let answer = site.get(&format!("/api/v1/timelines/home?limit=1&x={odd}")).by(&alice).await;
            let header = answer.header("link");
            let (links, quotes) = (header.split(", ").count(), header.matches('"').count());
            assert_eq!((links, quotes, header.matches('<').count(), header.matches('>').count()), (2, 4, 2, 2), "{header}");
            assert!(header.is_ascii() && header.starts_with("<https://here.test/api/v1/timelines/home?") && answer.header("x-evil").is_empty(), "{header}");
            let next = answer.link("next").unwrap();
            let kept = url::form_urlencoded::parse(next.split_once('?').unwrap().1.as_bytes()).filter(|(name, _)| name == "max_id").count();
            assert_eq!(kept, 1, "{next}");
        }
    }

    async fn a_token_never_comes_back_in_a_link(site: Site) {
        let alice = site.user("alice");
        alice.posts("hello").await;
        for name in ["access_token", "bearer_token"] {
            for path in ["/api/v1/timelines/home", "/api/v1/notifications", "/api/v1/statuses"] {
                let answer = site.get(&format!("{path}?{name}={}&limit=1", alice.token)).await;
                assert!(!answer.headers.values().any(|value| value.to_str().is_ok_and(|value| value.contains(&alice.token))), "{path}");
            }
        }
    }

    async fn cookies_are_for_this_site_and_no_script(site: Site) {
        let mut visitor = Visitor::default();
        let page = visitor.get(&site, "/auth/sign_in").await;
        let signed_in = visitor.sign_in(&site, &page, "alice").await;
        let form = format!("csrf_token={}", field(&visitor.get(&site, "/").await, "csrf_token"));
        let mut set = 0;
        for answer in [&page, &signed_in, &visitor.post(&site, "/auth/sign_out", &form).await] {
            for cookie in answer.headers.get_all("set-cookie") {
                let cookie = cookie.to_str().unwrap();
                for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
                    assert!(cookie.split("; ").any(|part| part == attribute), "{attribute}: {cookie}");
                }
                assert!(!cookie.contains("Domain="), "{cookie}");
                set += 1;
            }
        }
        assert!(set >= 2, "{set}");
    }

    async fn a_form_is_of_one_browser_one_session_and_this_very_site(site: Site) {
        let client = site.post("/api/v1/apps").json(json!({ "client_name": "x", "redirect_uris": ["https://client.test/"] })).await.ok();
        let query = format!("response_type=code&client_id={}&redirect_uri=https%3A%2F%2Fclient.test%2F", client["client_id"].as_str().unwrap());
        let path = format!("/oauth/authorize?{query}");
        let [mut alice, mut bob] = [Visitor::default(), Visitor::default()];
        let before = alice.get(&site, "/auth/sign_in").await;
        alice.comes_in(&site, "alice").await;
        bob.comes_in(&site, "bob").await;
        let (hers, his) = (alice.get(&site, &path).await, bob.get(&site, &path).await);
        let form = |page: &Answer| format!("{query}&csrf_token={}", field(page, "csrf_token"));
        for (page, whose) in [(&before, "from before the sign-in"), (&his, "of another's session")] {
            assert_eq!(alice.post(&site, "/oauth/authorize", &form(page)).await.status, 403, "{whose}");
        }
        for origin in ["https://here.test.evil.test", "http://here.test", "https://here.test:8443", "https://here.tes", "null", "https://evil.test"] {
            let forged = alice.asks(site.post("/oauth/authorize").form(&form(&hers)).header("origin", origin)).await;
            assert_eq!(forged.status, 403, "{origin}");
        }
        let cut = form(&hers);
        assert_eq!(alice.post(&site, "/oauth/authorize", &cut[..cut.len() - 2]).await.status, 403, "without its last digits");
        let right = alice.asks(site.post("/oauth/authorize").form(&form(&hers)).header("origin", "https://here.test")).await;
        assert!(right.header("location").starts_with("https://client.test/?code="), "{}", right.header("location"));
    }

    async fn a_closed_login_is_nobody_where_anybody_may_look(site: Site) {
        let (alice, bob) = (site.user("alice"), site.user("bob"));
        let secret = alice.posts_as("hello", "private").await;
        let public = alice.posts("hello").await;
        let path = |id| format!("/api/v1/statuses/{id}");
        assert_eq!(site.get(&path(secret)).by(&bob).await.status, 404);
        assert_eq!(site.get(&path(secret)).by(&alice).await.status, 200);
        let change = Change { disabled: Some(true), ..Change::default() };
        modify::modify(&site.world.app, Origin::System, alice.account, change).await.unwrap();
        for id in [secret, public] {
            assert_eq!(site.get(&path(id)).by(&alice).await.error(), (403, "Your login is currently disabled".into()));
        }
        let rules = site.get("/api/v1/instance").by(&alice).await;
        assert_eq!(rules.status, 200, "what needs nobody is shown");
    }

    async fn who_may_not_act_yet_reads_as_anybody_what_any_token_opens(site: Site) {
        let (app, alice) = (&site.world.app, site.user("alice"));
        let (public, secret) = (alice.posts("hello").await, alice.posts_as("hello", "private").await);
        let own = app::oauth::applications::own(app).await.unwrap();
        for (name, confirmed, approved, words) in [("carol", false, true, "missing a confirmed"), ("dave", true, false, "pending approval")] {
            let (_, user) = register(app, Origin::System, Registration { confirmed, approved, ..registration(name) }).await.unwrap();
            let token = app::oauth::tokens::give(app, &own, Some(user), "read write:statuses").await.unwrap().access_token;
            for path in ["source", "quotes"] {
                let ask = |id| site.get(&format!("/api/v1/statuses/{id}/{path}")).with_token(&token);
                assert_eq!((ask(public).await.status, ask(secret).await.status), (200, 404), "{name}: {path}");
            }
            let changes = site.put(&format!("/api/v1/statuses/{public}/interaction_policy")).with_token(&token).form("quote_approval_policy=nobody").await;
            assert!(changes.status == 403 && changes.error().1.contains(words), "{name}: {}", changes.text());
        }
    }

    async fn what_is_an_applications_is_not_a_persons(site: Site) {
        let alice = site.user("alice");
        let wish = json!({ "username": "carol", "email": "carol@mail.test", "password": "a good password", "agreement": true, "locale": "en" });
        let by_person = site.post("/api/v1/accounts").by(&alice).json(wish).await;
        assert_eq!(by_person.status, 403, "{}", by_person.text());
    }

    async fn a_number_in_a_path_is_only_digits(site: Site) {
        let id = site.user("alice").posts("hello").await;
        assert_eq!(site.get(&format!("/api/v1/statuses/{id}")).await.status, 200);
        for odd in [format!("+{id}"), format!("-{id}"), format!("{id}x"), format!("0x{id}"), format!("%20{id}"), format!("{id}%00"), "9".repeat(30), format!("{id}%2F")] {
            assert_eq!(site.get(&format!("/api/v1/statuses/{odd}")).await.status, 404, "{odd}");
        }
    }
}
