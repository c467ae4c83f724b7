//! /api/v1/notifications

use app::stories;
use app::testing::{HOUR_MS, START_MS};
use serde_json::json;

use crate::tests::shapes::{NOW, account, own_status, with};
use crate::tests::site::{Site, is_closed_without, pages_both_ways};

/// The hour in which a world begins, in hours since 1970.
const HOUR: i64 = START_MS / HOUR_MS;

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
                { "id": id(0), "type": "follow", "group_key": format!("follow-{HOUR}"), "created_at": NOW, "account": follower },
                { "id": id(1), "type": "favourite", "group_key": format!("favourite-{status}-{HOUR}"), "created_at": NOW, "account": follower, "status": own },
            ])
        );
        assert_eq!(site.get(&format!("/api/v1/notifications/{}", id(1))).by(&alice).await.ok(), shown[1]);
        for (query, expected) in [
            ("types[]=follow", vec![id(0)]),
            ("exclude_types[]=follow", vec![id(1)]),
            ("types[]=poll", vec![]),
            (&*format!("account_id={}", bob.account), vec![id(0), id(1)]),
            (&*format!("account_id={}", alice.account), vec![]),
            ("account_id=nonsense", vec![]),
            ("types[]=follow&types[]=favourite&exclude_types[]=favourite", vec![id(0)]),
            ("supported_types[]=follow", vec![id(0), id(1)]),
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

    async fn several_notifications_are_dismissed_at_once(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        for _ in 0..4 {
            bob.posts("@alice hello").await;
        }
        site.world.drain_jobs().await;
        let all = site.get("/api/v1/notifications").by(&alice).await.ids();
        let several = format!("/api/v1/notifications/destroy_multiple?ids[]={}&ids[]={}&ids[]=nonsense", all[0], all[2]);
        assert_eq!(site.delete(&several).by(&bob).await.ok(), json!({}));
        assert_eq!(site.get("/api/v1/notifications").by(&alice).await.ids(), all, "they are not bob's");
        assert_eq!(site.delete(&several).by(&alice).await.ok(), json!({}));
        assert_eq!(site.get("/api/v1/notifications").by(&alice).await.ids(), [all[1].clone(), all[3].clone()]);
        assert_eq!(site.delete(&format!("/api/v1/notifications/{}", all[1])).by(&alice).await.ok(), json!({}));
        assert_eq!(site.delete(&format!("/api/v1/notifications/{}", all[1])).by(&alice).await.error(), (404, "Record not found".into()));
        assert_eq!(site.get("/api/v1/notifications").by(&alice).await.ids(), [all[3].clone()]);
    }

    async fn what_is_held_back_shows_only_when_it_is_asked_for(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.posts("@alice hello").await;
        site.world.drain_jobs().await;
        let [id] = &alice.notification_ids().await[..] else { panic!("one notification") };
        site.world.hold_back(*id).await;
        let ids = async |query: &str| site.get(&format!("/api/v1/notifications{query}")).by(&alice).await.ids().len();
        assert_eq!((ids("").await, ids("?include_filtered=true").await, ids(&format!("?account_id={}", bob.account)).await), (0, 1, 1));
        let shown = site.get("/api/v1/notifications?include_filtered=1").by(&alice).await.ok();
        assert_eq!(shown[0]["filtered"], true);
        let count = async |query: &str| site.get(&format!("/api/v1/notifications/unread_count{query}")).by(&alice).await.ok();
        assert_eq!((count("").await, count("?include_filtered=true").await), (json!({ "count": 0 }), json!({ "count": 1 })));
    }

    async fn unread_notifications_are_those_after_the_marker(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        for _ in 0..3 {
            bob.posts("@alice hello").await;
        }
        bob.follows(&alice).await;
        site.world.drain_jobs().await;
        let all = site.get("/api/v1/notifications").by(&alice).await.ids();
        let count = async |query: &str| site.get(&format!("/api/v1/notifications/unread_count{query}")).by(&alice).await.ok()["count"].clone();
        assert_eq!((count("").await, count("?limit=2").await, count("?limit=0").await, count("?types[]=follow").await), (json!(4), json!(2), json!(0), json!(1)));
        site.post("/api/v1/markers").by(&alice).json(json!({ "notifications": { "last_read_id": all[1] } })).await.ok();
        assert_eq!(count("").await, json!(1));
        assert_eq!(site.get("/api/v1/notifications/unread_count").by(&bob).await.ok(), json!({ "count": 0 }));
    }

    async fn what_suspended_accounts_did_is_hidden(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.posts("@alice hello").await;
        site.world.drain_jobs().await;
        let id = site.get("/api/v1/notifications").by(&alice).await.ids()[0].clone();
        site.world.suspend(&bob).await;
        assert_eq!(site.get("/api/v1/notifications").by(&alice).await.ok(), json!([]));
        assert_eq!(site.get(&format!("/api/v1/notifications/{id}")).by(&alice).await.error(), (404, "Record not found".into()));
        assert_eq!(site.get("/api/v1/notifications/unread_count").by(&alice).await.ok(), json!({ "count": 0 }));
        let grouped = site.get("/api/v2/notifications").by(&alice).await.ok();
        assert_eq!(grouped, json!({ "accounts": [], "statuses": [], "notification_groups": [] }));
    }

    async fn notifications_are_closed_to_others(site: Site) {
        is_closed_without(&site, site.get("/api/v1/notifications"), "read:notifications").await;
        is_closed_without(&site, site.get("/api/v1/notifications/5"), "read:notifications").await;
        is_closed_without(&site, site.post("/api/v1/notifications/5/dismiss"), "write:notifications").await;
        is_closed_without(&site, site.post("/api/v1/notifications/clear"), "write:notifications").await;
        is_closed_without(&site, site.get("/api/v1/notifications/unread_count"), "read:notifications").await;
        is_closed_without(&site, site.delete("/api/v1/notifications/5"), "write:notifications").await;
        is_closed_without(&site, site.delete("/api/v1/notifications/destroy_multiple"), "write:notifications").await;
    }
}
