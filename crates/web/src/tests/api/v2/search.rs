//! /api/v2/search

use app::stories;
use app::testing::Person;
use serde_json::{Value, json};

use crate::tests::shapes::{account, own_status};
use crate::tests::site::{Site, keys};

async fn find(site: &Site, by: &Person, query: &str) -> Value {
    site.get(&format!("/api/v2/search?{query}")).by(by).await.ok()
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

stories! {
    async fn accounts_are_found_by_anybody(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let found = site.get("/api/v2/search?q=ali").await.ok();
        assert_eq!(keys(&found), ["accounts", "collections", "hashtags", "statuses"]);
        assert_eq!(found["accounts"], json!([account(&alice)]));
        assert_eq!(find(&site, &bob, "q=@alice@here.test&type=accounts").await["accounts"], json!([account(&alice)]));
        assert_eq!(find(&site, &bob, "q=ali&type=statuses").await["accounts"], json!([]));
        assert_eq!(find(&site, &bob, "q=ali&following=true").await["accounts"], json!([]));
        bob.follows(&alice).await;
        assert_eq!(ids(&find(&site, &bob, "q=ali&following=true").await["accounts"]), [alice.account.to_string()]);
        let narrow = bob.token_with("read:statuses").await;
        assert_eq!(site.get("/api/v2/search?q=a").with_token(&narrow).await.status, 403);
        assert_eq!(site.get("/api/v2/search?q=a").with_token("unknown").await.status, 200, "as anybody");
    }

    async fn statuses_are_found_by_people_who_are_signed_in(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = alice.posts("green #Tea").await.to_string();
        let found = find(&site, &alice, "q=green").await;
        assert_eq!(keys(&found["statuses"][0]), keys(&own_status(&id, &alice)));
        assert_eq!((found["statuses"][0]["id"].as_str(), ids(&found["accounts"]).len()), (Some(id.as_str()), 0));
        assert_eq!(find(&site, &bob, "q=green").await["statuses"], json!([]));
        assert_eq!(site.get("/api/v2/search?q=green").await.ok()["statuses"], json!([]));
        assert_eq!(find(&site, &alice, "q=green&type=accounts").await["statuses"], json!([]));
        let by_bob = format!("q=green&type=statuses&account_id={}", bob.account);
        assert_eq!(find(&site, &alice, &by_bob).await["statuses"], json!([]));
    }

    async fn statuses_come_in_pages_by_ids_and_by_offset(site: Site) {
        let alice = site.user("alice");
        let mut posts = Vec::new();
        for _ in 0..5 {
            posts.insert(0, alice.posts("tea").await.to_string());
        }
        let page = async |query: &str| {
            let found = find(&site, &alice, &format!("q=tea&type=statuses&{query}")).await;
            ids(&found["statuses"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(page("").await, posts);
        assert_eq!(page("limit=2").await, posts[..2]);
        assert_eq!(page("limit=2&offset=2").await, posts[2..4]);
        assert_eq!(page(&format!("limit=2&max_id={}", posts[1])).await, posts[2..4]);
        assert_eq!(page(&format!("min_id={}", posts[2])).await, posts[..2]);
        assert_eq!(page("limit=0").await, Vec::<String>::new());
        assert_eq!(page("limit=x").await, Vec::<String>::new());
    }

    async fn hashtags_are_found_with_whether_one_follows_them(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        alice.posts("#GreenTea").await;
        let found = site.get("/api/v2/search?q=%23green").await.ok();
        let id = found["hashtags"][0]["id"].as_str().unwrap().to_owned();
        let history = found["hashtags"][0]["history"].clone();
        assert_eq!((history.as_array().unwrap().len(), history[0]["uses"].clone()), (7, json!("1")));
        let mut tag = json!({ "id": id, "name": "GreenTea", "url": "https://here.test/tags/greentea", "history": history });
        assert_eq!(found, json!({ "accounts": [], "statuses": [], "hashtags": [tag], "collections": [] }));
        tag["following"] = json!(false);
        tag["featuring"] = json!(false);
        assert_eq!(find(&site, &bob, "q=green&type=hashtags").await["hashtags"], json!([tag]));
        assert_eq!(find(&site, &bob, "q=green&type=hashtags&exclude_unreviewed=true").await["hashtags"], json!([]));
    }

    async fn an_address_leads_to_what_it_is_of_if_asked_to(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = alice.posts("hello").await.to_string();
        let found = find(&site, &bob, &format!("q=https://here.test/@alice/{id}&resolve=true")).await;
        assert_eq!((ids(&found["statuses"]), &found["accounts"]), (vec![id.as_str()], &json!([])));
        assert_eq!(find(&site, &bob, "q=https://here.test/@alice&resolve=true").await["accounts"], json!([account_with_one_status(&site).await]));
        let nothing = json!({ "accounts": [], "statuses": [], "hashtags": [], "collections": [] });
        assert_eq!(find(&site, &bob, "q=https://elsewhere.test/@alice&resolve=true").await, nothing);
    }

    async fn what_cannot_be_searched_is_refused(site: Site) {
        let bob = site.user("bob");
        for path in ["/api/v2/search?q=a&resolve=true", "/api/v2/search?q=a&offset=20"] {
            let words = if path.contains("offset") { "Search queries pagination is" } else { "Search queries that resolve remote resources are" };
            let refused = (401, format!("{words} not supported without authentication"));
            assert_eq!(site.get(path).await.error(), refused, "{path}");
            let of_nobody = site.app_token("read").await;
            assert_eq!(site.get(path).with_token(&of_nobody).await.error(), refused, "{path} with an application's own token");
            assert_eq!(site.get(path).by(&bob).await.status, 200, "{path}");
        }
        for path in ["/api/v2/search", "/api/v2/search?q=", "/api/v2/search?q=a&limit=-1", "/api/v2/search?q=a&offset=-1"] {
            assert_eq!(site.get(path).by(&bob).await.error().0, 400, "{path}");
            assert_eq!(site.get(path).await.error().0, if path.contains("offset") { 401 } else { 400 }, "{path}");
        }
        assert_eq!(site.get("/api/v2/search?q=tea%20before:soon").by(&bob).await.error(), (422, "Invalid date supplied".into()));
        assert_eq!(site.get("/api/v2/search?q=tea&account_id=5").by(&bob).await.error().0, 404);
    }
}

async fn account_with_one_status(site: &Site) -> Value {
    let alice = site.user("alice");
    site.get(&format!("/api/v1/accounts/{}", alice.account)).await.ok()
}
