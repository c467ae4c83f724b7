//! /api/v1/timelines

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
}
