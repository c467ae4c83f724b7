//! /api/v1/statuses/:id: editing, source, history, who may quote

use app::stories;
use app::testing::{MINUTE_MS, Person};
use axum::http::Method;
use serde_json::{Value, json};

use crate::tests::shapes::{NOW, author, own_status, with};
use crate::tests::site::{Ask, Site, is_closed_to_wrong_tokens, is_closed_without};

const NOT_FOUND: &str = "Record not found";
const LATER: &str = "2026-01-01T12:01:00.000Z";

async fn posts(site: &Site, person: &Person, body: Value) -> String {
    site.post("/api/v1/statuses").by(person).json(body).await.ok()["id"].as_str().unwrap().to_owned()
}

fn edits(site: &Site, person: &Person, id: &str, body: Value) -> Ask {
    site.put(&format!("/api/v1/statuses/{id}")).by(person).json(body)
}

async fn history(site: &Site, id: &str) -> Vec<Value> {
    site.get(&format!("/api/v1/statuses/{id}/history")).await.ok().as_array().unwrap().clone()
}

async fn shown(site: &Site, person: &Person, id: &str) -> Value {
    site.get(&format!("/api/v1/statuses/{id}")).by(person).await.ok()
}

fn revision(person: &Person, content: &str, at: &str) -> Value {
    json!({
        "content": content,
        "spoiler_text": "",
        "sensitive": false,
        "created_at": at,
        "account": author(person, 1),
        "media_attachments": [],
        "emojis": [],
    })
}

stories! {
    async fn a_status_is_edited_and_its_history_is_kept(site: Site) {
        let alice = site.user("alice");
        let id = posts(&site, &alice, json!({ "status": "hello" })).await;
        let path = format!("/api/v1/statuses/{id}");
        assert_eq!(history(&site, &id).await, [revision(&alice, "<p>hello</p>", NOW)]);
        assert_eq!(site.get(&format!("{path}/source")).by(&alice).await.ok(), json!({ "id": id, "text": "hello", "spoiler_text": "" }));
        site.world.advance(MINUTE_MS);
        let edited = edits(&site, &alice, &id, json!({ "status": " hello *you* ", "spoiler_text": "cw", "language": "de" })).await.ok();
        let changes = json!({ "content": "<p>hello *you*</p>", "spoiler_text": "cw", "sensitive": true, "language": "de", "edited_at": LATER });
        assert_eq!(edited, with(own_status(&id, &alice), changes));
        let second = with(revision(&alice, "<p>hello *you*</p>", LATER), json!({ "spoiler_text": "cw", "sensitive": true }));
        assert_eq!(history(&site, &id).await, [revision(&alice, "<p>hello</p>", NOW), second]);
        assert_eq!(site.get(&format!("{path}/source")).by(&alice).await.ok(), json!({ "id": id, "text": "hello *you*", "spoiler_text": "cw" }));
        site.world.advance(MINUTE_MS);
        let third = site.ask(Method::PATCH, &path).by(&alice).form("spoiler_text=&sensitive=false").await.ok();
        assert_eq!((third["content"].clone(), third["sensitive"].clone()), (json!("<p>hello *you*</p>"), json!(false)), "PATCH is PUT; what is not sent stays");
        assert_eq!(history(&site, &id).await.len(), 3);
    }

    async fn nothing_changed_is_no_edit(site: Site) {
        let alice = site.user("alice");
        let id = posts(&site, &alice, json!({ "status": "hello", "language": "en" })).await;
        for body in [json!({}), json!({ "status": "hello " }), json!({ "status": "hello", "language": "en", "media_ids": [], "poll": null })] {
            assert_eq!(edits(&site, &alice, &id, body).await.ok()["edited_at"], json!(null));
        }
        assert_eq!(history(&site, &id).await.len(), 1);
    }

    async fn an_edit_that_breaks_a_rule_changes_nothing(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = posts(&site, &alice, json!({ "status": "hello" })).await;
        let bobs = bob.uploads(&site.world).await.to_string();
        assert_eq!(edits(&site, &alice, &id, json!({ "status": " " })).await.error(), (422, "Validation failed: Text can't be blank".into()));
        assert_eq!(edits(&site, &alice, &id, json!({ "status": "x".repeat(501) })).await.error().0, 422);
        let media = edits(&site, &alice, &id, json!({ "media_ids": [bobs] })).await;
        assert_eq!(media.error(), (422, format!("Media {bobs} not found or already attached to another post")));
        assert_eq!(edits(&site, &alice, &id, json!({ "media_ids": ["1", "2", "3", "4", "5"] })).await.error(), (422, "Cannot attach more than 4 files".into()));
        let poll = edits(&site, &alice, &id, json!({ "poll": { "options": ["a"], "expires_in": 300 } })).await;
        assert_eq!(poll.error(), (422, "Validation failed: Choices must have more than one item".into()));
        let policy = edits(&site, &alice, &id, json!({ "status": "new", "quote_approval_policy": "some" })).await;
        assert_eq!(policy.error(), (422, "Validation failed: Quote approval policy is not included in the list".into()));
        assert_eq!(edits(&site, &bob, &id, json!({ "status": "mine" })).await.error(), (404, NOT_FOUND.into()));
        let reblog = bob.reblogs(id.parse().unwrap()).await.to_string();
        assert_eq!(edits(&site, &bob, &reblog, json!({ "status": "mine" })).await.error(), (404, NOT_FOUND.into()));
        assert_eq!((shown(&site, &alice, &id).await["content"].clone(), history(&site, &id).await.len()), (json!("<p>hello</p>"), 1));
        is_closed_without(&site, site.put(&format!("/api/v1/statuses/{id}")).json(json!({ "status": "x" })), "write:statuses").await;
    }

    async fn source_and_history_are_for_those_who_see_the_status(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = posts(&site, &alice, json!({ "status": "hello", "visibility": "private" })).await;
        for path in [format!("/api/v1/statuses/{id}/source"), format!("/api/v1/statuses/{id}/history"), "/api/v1/statuses/5/history".into()] {
            assert_eq!(site.get(&path).by(&bob).await.error(), (404, NOT_FOUND.into()), "{path}");
        }
        bob.follows(&alice).await;
        site.get(&format!("/api/v1/statuses/{id}/history")).by(&bob).await.ok();
        is_closed_to_wrong_tokens(&site, site.get(&format!("/api/v1/statuses/{id}/source")), "read:statuses").await;
    }

    async fn pictures_are_replaced_described_and_remembered(site: Site) {
        let alice = site.user("alice");
        let (a, b) = (alice.uploads(&site.world).await.to_string(), alice.uploads(&site.world).await.to_string());
        let id = posts(&site, &alice, json!({ "status": "hello", "media_ids": [a] })).await;
        let pictures = |status: &Value| status["media_attachments"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let both = edits(&site, &alice, &id, json!({ "media_ids": [b, a], "media_attributes": [{ "id": a, "description": "a cat", "focus": "0.5,-0.5" }] })).await.ok();
        assert_eq!(pictures(&both), [b.clone(), a.clone()]);
        assert_eq!((both["media_attachments"][1]["description"].clone(), both["media_attachments"][1]["meta"]["focus"].clone()), (json!("a cat"), json!({ "x": 0.5, "y": -0.5 })));
        let form = format!("media_attributes[][id]={b}&media_attributes[][description]=a+dog");
        let described = site.put(&format!("/api/v1/statuses/{id}")).by(&alice).form(&form).await.ok();
        assert_eq!((pictures(&described), described["media_attachments"][0]["description"].clone()), (vec![b.clone(), a.clone()], json!("a dog")));
        let bare = edits(&site, &alice, &id, json!({ "media_ids": [] })).await.ok();
        assert!(pictures(&bare).is_empty());
        let history = history(&site, &id).await;
        assert_eq!(history.iter().map(pictures).collect::<Vec<_>>(), [vec![a.clone()], vec![b.clone(), a.clone()], vec![b.clone(), a.clone()], vec![]]);
        let words: Vec<_> = history[1..3].iter().map(|edit| edit["media_attachments"][0]["description"].clone()).collect();
        assert_eq!(words, [json!(null), json!("a dog")]);
        let back = edits(&site, &alice, &id, json!({ "media_ids": [a] })).await.ok();
        assert_eq!(pictures(&back), [a]);
    }

    async fn other_options_of_a_poll_void_the_votes(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let poll = |options: Value| json!({ "options": options, "expires_in": 300 });
        let id = posts(&site, &alice, json!({ "status": "which?", "poll": poll(json!(["a", "b"])) })).await;
        let poll_id = shown(&site, &alice, &id).await["poll"]["id"].as_str().unwrap().to_owned();
        site.post(&format!("/api/v1/polls/{poll_id}/votes")).by(&bob).json(json!({ "choices": [0] })).await.ok();
        let kept = edits(&site, &alice, &id, json!({ "status": "which one?" })).await.ok();
        assert_eq!(kept["poll"]["votes_count"], json!(1), "a poll that is not sent stays");
        site.world.advance(MINUTE_MS);
        let longer = edits(&site, &alice, &id, json!({ "poll": poll(json!(["a", "b"])) })).await.ok();
        assert_eq!((longer["poll"]["votes_count"].clone(), longer["poll"]["expires_at"].clone()), (json!(1), json!("2026-01-01T12:06:00.000Z")));
        let other = edits(&site, &alice, &id, json!({ "poll": poll(json!(["a", "c", "d"])) })).await.ok();
        assert_eq!((other["poll"]["id"].clone(), other["poll"]["votes_count"].clone(), other["poll"]["voters_count"].clone()), (json!(poll_id), json!(0), json!(0)));
        let gone = edits(&site, &alice, &id, json!({ "poll": null })).await.ok();
        assert_eq!(gone["poll"], json!(null));
        let titles: Vec<Value> = history(&site, &id).await.iter().map(|edit| edit.get("poll").cloned().unwrap_or_default()).collect();
        let of = |titles: &[&str]| json!({ "options": titles.iter().map(|title| json!({ "title": title })).collect::<Vec<_>>() });
        assert_eq!(titles, [of(&["a", "b"]), of(&["a", "b"]), of(&["a", "b"]), of(&["a", "c", "d"]), json!(null)]);
        let new = edits(&site, &alice, &id, json!({ "poll": poll(json!(["x", "y"])) })).await.ok();
        assert_eq!(new["poll"]["options"][0]["title"], json!("x"));
        site.world.advance(10 * MINUTE_MS);
        site.world.drain_jobs().await;
        assert_eq!(alice.notifications().await, ["poll from alice"]);
    }

    async fn an_edit_tells_the_newly_mentioned_and_those_who_passed_it_on(site: Site) {
        let mut site = site;
        let carol = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        let id = posts(&site, &alice, json!({ "status": "@bob #cats" })).await;
        carol.reblogs(id.parse().unwrap()).await;
        site.world.drain_jobs().await;
        let edited = edits(&site, &alice, &id, json!({ "status": "@bob @carol #dogs" })).await.ok();
        assert_eq!(edited["tags"], json!([{ "name": "dogs", "url": "https://here.test/tags/dogs" }]));
        assert_eq!(edited["mentions"].as_array().unwrap().len(), 2);
        site.world.drain_jobs().await;
        assert_eq!(bob.notifications().await, ["mention from alice"], "only once");
        let mut told = carol.notifications().await;
        told.sort();
        assert_eq!(told, ["mention from alice", "update from alice"]);
        let later = edits(&site, &alice, &id, json!({ "status": "nobody" })).await.ok();
        assert_eq!((later["mentions"].clone(), later["tags"].clone()), (json!([]), json!([])));
        site.world.drain_jobs().await;
        assert_eq!(carol.notifications().await[0], "update from alice", "the newest edit counts");
        assert_eq!(carol.notifications().await.len(), 2);
    }

    async fn whom_an_author_lets_quote_is_kept_while_nobody_can(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let approval = |automatic: Value| json!({ "automatic": automatic, "manual": [], "current_user": "denied" });
        let id = posts(&site, &alice, json!({ "status": "hello", "quote_approval_policy": "followers" })).await;
        assert_eq!(shown(&site, &alice, &id).await["quote_approval"], approval(json!(["followers"])));
        assert_eq!(shown(&site, &bob, &id).await["quote_approval"], approval(json!(["followers"])));
        bob.follows(&alice).await;
        assert_eq!(shown(&site, &bob, &id).await["quote_approval"], approval(json!(["followers"])));
        let open = posts(&site, &alice, json!({ "status": "hello", "quote_approval_policy": "public" })).await;
        assert_eq!(shown(&site, &bob, &open).await["quote_approval"], approval(json!(["public"])));
        assert_eq!(site.post("/api/v1/statuses").by(&bob).json(json!({ "status": "x", "quoted_status_id": open })).await.error().0, 422);
        let path = format!("/api/v1/statuses/{id}/interaction_policy");
        let changed = site.put(&path).by(&alice).form("quote_approval_policy=nobody").await.ok();
        assert_eq!((changed["quote_approval"].clone(), changed["edited_at"].clone()), (approval(json!([])), json!(null)));
        assert_eq!(shown(&site, &bob, &id).await["quote_approval"], approval(json!([])));
        let wrong = (422, "Validation failed: Quote approval policy is not included in the list".to_owned());
        assert_eq!(site.ask(Method::PATCH, &path).by(&alice).form("quote_approval_policy=some").await.error(), wrong);
        assert_eq!(site.post("/api/v1/statuses").by(&alice).json(json!({ "status": "x", "quote_approval_policy": "some" })).await.error(), wrong);
        let forbidden = (403, "This action is not allowed".to_owned());
        assert_eq!(site.put(&path).by(&bob).form("quote_approval_policy=public").await.error(), forbidden);
        let app_token = site.app_token("read write").await;
        assert_eq!(site.put(&path).with_token(&app_token).form("quote_approval_policy=public").await.error(), forbidden);
        assert_eq!(site.get(&format!("/api/v1/statuses/{id}/source")).with_token(&app_token).await.ok()["text"], json!("hello"));
        let private = posts(&site, &alice, json!({ "status": "hello", "visibility": "private", "quote_approval_policy": "public" })).await;
        assert_eq!(shown(&site, &bob, &private).await["quote_approval"], approval(json!([])));
        is_closed_to_wrong_tokens(&site, site.put(&path).form("quote_approval_policy=public"), "write:statuses").await;
    }
}
