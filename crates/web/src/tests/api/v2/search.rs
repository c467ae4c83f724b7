//! /api/v2/search

use app::stories;
use serde_json::json;

use crate::tests::shapes::account;
use crate::tests::site::{Site, keys};

stories! {
    async fn accounts_are_found_by_anybody(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let found = site.get("/api/v2/search?q=ali").await.ok();
        assert_eq!(keys(&found), ["accounts", "collections", "hashtags", "statuses"]);
        assert_eq!(found["accounts"], json!([account(&alice)]));
        assert_eq!(site.get("/api/v2/search?q=@alice@here.test&type=accounts").by(&bob).await.ok()["accounts"], json!([account(&alice)]));
        assert_eq!(site.get("/api/v2/search?q=ali&type=statuses").by(&bob).await.ok()["accounts"], json!([]));
        assert_eq!(site.get("/api/v2/search").await.status, 400);
        let narrow = bob.token_with("read:statuses").await;
        assert_eq!(site.get("/api/v2/search?q=a").with_token(&narrow).await.status, 403);
    }

    async fn a_search_that_reaches_further_wants_a_person_and_numbers_that_are_none_are_refused(site: Site) {
        let bob = site.user("bob");
        for path in ["/api/v2/search?q=a&resolve=true", "/api/v2/search?q=a&offset=20"] {
            assert_eq!(site.get(path).await.status, 401, "{path}");
            assert_eq!(site.get(path).by(&bob).await.status, 200, "{path}");
        }
        for path in ["/api/v2/search?q=a&limit=-1", "/api/v2/search?q=a&offset=-1"] {
            assert_eq!(site.get(path).by(&bob).await.status, 400, "{path}");
        }
    }
}
