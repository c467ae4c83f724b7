//! /api/v1/markers

use std::future::IntoFuture;

use app::stories;
use serde_json::json;

use crate::tests::shapes::NOW;
use crate::tests::site::{Site, is_closed_without};

stories! {
    async fn markers_are_kept_for_each_timeline_and_person(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        assert_eq!(site.get("/api/v1/markers?timeline[]=home").by(&alice).await.ok(), json!({}));
        let home = json!({ "last_read_id": "103194548672408537", "version": 1, "updated_at": NOW });
        let moved = site.post("/api/v1/markers").by(&alice).form("home[last_read_id]=103194548672408537").await;
        assert_eq!(moved.ok(), json!({ "home": home }));
        let both = site.post("/api/v1/markers").by(&alice);
        let both = both.json(json!({ "home": { "last_read_id": "7" }, "notifications": { "last_read_id": 9 }, "public": { "last_read_id": "1" } }));
        let expected = json!({
            "home": { "last_read_id": "7", "version": 2, "updated_at": NOW },
            "notifications": { "last_read_id": "9", "version": 1, "updated_at": NOW },
        });
        assert_eq!(both.clone().await.ok(), expected);
        assert_eq!(both.await.ok(), expected, "a marker that stays keeps its version");
        let get = async |query: &str| site.get(&format!("/api/v1/markers{query}")).by(&alice).await.ok();
        assert_eq!(get("?timeline[]=home&timeline[]=notifications&timeline[]=public").await, expected);
        assert_eq!(get("?timeline=home").await, json!({ "home": expected["home"] }));
        assert_eq!((get("").await, get("?timeline[]=public").await), (json!({}), json!({})));
        assert_eq!(site.get("/api/v1/markers?timeline[]=home").by(&bob).await.ok(), json!({}));
    }

    async fn what_names_no_id_is_the_very_beginning(site: Site) {
        let alice = site.user("alice");
        let beginning = json!({ "last_read_id": "0", "version": 0, "updated_at": NOW });
        for body in [json!({ "home": { "last_read_id": "nonsense" } }), json!({ "home": {} })] {
            assert_eq!(site.post("/api/v1/markers").by(&alice).json(body).await.ok(), json!({ "home": beginning }));
        }
        assert_eq!(site.post("/api/v1/markers").by(&alice).json(json!({ "home": "7" })).await.ok(), json!({}));
        assert_eq!(site.post("/api/v1/markers").by(&alice).await.ok(), json!({}));
    }

    async fn of_moves_at_the_same_moment_each_is_done_or_refused(site: Site) {
        let alice = site.user("alice");
        site.post("/api/v1/markers").by(&alice).form("home[last_read_id]=1").await.ok();
        let moves: Vec<_> = (2..12).map(|id| tokio::spawn(site.post("/api/v1/markers").by(&alice).form(&format!("home[last_read_id]={id}")).into_future())).collect();
        let mut done = 0;
        for answer in moves {
            let answer = answer.await.unwrap();
            match answer.status {
                200 => done += 1,
                _ => assert_eq!(answer.error(), (409, "Conflict during update, please try again".into())),
            }
        }
        let marker = site.get("/api/v1/markers?timeline[]=home").by(&alice).await.ok();
        assert!(done > 0);
        assert_eq!(marker["home"]["version"], 1 + done, "as often as it was moved, never less");
    }

    async fn markers_are_closed_to_others(site: Site) {
        is_closed_without(&site, site.get("/api/v1/markers"), "read:statuses").await;
        is_closed_without(&site, site.post("/api/v1/markers"), "write:statuses").await;
    }
}
