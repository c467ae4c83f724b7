//! /api/v1/instance and what is below it

use app::instance::change_setting;

use app::federation::domains;
use app::instance::Document;
use app::rules::{self, Change};
use app::testing::{DAY_MS, HOUR_MS};
use app::{Origin, stories, tokens};
use serde_json::{Value, json};

use crate::tests::site::{Site, keys};

async fn set(site: &Site, name: &str, value: &str) {
    change_setting::change(&site.world.app, Origin::Cli, name, value).await.unwrap();
}

stories! {
    async fn the_first_version_of_the_instance_is_still_told(site: Site) {
        site.world.knows_somebody_on("there.test").await;
        site.user("alice").posts("hello").await;
        let answer = site.get("/api/v1/instance").await;
        assert_eq!((answer.header("deprecation"), answer.header("cache-control")), ("@1668384000", "max-age=300, public, stale-while-revalidate=30, stale-if-error=86400"));
        let shown = answer.ok();
        assert_eq!(
            keys(&shown),
            [
                "approval_required", "configuration", "contact_account", "description", "email", "invites_enabled", "languages", "registrations",
                "rules", "short_description", "stats", "thumbnail", "title", "uri", "urls", "version"
            ]
        );
        assert_eq!(shown["uri"], "here.test");
        assert_eq!(shown["urls"], json!({ "streaming_api": "wss://here.test" }));
        assert_eq!(shown["stats"], json!({ "user_count": 2, "status_count": 1, "domain_count": 1 }));
        assert!(shown["version"].as_str().unwrap().starts_with("4.5.0 (compatible; "));
        assert_eq!(
            shown["configuration"]["media_attachments"],
            json!({
                "supported_mime_types": ["image/jpeg", "image/png", "image/gif", "image/webp"], "image_size_limit": 1_048_576,
                "image_matrix_limit": 4_000_000, "video_size_limit": 0, "video_frame_rate_limit": 0, "video_matrix_limit": 0
            })
        );
        assert_eq!(keys(&shown["configuration"]), ["accounts", "media_attachments", "polls", "statuses"]);
        assert_eq!((shown["contact_account"].clone(), shown["rules"].clone(), shown["languages"].clone()), (Value::Null, json!([]), json!(["en"])));
    }

    async fn what_an_administrator_says_is_told_at_once(site: Site) {
        site.get("/api/v1/instance").await.ok();
        for (name, value) in [
            ("site_title", "Here & now"), ("site_short_description", "A place"), ("site_contact_email", "hi@here.test"), ("site_contact_username", "@bob"),
            ("registrations_mode", "approved"), ("registrations_without_mail", "true"), ("status_page_url", "https://status.test/"),
        ] {
            set(&site, name, value).await;
        }
        let old = site.get("/api/v1/instance").await.ok();
        assert_eq!((old["title"].clone(), old["short_description"].clone(), old["email"].clone()), (json!("Here & now"), json!("A place"), json!("hi@here.test")));
        assert_eq!((old["registrations"].clone(), old["approval_required"].clone(), old["contact_account"]["username"].clone()), (json!(true), json!(true), json!("bob")));
        let new = site.get("/api/v2/instance").await.ok();
        assert_eq!((new["contact"]["email"].clone(), new["contact"]["account"]["username"].clone()), (json!("hi@here.test"), json!("bob")));
        assert_eq!((new["registrations"]["enabled"].clone(), new["registrations"]["approval_required"].clone()), (json!(true), json!(true)));
        assert_eq!(new["configuration"]["urls"]["status"], "https://status.test/");
    }

    async fn rules_come_in_their_order_with_translations(site: Site) {
        assert_eq!(site.get("/api/v1/instance/rules").await.ok(), json!([]));
        let app = &site.world.app;
        let kind = rules::add(app, Origin::Cli, " Be kind ", "To all", None).await.unwrap();
        let spam = rules::add(app, Origin::Cli, "No spam", "", None).await.unwrap();
        let german = Change { text: Some("Sei nett".into()), language: Some("de".into()), ..Change::default() };
        rules::edit(app, Origin::Cli, kind, german).await.unwrap();
        rules::edit(app, Origin::Cli, spam, Change { priority: Some(-1), ..Change::default() }).await.unwrap();
        let expected = json!([
            { "id": spam.to_string(), "text": "No spam", "hint": "", "translations": {} },
            { "id": kind.to_string(), "text": "Be kind", "hint": "To all", "translations": { "de": { "text": "Sei nett", "hint": "" } } },
        ]);
        assert_eq!(site.get("/api/v1/instance/rules").await.ok(), expected);
        assert_eq!(site.get("/api/v1/instance").await.ok()["rules"], expected);
        assert_eq!(site.get("/api/v2/instance").await.ok()["rules"], expected);
        rules::remove(app, Origin::Cli, spam).await.unwrap();
        let gone = Change { text: Some(String::new()), language: Some("de".into()), ..Change::default() };
        rules::edit(app, Origin::Cli, kind, gone).await.unwrap();
        assert_eq!(site.get("/api/v1/instance/rules").await.ok(), json!([{ "id": kind.to_string(), "text": "Be kind", "hint": "To all", "translations": {} }]));
    }

    async fn the_long_description_is_shown_as_safe_html(site: Site) {
        assert_eq!(site.get("/api/v1/instance/extended_description").await.ok(), json!({ "updated_at": "2026-01-01T00:00:00.000Z", "content": "" }));
        site.world.advance(HOUR_MS);
        set(&site, "site_extended_description", "We <b>are</b> here\n\nSee #cats").await;
        let shown = site.get("/api/v1/instance/extended_description").await.ok();
        assert_eq!(shown["updated_at"], "2026-01-01T13:00:00.000Z");
        let html = shown["content"].as_str().unwrap();
        assert!(html.starts_with("<p>We &lt;b&gt;are&lt;/b&gt; here</p><p>See <a href=\"https://here.test/tags/cats\""), "{html}");
    }

    async fn there_is_always_a_privacy_policy(site: Site) {
        let shown = site.get("/api/v1/instance/privacy_policy").await.ok();
        assert_eq!((keys(&shown), shown["updated_at"].clone()), (vec!["content", "updated_at"], json!("2026-01-01T00:00:00.000Z")));
        assert!(shown["content"].as_str().unwrap().contains("here.test has not written"));
        set(&site, "site_terms", "We keep nothing.").await;
        assert_eq!(site.get("/api/v1/instance/privacy_policy").await.ok(), json!({ "updated_at": "2026-01-01T12:00:00.000Z", "content": "<p>We keep nothing.</p>" }));
        let document = app::instance::document(&site.world.app, "site_terms").await.unwrap();
        assert!(matches!(document, Some(Document { changed_at: Some(_), .. })));
    }

    async fn languages_have_names_and_none_can_be_translated(site: Site) {
        let languages = site.get("/api/v1/instance/languages").await.ok();
        assert!(languages.as_array().unwrap().contains(&json!({ "code": "de", "name": "German" })));
        assert!(languages.as_array().unwrap().len() > 180);
        assert_eq!(site.get("/api/v1/instance/translation_languages").await.ok(), json!({}));
    }

    async fn known_servers_are_listed_and_found_unless_that_is_switched_off(site: Site) {
        assert_eq!(site.get("/api/v1/instance/peers").await.ok(), json!([]));
        for domain in ["b.test", "a.test", "b.test", "bb.test"] {
            site.world.knows_somebody_on(domain).await;
        }
        site.world.advance(HOUR_MS);
        assert_eq!(site.get("/api/v1/instance/peers").await.ok(), json!(["a.test", "b.test", "bb.test"]));
        let search = async |q: &str| site.get(&format!("/api/v1/peers/search?q={q}")).await.ok();
        assert_eq!((search("B").await, search("b.").await, search("").await, search("%25").await), (json!(["b.test", "bb.test"]), json!(["b.test"]), json!([]), json!([])));
        set(&site, "peers_api_enabled", "false").await;
        for path in ["/api/v1/instance/peers", "/api/v1/peers/search?q=b"] {
            let closed = site.get(path).await;
            assert_eq!((closed.status, closed.text()), (404, ""), "{path}");
        }
    }

    async fn twelve_weeks_tell_how_busy_it_was(site: Site) {
        let app = &site.world.app;
        let count = async || {
            site.world.write(|tx| async move { app::queue::enqueue(&tx, &app::queue::CountActivity {}).await }).await;
            site.world.drain_jobs().await;
        };
        let start = site.world.now() / 1000;
        count().await;
        site.world.advance(HOUR_MS);
        let [alice, bob] = site.users(["alice", "bob"]);
        alice.posts("one").await;
        alice.posts_as("two", "private").await;
        bob.reblogs(alice.posts_as("three", "unlisted").await).await;
        tokens::write_down_seen(app).await.unwrap();
        count().await;
        assert_eq!(site.get("/api/v1/instance/activity").await.ok()[0]["statuses"], "0", "the last minute is not over");
        site.world.advance(7 * DAY_MS);
        count().await;
        count().await;
        let weeks = site.get("/api/v1/instance/activity").await.ok();
        assert_eq!(weeks.as_array().unwrap().len(), 12);
        assert_eq!(weeks[0], json!({ "week": (start + 7 * 86_400 + 3600).to_string(), "statuses": "0", "logins": "0", "registrations": "0" }));
        assert_eq!(weeks[1], json!({ "week": (start + 3600).to_string(), "statuses": "3", "logins": "2", "registrations": "2" }));
        set(&site, "activity_api_enabled", "false").await;
        let closed = site.get("/api/v1/instance/activity").await;
        assert_eq!((closed.status, closed.text()), (404, ""));
    }

    async fn blocked_servers_are_told_to_whom_the_administrator_wants(site: Site) {
        let alice = site.user("alice");
        let ask = || site.get("/api/v1/instance/domain_blocks");
        assert_eq!((ask().await.status, ask().by(&alice).await.status, ask().await.text()), (404, 404, r#"{"error":"Record not found"}"#));
        set(&site, "show_domain_blocks", "users").await;
        assert_eq!((ask().await.status, ask().with_token("nonsense").await.status, ask().by(&alice).await.ok()), (404, 404, json!([])));
        set(&site, "show_domain_blocks", "all").await;
        assert_eq!(ask().await.ok(), json!([]));
        let app = &site.world.app;
        let block = |severity, public_comment: &str, obfuscate| domains::Block { severity, public_comment: public_comment.into(), obfuscate, ..Default::default() };
        domains::block(app, Origin::Cli, "spam.test", block(domains::Severity::Suspend, "spam", false)).await.unwrap();
        domains::block(app, Origin::Cli, "wild.example.test", block(domains::Severity::Silence, "", true)).await.unwrap();
        domains::block(app, Origin::Cli, "big.test", block(domains::Severity::Noop, "", false)).await.unwrap();
        let shown = ask().await.ok();
        assert_eq!(shown.as_array().unwrap().len(), 2, "what does nothing to people is not told: {shown}");
        assert_eq!((&shown[0]["domain"], &shown[0]["severity"]), (&json!("wild.*******.test"), &json!("silence")));
        assert_eq!((&shown[1]["domain"], &shown[1]["severity"], &shown[1]["comment"]), (&json!("spam.test"), &json!("suspend"), &json!(null)));
        assert_eq!(shown[1]["digest"].as_str().unwrap().len(), 64);
        set(&site, "show_domain_blocks_rationale", "users").await;
        assert_eq!((&ask().await.ok()[1]["comment"], &ask().by(&alice).await.ok()[1]["comment"]), (&json!(null), &json!("spam")));
    }

    async fn announcements_are_for_people(site: Site) {
        let nobody = (422, "This method requires an authenticated user".to_owned());
        assert_eq!(site.get("/api/v1/announcements").await.error(), nobody);
        assert_eq!(site.get("/api/v1/announcements").with_token("nonsense").await.error(), nobody);
        let app = &site.world.app;
        let own = app::oauth::applications::own(app).await.unwrap();
        let token = app::oauth::tokens::from_credentials(app, &own, Some("read")).await.unwrap();
        assert_eq!(site.get("/api/v1/announcements").with_token(&token.access_token).await.error(), nobody);
        let push_only = site.user("alice").token_with("push").await;
        assert_eq!(site.get("/api/v1/announcements").with_token(&push_only).await.ok(), json!([]));
    }
}
