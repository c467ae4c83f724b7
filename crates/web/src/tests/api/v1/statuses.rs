//! /api/v1/statuses

use app::stories;
use serde_json::json;

use crate::tests::shapes::{NOW, author, marks, own_status, status, with};
use crate::tests::site::{Site, is_closed_without};

const NOT_FOUND: &str = "Record not found";

stories! {
    async fn secret_answers_and_messages_are_not_counted(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let root = alice.posts("hello").await;
        for (visibility, replies, statuses) in [("direct", 0, 0), ("private", 0, 1), ("unlisted", 1, 2)] {
            bob.posts_with("@alice hi", |draft| (draft.visibility, draft.in_reply_to_id) = (Some(visibility.into()), Some(root))).await;
            let seen = site.get(&format!("/api/v1/statuses/{root}")).await.ok();
            assert_eq!((&seen["replies_count"], bob.profile().await.statuses_count), (&json!(replies), statuses), "{visibility}");
        }
    }

    async fn a_status_is_posted_by_json_form_and_multipart_alike(site: Site) {
        let alice = site.user("alice");
        let by_json = site.post("/api/v1/statuses").by(&alice).json(json!({ "status": "hello", "sensitive": true, "language": "en" })).await.ok();
        let id = by_json["id"].as_str().unwrap().to_owned();
        assert_eq!(by_json, with(own_status(&id, &alice), json!({ "sensitive": true, "language": "en" })));
        let asks = [
            site.post("/api/v1/statuses").form("status=hello&sensitive=1&language=en"),
            site.post("/api/v1/statuses?sensitive=true").form("status=hello&language=en"),
            site.post("/api/v1/statuses").multipart(&[("status", "hello"), ("sensitive", "true"), ("language", "en")], None),
            site.post("/api/v1/statuses?status=hello&sensitive=on&language=en"),
        ];
        for (number, ask) in asks.into_iter().enumerate() {
            let shown = ask.by(&alice).await.ok();
            let id = shown["id"].as_str().unwrap().to_owned();
            let expected = with(own_status(&id, &alice), json!({ "sensitive": true, "language": "en", "account": author(&alice, number as i64 + 2) }));
            assert_eq!(shown, expected);
        }
    }

    async fn a_status_that_breaks_a_rule_is_refused_in_mastodons_words(site: Site) {
        let alice = site.user("alice");
        let posts = |body: serde_json::Value| site.post("/api/v1/statuses").by(&alice).json(body);
        assert_eq!(posts(json!({ "status": " " })).await.error(), (422, "Validation failed: Text can't be blank".into()));
        assert_eq!(posts(json!({ "status": "x".repeat(501) })).await.error(), (422, "Validation failed: Text character limit of 500 exceeded".into()));
        assert_eq!(posts(json!({ "status": "x", "visibility": "nonsense" })).await.status, 422);
        assert_eq!(posts(json!({ "status": "x", "media_ids": ["5"] })).await.status, 422);
        assert_eq!(posts(json!({ "status": "x", "in_reply_to_id": "5" })).await.status, 404);
        assert_eq!(posts(json!({ "status": "x", "poll": { "options": ["a", "b"] } })).await.status, 422);
        assert_eq!(posts(json!({ "status": ["x"] })).await.status, 400);
        assert_eq!(posts(json!({ "status": "a\0b" })).await.status, 400);
        assert_eq!(site.post("/api/v1/statuses").by(&alice).raw("application/json", "{ \"status\": ").await.status, 400);
        assert_eq!(site.post("/api/v1/statuses").by(&alice).raw("application/json", vec![b' '; 2 * 1024 * 1024]).await.status, 413);
        is_closed_without(&site, site.post("/api/v1/statuses").json(json!({ "status": "x" })), "write:statuses").await;
        assert!(alice.home().await.is_empty());
    }

    async fn the_same_idempotency_key_answers_with_the_same_status(site: Site) {
        let alice = site.user("alice");
        let ask = site.post("/api/v1/statuses").by(&alice).json(json!({ "status": "hello" })).header("idempotency-key", "one");
        let (first, second) = (ask.clone().await.ok(), ask.await.ok());
        assert_eq!(first, second);
    }

    async fn a_mention_a_tag_and_an_answer_are_shown(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let question = bob.posts("hello").await;
        let shown = site.post("/api/v1/statuses").by(&alice).json(json!({ "status": "@bob #Cats", "in_reply_to_id": question.to_string() })).await.ok();
        assert_eq!(shown["mentions"], json!([{ "id": bob.account.to_string(), "username": "bob", "url": "https://here.test/@bob", "acct": "bob" }]));
        assert_eq!(shown["tags"], json!([{ "name": "cats", "url": "https://here.test/tags/cats" }]));
        assert_eq!((shown["in_reply_to_id"].clone(), shown["in_reply_to_account_id"].clone()), (json!(question.to_string()), json!(bob.account.to_string())));
    }

    async fn a_status_is_shown_to_whom_it_is_for(site: Site) {
        let mut site = site;
        let stranger = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        let public = alice.posts("hello").await.to_string();
        let path = format!("/api/v1/statuses/{public}");
        assert_eq!(site.get(&path).await.ok(), status(&public, &alice));
        assert_eq!(site.get(&path).by(&bob).await.ok(), with(status(&public, &alice), marks()));
        assert_eq!(site.get(&path).by(&alice).await.ok(), own_status(&public, &alice));
        bob.follows(&alice).await;
        let private = alice.posts_as("hello", "private").await;
        let private = format!("/api/v1/statuses/{private}");
        assert_eq!(site.get(&private).by(&bob).await.ok()["visibility"], "private");
        for (hidden, ask) in [("anybody", site.get(&private)), ("a stranger", site.get(&private).by(&stranger))] {
            assert_eq!(ask.await.error(), (404, NOT_FOUND.into()), "{hidden}");
        }
        for id in ["5", "abc", "99999999999999999999", "%00"] {
            assert_eq!(site.get(&format!("/api/v1/statuses/{id}")).await.error(), (404, NOT_FOUND.into()), "{id}");
        }
        let narrow = bob.token_with("read:accounts").await;
        assert_eq!(site.get(&path).with_token(&narrow).await.status, 403);
        assert_eq!(site.get(&path).with_token("unknown").await.status, 200, "as anybody");
    }

    async fn several_statuses_are_shown_at_once(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let (one, secret, two) = (alice.posts("hello").await, alice.posts_as("no", "private").await, alice.posts("hello").await);
        let path = format!("/api/v1/statuses?id[]={two}&id[]={secret}&id[]=5&id[]={one}");
        assert_eq!(site.get(&path).by(&bob).await.ids(), [two.to_string(), one.to_string()]);
        assert_eq!(site.get(&format!("/api/v1/statuses?id={one}")).await.ok(), json!([]), "a bare id is no list here");
        let many: String = (0..21).map(|id| format!("id[]={id}&")).collect();
        assert_eq!(site.get(&format!("/api/v1/statuses?{many}")).await.status, 422);
    }

    async fn deleting_answers_with_the_source_and_hides_at_once(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = site.post("/api/v1/statuses").by(&alice).json(json!({ "status": "hello" })).await.ok()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/statuses/{id}");
        assert_eq!(site.delete(&path).by(&bob).await.error(), (404, NOT_FOUND.into()));
        is_closed_without(&site, site.delete(&path), "write:statuses").await;
        let mut expected = with(own_status(&id, &alice), json!({ "text": "hello" }));
        expected.as_object_mut().unwrap().remove("content");
        assert_eq!(site.delete(&path).by(&alice).await.ok(), expected);
        assert_eq!(site.get(&path).by(&alice).await.error(), (404, NOT_FOUND.into()));
        assert_eq!(site.delete(&path).by(&alice).await.error(), (404, NOT_FOUND.into()));
    }

    async fn the_thread_around_a_status_is_shown_both_ways(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let root = alice.posts("root").await;
        let middle = bob.replies(root, "middle").await;
        let below = alice.replies(middle, "below").await;
        let shown = site.get(&format!("/api/v1/statuses/{middle}/context")).await.ok();
        let ids = |side: &str| shown[side].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!((ids("ancestors"), ids("descendants")), (vec![root.to_string()], vec![below.to_string()]));
        assert_eq!(shown.as_object().unwrap().len(), 2);
        assert_eq!(site.get("/api/v1/statuses/5/context").await.error(), (404, NOT_FOUND.into()));
    }

    async fn favourite_bookmark_and_reblog_answer_with_the_status_as_it_is_then(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = alice.posts("hello").await.to_string();
        let verb = |verb: &str| site.post(&format!("/api/v1/statuses/{id}/{verb}"));
        let seen = with(status(&id, &alice), marks());
        for _ in 0..2 {
            assert_eq!(verb("favourite").by(&bob).await.ok(), with(seen.clone(), json!({ "favourited": true, "favourites_count": 1 })));
        }
        assert_eq!(verb("unfavourite").by(&bob).await.ok(), seen);
        assert_eq!(verb("bookmark").by(&bob).await.ok(), with(seen.clone(), json!({ "bookmarked": true })));
        assert_eq!(verb("unbookmark").by(&bob).await.ok(), seen);
        let reblog = verb("reblog").by(&bob).await.ok();
        let inner = with(seen.clone(), json!({ "reblogged": true, "reblogs_count": 1 }));
        assert_eq!(reblog["reblog"], inner);
        assert_eq!((reblog["account"].clone(), reblog["reblogged"].clone(), reblog["created_at"].clone()), (author(&bob, 1), json!(true), json!(NOW)));
        assert_eq!(verb("unreblog").by(&bob).await.ok(), seen);
        for name in ["favourite", "unfavourite", "bookmark", "unbookmark", "reblog", "unreblog"] {
            assert_eq!(site.post(&format!("/api/v1/statuses/5/{name}")).by(&bob).await.error(), (404, NOT_FOUND.into()), "{name}");
            let scope = if name.ends_with("favourite") { "write:favourites" } else if name.ends_with("bookmark") { "write:bookmarks" } else { "write:statuses" };
            is_closed_without(&site, verb(name), scope).await;
        }
        assert_eq!(verb("reblog").by(&bob).form("visibility=nonsense").await.status, 422);
    }

    async fn who_favourited_and_reblogged_is_listed(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = alice.posts("hello").await;
        bob.favourites(id).await;
        bob.reblogs(id).await;
        assert_eq!(site.get(&format!("/api/v1/statuses/{id}/reblogged_by")).await.ok(), json!([author(&bob, 1)]));
        let favourited = site.get(&format!("/api/v1/statuses/{id}/favourited_by?limit=1")).await;
        assert_eq!(favourited.ok(), json!([author(&bob, 1)]));
        assert!(favourited.link("prev").unwrap().contains("since_id="));
        assert_eq!(site.get(&favourited.link("next").unwrap()).await.ok(), json!([]));
        let secret = alice.posts_as("no", "private").await;
        for list in ["favourited_by", "reblogged_by"] {
            assert_eq!(site.get(&format!("/api/v1/statuses/{secret}/{list}")).by(&bob).await.error(), (404, NOT_FOUND.into()));
        }
    }
}
