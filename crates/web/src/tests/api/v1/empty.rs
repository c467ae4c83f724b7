//! Lists of what cannot be made yet. Clients show an error page for a 404, so they are empty.

use app::stories;
use serde_json::json;

use crate::tests::site::{Site, is_closed_to_wrong_tokens, is_closed_without};

stories! {
    async fn what_cannot_be_made_yet_is_an_empty_list(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        let of_people = [
            ("/api/v1/filters", "read:filters"),
            ("/api/v2/filters", "read:filters"),
            ("/api/v1/suggestions", "read:accounts"),
            ("/api/v2/suggestions", "read:accounts"),
            ("/api/v1/featured_tags", "read:accounts"),
            ("/api/v1/featured_tags/suggestions", "read:accounts"),
            ("/api/v1/endorsements", "read:accounts"),
            ("/api/v1/notifications/requests", "read:notifications"),
        ];
        for (path, scope) in of_people {
            assert_eq!(site.get(path).by(&alice).await.ok(), json!([]), "{path}");
            is_closed_without(&site, site.get(path), scope).await;
        }
        let (of_alice, quotes) = (format!("/api/v1/accounts/{}", alice.account), format!("/api/v1/statuses/{status}/quotes"));
        for path in ["/api/v1/trends", "/api/v1/trends/tags", "/api/v1/trends/statuses", "/api/v1/trends/links", &format!("{of_alice}/featured_tags"), &format!("{of_alice}/endorsements")] {
            assert_eq!(site.get(path).await.ok(), json!([]), "{path}");
            assert_eq!(site.get(path).by(&bob).await.ok(), json!([]), "{path}");
        }
        assert_eq!(site.get(&format!("{of_alice}/identity_proofs")).by(&bob).await.ok(), json!([]));
        assert_eq!(site.get(&format!("{of_alice}/identity_proofs")).await.error().0, 422);
        assert_eq!(site.get(&quotes).by(&bob).await.ok(), json!([]));
        is_closed_to_wrong_tokens(&site, site.get(&quotes), "read:statuses").await;
        for path in ["/api/v1/accounts/1/featured_tags", "/api/v1/accounts/1/endorsements", "/api/v1/accounts/1/identity_proofs", "/api/v1/statuses/1/quotes"] {
            assert_eq!(site.get(path).by(&bob).await.error(), (404, "Record not found".into()), "{path}");
        }
        let hidden = alice.posts_as("for nobody", "direct").await;
        assert_eq!(site.get(&format!("/api/v1/statuses/{hidden}/quotes")).by(&bob).await.status, 404);
    }

    async fn nothing_is_held_back_of_notifications(site: Site) {
        let alice = site.user("alice");
        let policy = site.get("/api/v2/notifications/policy").by(&alice).await.ok();
        assert_eq!((&policy["for_bots"], &policy["summary"]["pending_requests_count"]), (&json!("accept"), &json!(0)));
        assert_eq!(site.get("/api/v1/notifications/policy").by(&alice).await.ok()["filter_not_following"], false);
        assert_eq!(site.get("/api/v1/notifications/requests/merged").by(&alice).await.ok(), json!({ "merged": true }));
        for path in ["/api/v1/notifications/policy", "/api/v2/notifications/policy", "/api/v1/notifications/requests/merged"] {
            is_closed_without(&site, site.get(path), "read:notifications").await;
        }
    }
}
