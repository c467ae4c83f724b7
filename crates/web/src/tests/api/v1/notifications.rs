//! /api/v1/notifications

use app::stories;
use serde_json::json;

use crate::tests::shapes::{NOW, account, own_status, with};
use crate::tests::site::{Site, is_closed_without, pages_both_ways};

stories! {
    async fn notifications_tell_who_did_what(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        bob.favourites(status).await;
        site.world.drain_jobs().await;
        bob.follows(&alice).await;
        site.world.drain_jobs().await;
        let shown = site.get("/api/v1/notifications").by(&alice).await.ok();
        let id = |at: usize| shown[at]["id"].as_str().unwrap().to_owned();
        let follower = with(account(&bob), json!({ "following_count": 1 }));
        let own = own_status(&status.to_string(), &alice);
        let own = with(own.clone(), json!({ "favourites_count": 1, "account": with(own["account"].clone(), json!({ "followers_count": 1 })) }));
        assert_eq!(
            shown,
            json!([
                { "id": id(0), "type": "follow", "group_key": format!("ungrouped-{}", id(0)), "created_at": NOW, "account": follower },
                { "id": id(1), "type": "favourite", "group_key": format!("ungrouped-{}", id(1)), "created_at": NOW, "account": follower, "status": own },
            ])
        );
        assert_eq!(site.get(&format!("/api/v1/notifications/{}", id(1))).by(&alice).await.ok(), shown[1]);
        for (query, expected) in [
            ("types[]=follow", vec![id(0)]),
            ("exclude_types[]=follow", vec![id(1)]),
            ("types[]=poll", vec![]),
            (&*format!("account_id={}", bob.account), vec![id(0), id(1)]),
            (&*format!("account_id={}", alice.account), vec![]),
        ] {
            assert_eq!(site.get(&format!("/api/v1/notifications?{query}")).by(&alice).await.ids(), expected, "{query}");
        }
    }

    async fn notifications_are_paged_and_links_keep_the_filters(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        for _ in 0..5 {
            bob.posts("@alice hello").await;
        }
        site.world.drain_jobs().await;
        let all = site.get("/api/v1/notifications").by(&alice).await.ids();
        pages_both_ways(&site, "/api/v1/notifications?types[]=mention", &alice, &all).await;
    }

    async fn notifications_are_dismissed_by_their_owner(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        for _ in 0..3 {
            bob.posts("@alice hello").await;
        }
        site.world.drain_jobs().await;
        let all = site.get("/api/v1/notifications").by(&alice).await.ids();
        let path = format!("/api/v1/notifications/{}", all[0]);
        assert_eq!(site.get(&path).by(&bob).await.error(), (404, "Record not found".into()));
        assert_eq!(site.post(&format!("{path}/dismiss")).by(&bob).await.error(), (404, "Record not found".into()));
        assert_eq!(site.post(&format!("{path}/dismiss")).by(&alice).await.ok(), json!({}));
        assert_eq!(site.get(&path).by(&alice).await.error(), (404, "Record not found".into()));
        assert_eq!(site.get("/api/v1/notifications").by(&alice).await.ids(), all[1..]);
        assert_eq!(site.post("/api/v1/notifications/clear").by(&alice).await.ok(), json!({}));
        assert_eq!(site.get("/api/v1/notifications").by(&alice).await.ok(), json!([]));
    }

    async fn notifications_are_closed_to_others(site: Site) {
        is_closed_without(&site, site.get("/api/v1/notifications"), "read:notifications").await;
        is_closed_without(&site, site.get("/api/v1/notifications/5"), "read:notifications").await;
        is_closed_without(&site, site.post("/api/v1/notifications/5/dismiss"), "write:notifications").await;
        is_closed_without(&site, site.post("/api/v1/notifications/clear"), "write:notifications").await;
    }
}
