//! /api/v1/accounts

use app::stories;
use serde_json::{Value, json};

use crate::tests::shapes::{account, author, own_status, relationship, status, with};
use crate::tests::site::{Site, is_closed_without, keys, pages_both_ways};

stories! {
    async fn verify_credentials_shows_the_viewer_with_what_only_they_see(site: Site) {
        let alice = site.user("alice");
        let source = json!({
            "attribution_domains": [], "note": "", "fields": [], "privacy": "public", "sensitive": false, "language": null,
            "follow_requests_count": 0, "hide_collections": null, "discoverable": null, "indexable": false, "quote_policy": "public",
        });
        let role = json!({ "id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": false, "collection_limit": 10 });
        let shown = site.get("/api/v1/accounts/verify_credentials").by(&alice).await.ok();
        assert_eq!(shown["source"], source);
        assert_eq!(keys(&shown["role"]), keys(&role));
        assert_eq!(with(shown.clone(), json!({ "source": null, "role": null })), with(account(&alice), json!({ "source": null, "role": null })));
    }

    async fn verify_credentials_wants_a_token_that_opens_accounts(site: Site) {
        is_closed_without(&site, site.get("/api/v1/accounts/verify_credentials"), "read:accounts").await;
        let profile = site.user("alice").token_with("profile").await;
        site.get("/api/v1/accounts/verify_credentials").with_token(&profile).await.ok();
    }

    async fn an_account_is_shown_to_anybody(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let path = format!("/api/v1/accounts/{}", alice.account);
        assert_eq!(site.get(&path).await.ok(), account(&alice));
        assert_eq!(site.get(&path).by(&bob).await.ok(), account(&alice));
        assert_eq!(site.get("/api/v1/accounts/lookup?acct=ALICE@here.test").await.ok(), account(&alice));
        let both = format!("id[]={0}&id[]={1}&id[]={0}", alice.account, bob.account);
        for path in ["relationships", "familiar_followers"] {
            let answer = site.get(&format!("/api/v1/accounts/{path}?{both}")).by(&bob).await;
            assert_eq!(answer.ids(), [alice.account.to_string(), bob.account.to_string()], "{path}: each once");
        }
        for missing in ["/api/v1/accounts/5", "/api/v1/accounts/abc", "/api/v1/accounts/99999999999999999999", "/api/v1/accounts/-99", "/api/v1/accounts/lookup?acct=nobody"] {
            assert_eq!(site.get(missing).await.error(), (404, "Record not found".into()), "{missing}");
        }
        assert_eq!(site.get("/api/v1/accounts/lookup").await.status, 400);
        let narrow = bob.token_with("read:statuses").await;
        assert_eq!(site.get(&path).with_token(&narrow).await.status, 403);
    }

    async fn a_deleted_account_is_shown_blank(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        app::accounts::delete::delete(&site.world.app, app::Origin::Cli, alice.account).await.unwrap();
        let shown = site.get(&format!("/api/v1/accounts/{}", alice.account)).by(&bob).await.ok();
        assert_eq!((shown["suspended"].clone(), shown["note"].clone()), (json!(true), json!("")));
        assert_eq!(site.get(&format!("/api/v1/accounts/{}/statuses", alice.account)).by(&bob).await.ok(), json!([]));
        assert_eq!(site.get(&format!("/api/v1/statuses/{status}")).by(&bob).await.status, 404);
        assert_eq!(site.get("/api/v1/accounts/verify_credentials").by(&alice).await.error(), (401, "The access token was revoked".into()));
    }

    async fn following_is_a_relationship_of_two(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let follow = format!("/api/v1/accounts/{}/follow", bob.account);
        let following = with(relationship(&bob), json!({ "following": true, "showing_reblogs": true }));
        assert_eq!(site.post(&follow).by(&alice).await.ok(), following);
        let finer = site.post(&follow).by(&alice).json(json!({ "reblogs": false, "notify": true, "languages": ["de", "en"] })).await.ok();
        assert_eq!(finer, with(relationship(&bob), json!({ "following": true, "notifying": true, "languages": ["de", "en"] })));
        let seen_by_bob = site.get(&format!("/api/v1/accounts/relationships?id={}", alice.account)).by(&bob).await.ok();
        assert_eq!(seen_by_bob, json!([with(relationship(&alice), json!({ "followed_by": true }))]));
        assert_eq!(site.post(&format!("/api/v1/accounts/{}/unfollow", bob.account)).by(&alice).await.ok(), relationship(&bob));
        assert_eq!(site.post(&format!("/api/v1/accounts/{}/follow", alice.account)).by(&alice).await.error(), (403, "Following your own account is not allowed".into()));
        for verb in ["follow", "unfollow"] {
            assert_eq!(site.post(&format!("/api/v1/accounts/5/{verb}")).by(&alice).await.error(), (404, "Record not found".into()));
            is_closed_without(&site, site.post(&format!("/api/v1/accounts/{}/{verb}", bob.account)), "write:follows").await;
        }
        let old_scope = alice.token_with("follow").await;
        site.post(&follow).with_token(&old_scope).await.ok();
    }

    async fn relationships_come_in_the_order_asked_for(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let path = format!("/api/v1/accounts/relationships?id[]={}&id[]=5&id[]={}", bob.account, alice.account);
        assert_eq!(site.get(&path).by(&alice).await.ids(), [bob.account.to_string(), alice.account.to_string()]);
        assert_eq!(site.get("/api/v1/accounts/relationships").by(&alice).await.ok(), json!([]));
        is_closed_without(&site, site.get(&path), "read:follows").await;
    }

    async fn followers_are_listed_by_when_they_came(site: Site) {
        let mut site = site;
        let alice = site.user("alice");
        let mut newest_first = Vec::new();
        for number in 0..5 {
            let fan = site.world.add_user(&format!("fan{number}")).await;
            fan.follows(&alice).await;
            newest_first.insert(0, fan.account.to_string());
        }
        let path = format!("/api/v1/accounts/{}/followers", alice.account);
        assert_eq!(site.get(&path).await.ids(), newest_first);
        pages_both_ways(&site, &path, &alice, &newest_first).await;
        let page = site.get(&format!("{path}?limit=2")).await;
        assert!(page.link("prev").unwrap().contains("since_id="), "account lists go back by since_id");
        assert_eq!(site.get(&format!("{path}?limit=2&min_id=1")).await.ids(), newest_first[..2], "min_id is ignored");
        let following = site.get(&format!("/api/v1/accounts/{}/following", site.user("fan0").account)).await.ok();
        assert_eq!(following, json!([with(account(&alice), json!({ "followers_count": 5 }))]));
        assert_eq!(site.get("/api/v1/accounts/5/followers").await.status, 404);
    }

    async fn statuses_of_an_account_depend_on_who_asks(site: Site) {
        let mut site = site;
        let stranger = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.follows(&alice).await;
        let public = alice.posts("hello").await.to_string();
        let private = alice.posts_as("hello", "private").await.to_string();
        let path = format!("/api/v1/accounts/{}/statuses", alice.account);
        assert_eq!(site.get(&path).await.ids(), [public.as_str()]);
        assert_eq!(site.get(&path).by(&stranger).await.ids(), [public.as_str()]);
        assert_eq!(site.get(&path).by(&bob).await.ids(), [private.as_str(), public.as_str()]);
        let seen: Value = site.get(&path).await.ok();
        let followed = with(author(&alice, 2), json!({ "followers_count": 1 }));
        assert_eq!(seen[0], with(status(&public, &alice), json!({ "account": followed })));
        let own = site.get(&path).by(&alice).await.ok();
        assert_eq!(own[1], with(own_status(&public, &alice), json!({ "account": followed })));
        assert_eq!(site.get(&format!("{path}?pinned=true")).await.ok(), json!([]));
        assert_eq!(site.get("/api/v1/accounts/5/statuses").await.status, 404);
        let narrow = bob.token_with("read:accounts").await;
        assert_eq!(site.get(&path).with_token(&narrow).await.status, 403);
    }

    async fn statuses_of_an_account_are_paged(site: Site) {
        let alice = site.user("alice");
        let mut newest_first = Vec::new();
        for _ in 0..5 {
            newest_first.insert(0, alice.posts("hello").await.to_string());
        }
        let path = format!("/api/v1/accounts/{}/statuses", alice.account);
        pages_both_ways(&site, &path, &alice, &newest_first).await;
        let last = site.get(&format!("{path}?limit=3&max_id={}", newest_first[2])).await;
        assert_eq!((last.ids().len(), last.link("next")), (2, None), "a page that is not full has no next");
        assert!(site.get(&format!("{path}?limit=3&exclude_replies=true")).await.link("next").unwrap().contains("exclude_replies=true"));
    }

    async fn accounts_are_found_by_the_beginning_of_their_names(site: Site) {
        let mut site = site;
        let albert = site.world.add_user("Albert").await;
        let alice = site.user("alice");
        let mut found = site.get("/api/v1/accounts/search?q=al").by(&alice).await.ids();
        found.sort();
        assert_eq!(found, [alice.account.to_string(), albert.account.to_string()]);
        assert_eq!(site.get("/api/v1/accounts/search?q=al&limit=1").by(&alice).await.ids().len(), 1);
        assert_eq!(site.get("/api/v1/accounts/search?q=%25").by(&alice).await.ok(), json!([]));
        is_closed_without(&site, site.get("/api/v1/accounts/search?q=al"), "read:accounts").await;
    }
}
