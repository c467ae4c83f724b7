//! /api/v1/timelines

use app::instance::change_setting;

use app::stories;
use serde_json::json;

use crate::tests::shapes::{author, marks, status, with};
use crate::tests::site::{Site, is_closed_without, pages_both_ways};

stories! {
    async fn home_is_the_viewers_own_and_paged_both_ways(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.follows(&alice).await;
        let mut newest_first = Vec::new();
        for _ in 0..5 {
            newest_first.insert(0, alice.posts("hello").await.to_string());
        }
        let shown = site.get("/api/v1/timelines/home").by(&bob).await.ok();
        let followed = with(author(&alice, 5), json!({ "followers_count": 1 }));
        assert_eq!(shown[0], with(with(status(&newest_first[0], &alice), marks()), json!({ "account": followed })));
        pages_both_ways(&site, "/api/v1/timelines/home", &bob, &newest_first).await;
        let since = site.get(&format!("/api/v1/timelines/home?limit=2&since_id={}", newest_first[4])).by(&bob).await.ids();
        assert_eq!(since, newest_first[..2]);
        let min = site.get(&format!("/api/v1/timelines/home?limit=2&min_id={}", newest_first[4])).by(&bob).await.ids();
        assert_eq!(min, newest_first[2..4]);
        assert_eq!(site.get("/api/v1/timelines/home?limit=abc").by(&bob).await.ok(), json!([]));
        is_closed_without(&site, site.get("/api/v1/timelines/home"), "read:statuses").await;
    }

    async fn an_empty_timeline_has_no_links_and_a_short_one_still_has_both(site: Site) {
        let alice = site.user("alice");
        assert_eq!(site.get("/api/v1/timelines/home").by(&alice).await.header("link"), "");
        alice.posts("hello").await;
        let one = site.get("/api/v1/timelines/home").by(&alice).await;
        assert!(one.link("next").unwrap().contains("max_id=") && one.link("prev").unwrap().contains("min_id="));
    }

    async fn the_public_timeline_is_open_to_anybody(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = alice.posts("hello").await.to_string();
        assert_eq!(site.get("/api/v1/timelines/public").await.ok(), json!([status(&id, &alice)]));
        assert_eq!(site.get("/api/v1/timelines/public?local=true").by(&bob).await.ok(), json!([with(status(&id, &alice), marks())]));
        assert_eq!(site.get("/api/v1/timelines/public?remote=1").await.ok(), json!([]));
        assert_eq!(site.get("/api/v1/timelines/public?remote=1&local=1").await.ids(), std::slice::from_ref(&id), "both are everything");
        assert_eq!(site.get("/api/v1/timelines/public?only_media=1").await.ok(), json!([]));
        let narrow = bob.token_with("read:accounts").await;
        assert_eq!(site.get("/api/v1/timelines/public").with_token(&narrow).await.status, 403);
    }

    async fn the_public_timeline_is_paged(site: Site) {
        let alice = site.user("alice");
        let mut newest_first = Vec::new();
        for _ in 0..5 {
            newest_first.insert(0, alice.posts("hello").await.to_string());
        }
        pages_both_ways(&site, "/api/v1/timelines/public?local=true", &alice, &newest_first).await;
    }

    async fn home_is_partial_while_it_is_rebuilt(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        alice.follows(&bob).await;
        let before = bob.posts("before").await.to_string();
        site.world.advance(10 * app::testing::DAY_MS);
        site.world.forget_tokens(alice.account);
        let first = site.get("/api/v1/timelines/home").by(&alice).await;
        let refresh = first.header("mastodon-async-refresh").to_owned();
        let id = refresh.strip_prefix("id=\"").and_then(|rest| rest.strip_suffix("\", retry=5")).unwrap_or_else(|| panic!("{refresh}"));
        assert_eq!((first.status, first.json()), (206, site.get("/api/v1/timelines/home").by(&alice).await.json()));
        let path = format!("/api/v1_alpha/async_refreshes/{id}");
        let expected = |status: &str| json!({ "async_refresh": { "id": id, "status": status, "result_count": null } });
        assert_eq!(site.get(&path).by(&alice).await.ok(), expected("running"));
        assert_eq!(site.get(&path).by(&bob).await.error(), (404, "Record not found".into()));
        is_closed_without(&site, site.get(&path), "read").await;
        site.world.drain_jobs().await;
        let whole = site.get("/api/v1/timelines/home").by(&alice).await;
        assert_eq!((whole.ids(), whole.header("mastodon-async-refresh")), (vec![before], ""));
        assert_eq!(site.get(&path).by(&alice).await.ok(), expected("finished"));
    }

    async fn a_hashtags_timeline_takes_hashtags_together(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let cats = alice.posts("#Cats").await.to_string();
        let both = alice.posts("#cats #dogs").await.to_string();
        let dogs = alice.posts("#dogs").await.to_string();
        alice.posts_as("#cats", "unlisted").await;
        let ids = async |path: &str| site.get(&format!("/api/v1/timelines/tag/{path}")).await.ids();
        assert_eq!(ids("CATS").await, [both.clone(), cats.clone()]);
        assert_eq!(ids("cats?any[]=Dogs").await, [dogs.clone(), both.clone(), cats.clone()]);
        assert_eq!(ids("cats?all[]=dogs&all[]=neverused").await, std::slice::from_ref(&both));
        assert_eq!(ids("cats?none[]=dogs").await, std::slice::from_ref(&cats));
        assert_eq!(ids("cats?any[]=a&any[]=b&any[]=c&any[]=dogs").await, [both.clone(), cats.clone()], "four of a mode count");
        assert!(ids("neverused?any[]=cats").await.is_empty());
        assert_eq!(site.get("/api/v1/timelines/tag/%FF").await.status, 404);
        assert_eq!((ids("cats?local=true").await.len(), ids("cats?remote=true").await.len(), ids("cats?only_media=1").await.len()), (2, 0, 0));
        assert_eq!(ids("cats?local=1&remote=1").await.len(), 2, "both are everything");
        let narrow = bob.token_with("read:accounts").await;
        assert_eq!(site.get("/api/v1/timelines/tag/cats").with_token(&narrow).await.status, 403);
        assert_eq!(site.get("/api/v1/timelines/tag/cats?limit=1").by(&bob).await.ok()[0], with(status_of(&site, &both).await, marks()));
        let mut newest_first = vec![both, cats];
        for _ in 0..3 {
            newest_first.insert(0, bob.posts("#cats").await.to_string());
        }
        pages_both_ways(&site, "/api/v1/timelines/tag/cats", &alice, &newest_first).await;
        pages_both_ways(&site, "/api/v1/timelines/tag/cats?any[]=birds&none[]=birds", &alice, &newest_first).await;
    }

    async fn who_may_see_public_timelines_is_a_setting(site: Site) {
        let alice = site.user("alice");
        let id = alice.posts("#cats").await.to_string();
        let set = async |name: &'static str, word: &str| change_setting::set(&site.world.app, app::Origin::Cli, name, word.to_owned()).await.unwrap();
        let refused = (422, "This method requires an authenticated user".to_owned());
        for (local, remote, path) in [
            ("local_live_feed_access", "remote_live_feed_access", "/api/v1/timelines/public"),
            ("local_topic_feed_access", "remote_topic_feed_access", "/api/v1/timelines/tag/cats"),
        ] {
            set(local, "authenticated").await;
            assert_eq!(site.get(path).await.error(), refused);
            assert_eq!(site.get(&format!("{path}?local=true")).await.error(), refused);
            assert_eq!(site.get(&format!("{path}?remote=true")).await.ok(), json!([]));
            assert_eq!(site.get(path).by(&alice).await.ids(), std::slice::from_ref(&id));
            let own = app::oauth::applications::own(&site.world.app).await.unwrap();
            let nobody = app::oauth::tokens::from_credentials(&site.world.app, &own, Some("read")).await.unwrap();
            assert_eq!(site.get(path).with_token(&nobody.access_token).await.error(), refused);
            set(local, "disabled").await;
            assert_eq!(site.get(path).by(&alice).await.ok(), json!([]));
            set(local, "public").await;
            set(remote, "disabled").await;
            assert_eq!(site.get(&format!("{path}?local=1")).await.ids(), std::slice::from_ref(&id));
            assert_eq!(site.get(path).by(&alice).await.ids(), std::slice::from_ref(&id));
            assert_eq!(site.get(&format!("{path}?remote=1")).by(&alice).await.ok(), json!([]));
            assert_eq!(site.get(path).await.error(), refused);
        }
    }
}

/// A status as anybody sees it.
async fn status_of(site: &Site, id: &str) -> serde_json::Value {
    site.get(&format!("/api/v1/statuses/{id}")).await.ok()
}
