//! /api/v1/tags and /api/v1/followed_tags

use app::stories;
use app::testing::DAY_MS;
use serde_json::{Value, json};

use crate::tests::site::{Site, is_closed_without};

const MIDNIGHT_S: i64 = 1_767_225_600;

/// Seven days without use.
fn unused() -> Vec<Value> {
    (0..7).map(|back| json!({ "day": (MIDNIGHT_S - back * 86_400).to_string(), "accounts": "0", "uses": "0" })).collect()
}

stories! {
    async fn a_hashtag_that_was_never_used_is_shown_without_an_id(site: Site) {
        let alice = site.user("alice");
        let expected = json!({ "id": "", "name": "Caf\u{e9}", "url": "https://here.test/tags/cafe", "history": unused() });
        assert_eq!(site.get("/api/v1/tags/Caf%C3%A9").await.ok(), expected);
        let seen = site.get("/api/v1/tags/Caf%C3%A9").by(&alice).await.ok();
        assert_eq!((&seen["following"], &seen["featuring"]), (&json!(false), &json!(false)));
        for name in ["12", "a-b", "%23cats", "%FF"] {
            assert_eq!(site.get(&format!("/api/v1/tags/{name}")).await.error(), (404, "Record not found".into()), "{name}");
            assert_eq!(site.post(&format!("/api/v1/tags/{name}/follow")).by(&alice).await.status, 404, "{name}");
        }
        let narrow = alice.token_with("push").await;
        assert_eq!(site.get("/api/v1/tags/cats").with_token(&narrow).await.status, 200, "any token will do");
        assert_eq!(site.get("/api/v1/tags/cats").with_token("unknown").await.status, 200, "as anybody");
    }

    async fn use_is_counted_by_day_and_account(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        site.world.advance(-2 * DAY_MS);
        alice.posts("#Cats").await;
        site.world.advance(2 * DAY_MS);
        alice.posts("#cats and #CATS").await;
        alice.posts("#cats").await;
        bob.posts("#cats").await;
        for hidden in ["unlisted", "private", "direct"] {
            bob.posts_as("#cats", hidden).await;
        }
        let mut history = unused();
        history[0] = json!({ "day": MIDNIGHT_S.to_string(), "accounts": "2", "uses": "3" });
        history[2] = json!({ "day": (MIDNIGHT_S - 2 * 86_400).to_string(), "accounts": "1", "uses": "1" });
        let shown = site.get("/api/v1/tags/CATS").await.ok();
        assert_eq!((&shown["name"], &shown["history"]), (&json!("Cats"), &json!(history)));
        assert!(shown["id"].as_str().unwrap().parse::<i64>().is_ok());
    }

    async fn a_followed_hashtag_brings_public_statuses_home_until_it_is_followed_no_more(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        for _ in 0..2 {
            let followed = site.post("/api/v1/tags/Cats/follow").by(&alice).await.ok();
            assert_eq!((&followed["name"], &followed["following"]), (&json!("Cats"), &json!(true)));
        }
        let status = bob.posts("my #cats").await.to_string();
        bob.posts_as("#cats", "unlisted").await;
        bob.posts("#dogs").await;
        assert_eq!(site.get("/api/v1/timelines/home").by(&alice).await.ids(), [status]);
        assert_eq!(site.post("/api/v1/tags/CATS/unfollow").by(&alice).await.ok()["following"], json!(false));
        assert_eq!(site.get("/api/v1/timelines/home").by(&alice).await.ok(), json!([]));
        assert_eq!(site.post("/api/v1/tags/neverused/unfollow").by(&alice).await.ok()["id"], json!(""));
        is_closed_without(&site, site.post("/api/v1/tags/cats/follow"), "write:follows").await;
        is_closed_without(&site, site.post("/api/v1/tags/cats/unfollow"), "write:follows").await;
        let old = alice.token_with("follow").await;
        assert_eq!(site.post("/api/v1/tags/cats/follow").with_token(&old).await.status, 200);
    }

    async fn followed_hashtags_are_paged_by_when_they_were_followed(site: Site) {
        let alice = site.user("alice");
        let mut newest_first = Vec::new();
        for name in ["one", "two", "three", "four", "five"] {
            let tag = site.post(&format!("/api/v1/tags/{name}/follow")).by(&alice).await.ok();
            newest_first.insert(0, tag["name"].clone());
        }
        let names = |page: &Value| page.as_array().unwrap().iter().map(|tag| tag["name"].clone()).collect::<Vec<_>>();
        let whole = site.get("/api/v1/followed_tags").by(&alice).await;
        assert_eq!(names(&whole.ok()), newest_first);
        assert!(whole.link("next").is_none(), "the page is not full");
        assert!(whole.ok().as_array().unwrap().iter().all(|tag| tag["following"] == json!(true) && tag["history"].as_array().unwrap().len() == 7));
        let first = site.get("/api/v1/followed_tags?limit=2").by(&alice).await;
        let second = site.get(&first.link("next").unwrap()).by(&alice).await;
        assert_eq!((names(&first.ok()), names(&second.ok())), (newest_first[..2].to_vec(), newest_first[2..4].to_vec()));
        let back = site.get(&second.link("prev").unwrap()).by(&alice).await;
        assert_eq!(names(&back.ok()), newest_first[..2]);
        assert!(second.link("prev").unwrap().contains("since_id="));
        is_closed_without(&site, site.get("/api/v1/followed_tags"), "read:follows").await;
    }
}
