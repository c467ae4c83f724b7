//! /api/v1/lists and /api/v1/accounts/:id/lists

use app::stories;
use app::testing::Person;
use axum::http::Method;
use serde_json::{Value, json};

use crate::tests::shapes::{account, with};
use crate::tests::site::{Site, is_closed_without, pages_both_ways};

/// A list of `owner`; its id.
async fn list_of(site: &Site, owner: &Person, title: &str) -> String {
    let made = site.post("/api/v1/lists").by(owner).json(json!({ "title": title })).await.ok();
    made["id"].as_str().unwrap().to_owned()
}

/// Adds `member` to a list.
async fn add(site: &Site, owner: &Person, list: &str, member: &Person) {
    let path = format!("/api/v1/lists/{list}/accounts");
    assert_eq!(site.post(&path).by(owner).json(json!({ "account_ids": [member.account.to_string()] })).await.ok(), json!({}));
}

fn invalid(what: &str) -> (u16, String) {
    (422, format!("Validation failed: {what}"))
}

stories! {
    async fn a_list_is_made_shown_changed_and_deleted(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        assert_eq!(site.get("/api/v1/lists").by(&alice).await.ok(), json!([]));
        let made = site.post("/api/v1/lists").by(&alice).form("title=Friends").await.ok();
        let path = format!("/api/v1/lists/{}", made["id"].as_str().unwrap());
        let expected = json!({ "id": made["id"], "title": "Friends", "replies_policy": "list", "exclusive": false });
        assert_eq!((&made, site.get(&path).by(&alice).await.ok()), (&expected, expected.clone()));
        let change = json!({ "replies_policy": "followed", "exclusive": true });
        let expected = with(expected, change.clone());
        assert_eq!(site.put(&path).by(&alice).json(change).await.ok(), expected);
        let expected = with(expected, json!({ "title": "Work", "replies_policy": "none" }));
        assert_eq!(site.ask(Method::PATCH, &path).by(&alice).form("title=Work&replies_policy=none").await.ok(), expected);
        assert_eq!(site.get("/api/v1/lists").by(&alice).await.ok(), json!([expected]));
        assert_eq!(site.get("/api/v1/lists").by(&bob).await.ok(), json!([]));
        assert_eq!(site.delete(&path).by(&alice).await.ok(), json!({}));
        assert_eq!(site.get(&path).by(&alice).await.error(), (404, "Record not found".into()));
    }

    async fn a_list_needs_a_title_and_known_words(site: Site) {
        let alice = site.user("alice");
        let make = |body: Value| async { site.post("/api/v1/lists").by(&alice).json(body).await.error() };
        assert_eq!(make(json!({})).await, invalid("Title can't be blank"));
        assert_eq!(make(json!({ "title": " " })).await, invalid("Title can't be blank"));
        assert_eq!(make(json!({ "title": "a".repeat(257) })).await, invalid("Title is too long (maximum is 256 characters)"));
        assert_eq!(make(json!({ "title": "a", "replies_policy": "all" })).await, invalid("Replies policy is not included in the list"));
        let id = list_of(&site, &alice, &"ä".repeat(256)).await;
        assert_eq!(site.put(&format!("/api/v1/lists/{id}")).by(&alice).form("title=").await.error(), invalid("Title can't be blank"));
        for _ in 1..50 {
            list_of(&site, &alice, "more").await;
        }
        assert_eq!(make(json!({ "title": "one too many" })).await, invalid("You have reached the maximum number of lists"));
    }

    async fn members_are_those_one_follows(site: Site) {
        let mut site = site;
        let carol = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        alice.follows(&bob).await;
        let list = list_of(&site, &alice, "Friends").await;
        let path = format!("/api/v1/lists/{list}/accounts");
        add(&site, &alice, &list, &bob).await;
        add(&site, &alice, &list, &alice).await;
        let shown = site.get(&path).by(&alice).await;
        let bobs = with(account(&bob), json!({ "followers_count": 1 }));
        assert_eq!(shown.ok(), json!([bobs, with(account(&alice), json!({ "following_count": 1 }))]));
        let try_with = async |ids: Vec<String>| { site.post(&path).by(&alice).json(json!({ "account_ids": ids })).await.error() };
        assert_eq!(try_with(vec![bob.account.to_string()]).await, invalid("Account has already been taken"));
        assert_eq!(try_with(vec![carol.account.to_string()]).await, invalid("Account follow relationship missing"));
        assert_eq!(try_with(vec!["1".into()]).await, (404, "Record not found".into()));
        assert_eq!(try_with(vec!["x".into()]).await, (404, "Record not found".into()));
        assert_eq!(site.get(&path).by(&alice).await.ids().len(), 2, "nothing was added by those");
        assert_eq!(site.post(&path).by(&alice).await.ok(), json!({}), "nobody is no error");
        // Removing takes ids from the query or the body, and passes over who is not in it.
        assert_eq!(site.delete(&format!("{path}?account_ids[]={}", bob.account)).by(&alice).await.ok(), json!({}));
        assert_eq!(site.delete(&path).by(&alice).form(&format!("account_ids[]={}&account_ids[]=1", alice.account)).await.ok(), json!({}));
        assert_eq!(site.get(&path).by(&alice).await.ok(), json!([]));
        add(&site, &alice, &list, &bob).await;
        assert_eq!(site.get(&format!("/api/v1/accounts/{}/lists", bob.account)).by(&alice).await.ids(), std::slice::from_ref(&list));
        assert_eq!(site.get(&format!("/api/v1/accounts/{}/lists", bob.account)).by(&bob).await.ok(), json!([]));
        assert_eq!(site.get("/api/v1/accounts/1/lists").by(&bob).await.status, 404);
        alice.unfollows(&bob).await;
        assert_eq!(site.get(&path).by(&alice).await.ok(), json!([]), "they leave with the follow");
    }

    async fn members_are_paged_or_shown_all(site: Site) {
        let mut site = site;
        let alice = site.user("alice");
        let list = list_of(&site, &alice, "Friends").await;
        let mut newest_first = Vec::new();
        for name in ["m1", "m2", "m3", "m4", "m5"] {
            let member = site.world.add_user(name).await;
            alice.follows(&member).await;
            add(&site, &alice, &list, &member).await;
            newest_first.insert(0, member.account.to_string());
        }
        let path = format!("/api/v1/lists/{list}/accounts");
        pages_both_ways(&site, &path, &alice, &newest_first).await;
        let page = site.get(&format!("{path}?limit=2&min_id=1")).by(&alice).await;
        assert_eq!(page.ids(), newest_first[..2], "min_id is ignored");
        assert!(page.link("prev").unwrap().contains("since_id="));
        let all = site.get(&format!("{path}?limit=0")).by(&alice).await;
        assert_eq!((all.ids(), all.header("link")), (newest_first, ""));
    }

    async fn a_list_is_nobody_elses(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = list_of(&site, &alice, "Friends").await;
        let (path, members) = (format!("/api/v1/lists/{id}"), format!("/api/v1/lists/{id}/accounts"));
        let feed = format!("/api/v1/timelines/list/{id}");
        for ask in [site.get(&path), site.put(&path).form("title=x"), site.delete(&path), site.get(&members), site.post(&members), site.delete(&members), site.get(&feed)] {
            assert_eq!(ask.by(&bob).await.error(), (404, "Record not found".into()));
        }
        is_closed_without(&site, site.get("/api/v1/lists"), "read:lists").await;
        is_closed_without(&site, site.get(&feed), "read:lists").await;
        is_closed_without(&site, site.get(&format!("/api/v1/accounts/{}/lists", bob.account)), "read:lists").await;
        is_closed_without(&site, site.post("/api/v1/lists").form("title=x"), "write:lists").await;
        is_closed_without(&site, site.delete(&members), "write:lists").await;
    }

    async fn a_list_has_a_timeline(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        alice.follows(&bob).await;
        let list = list_of(&site, &alice, "Friends").await;
        let before = bob.posts("before").await.to_string();
        add(&site, &alice, &list, &bob).await;
        let mut newest_first = vec![before];
        for _ in 0..4 {
            newest_first.insert(0, bob.posts("hello").await.to_string());
        }
        let path = format!("/api/v1/timelines/list/{list}");
        assert_eq!(site.get(&path).by(&alice).await.ids(), newest_first);
        pages_both_ways(&site, &path, &alice, &newest_first).await;
        assert!(site.get(&path).by(&alice).await.link("next").is_some(), "even of a page that is not full");
        assert_eq!(site.get("/api/v1/timelines/home").by(&alice).await.ids(), newest_first);
        site.put(&format!("/api/v1/lists/{list}")).by(&alice).form("exclusive=true").await.ok();
        let apart = bob.posts("apart").await.to_string();
        assert_eq!(site.get(&path).by(&alice).await.ids()[0], apart);
        assert_eq!(site.get("/api/v1/timelines/home").by(&alice).await.ids(), newest_first);
    }
}
