//! One of ours, where alice is, and a server of another make, where bob is.

use reqwest::Method;
use serde_json::{Value, json};

use super::id_of;
use crate::peer::Fedify;
use crate::person::{Person, text_of};
use crate::pictures;
use crate::server::{Engine, Server, Site};
use crate::wait::{PATIENCE, until};

struct Both {
    server: Server,
    peer: Fedify,
    alice: Person,
}

impl Both {
    async fn start(engine: Engine) -> Self {
        let (server, peer) = tokio::join!(Server::start_at(engine, Site::new("ours.localhost")), Fedify::start("fedify.localhost"));
        let alice = server.user("alice").await;
        Self { server, peer, alice }
    }

    fn handle(&self) -> String {
        format!("@alice@{}", self.server.domain())
    }

    /// Bob follows alice; his account as our server has it.
    async fn bob_follows_alice(&self) -> String {
        self.peer.follows(&self.handle()).await;
        self.peer.receives("Accept", |_| true).await;
        self.bob().await
    }

    /// Bob's account as our server has it.
    async fn bob(&self) -> String {
        id_of(&self.alice.finds(&format!("@{}", self.peer.handle())).await)
    }

    async fn alice_follows_bob(&self) -> String {
        let bob = self.bob().await;
        self.alice.does_to_account("follow", &bob).await;
        self.alice.is_to(&bob, json!({ "following": true, "requested": false })).await;
        bob
    }
}

macro_rules! with_the_peer {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let both = super::Both::start(crate::server::Engine::Sqlite).await;
                super::$test(&both).await;
                both.server.assert_never_panicked();
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let both = super::Both::start(crate::server::Engine::Postgres).await;
                super::$test(&both).await;
                both.server.assert_never_panicked();
            })+
        }
    };
}

with_the_peer![
    what_alice_posts_edits_and_deletes_is_recorded_by_the_peer,
    what_bob_posts_edits_and_deletes_is_seen_here,
    what_bob_does_to_a_post_is_told_to_alice,
    what_alice_does_to_a_note_is_recorded_by_the_peer,
    votes_go_both_ways,
    locked_accounts_answer_on_both_sides,
    leaving_and_blocking_go_both_ways,
];

async fn what_alice_posts_edits_and_deletes_is_recorded_by_the_peer(both: &Both) {
    let Both { alice, peer, .. } = both;
    let mut alice_hears = alice.listens().await;
    both.bob_follows_alice().await;
    assert_eq!(alice_hears.notifies("follow").await["account"]["acct"], peer.handle());

    let media = alice.uploads(pictures::png(1, 64, 48), "a gradient").await;
    let text = format!("@{} look #here", peer.handle());
    let post = alice.posts_with(json!({ "status": text, "spoiler_text": "careful", "media_ids": [media["id"]] })).await;
    let uri = text_of(&post["uri"]);
    let create = peer.receives("Create", |create| create["object"]["id"] == uri).await;
    let note = &create["object"];
    assert_eq!((&note["type"], &note["summary"], &note["sensitive"]), (&json!("Note"), &json!("careful"), &json!(true)));
    assert!(contains(&note["cc"], &peer.actor()), "{note}");
    let picture = list(&note["attachment"])[0].clone();
    assert_eq!((&picture["name"], &picture["mediaType"]), (&json!("a gradient"), &media_type(&post)));
    let tags = list(&note["tag"]);
    assert!(tags.iter().any(|tag| tag["type"] == "Mention" && tag["href"] == peer.actor()), "{note}");
    assert!(tags.iter().any(|tag| tag["type"] == "Hashtag" && tag["name"] == "#here"), "{note}");
    assert_eq!(peer.does("find", json!({ "address": uri })).await["id"], uri, "the peer can fetch it");

    alice.edits(&id_of(&post), "another text").await;
    let update = peer.receives("Update", |update| update["object"]["id"] == uri).await;
    assert_eq!(update["object"]["content"], "<p>another text</p>");

    alice.deletes(&post).await;
    peer.receives("Delete", |delete| delete["object"]["id"] == uri || delete["object"] == uri).await;
}

async fn what_bob_posts_edits_and_deletes_is_seen_here(both: &Both) {
    let Both { alice, peer, .. } = both;
    let bob = both.alice_follows_bob().await;
    peer.receives("Follow", |follow| follow["object"] == peer.actor()).await;
    let shown = alice.account(&bob).await;
    assert_eq!((&shown["display_name"], &shown["uri"]), (&json!("Bob from elsewhere"), &json!(peer.actor())));
    let mut alice_hears = alice.listens().await;

    let note = peer.posts(json!({ "text": "<p>hello</p><script>evil</script>", "warning": "careful", "mention": both.handle() })).await;
    let seen = alice_hears.next("update").await;
    assert_eq!((&seen["uri"], &seen["spoiler_text"], &seen["visibility"]), (&json!(note), &json!("careful"), &json!("public")));
    assert_eq!((&seen["content"], &seen["mentions"][0]["acct"]), (&json!("<p>hello</p>"), &json!("alice")));
    assert_eq!(alice_hears.notifies("mention").await["status"]["id"], seen["id"]);
    assert_eq!(alice.reads("/api/v1/timelines/home").await[0]["id"], seen["id"]);

    peer.does("edit", json!({ "note": note, "text": "<p>good day</p>" })).await;
    let edited = alice_hears.next("status.update").await;
    assert_eq!((&edited["id"], &edited["content"]), (&seen["id"], &json!("<p>good day</p>")));

    peer.does("delete", json!({ "note": note })).await;
    alice.misses(&id_of(&seen)).await;
}

async fn what_bob_does_to_a_post_is_told_to_alice(both: &Both) {
    let Both { alice, peer, .. } = both;
    let mut alice_hears = alice.listens().await;
    let post = alice.posts("hello, out there").await;
    let (id, uri) = (id_of(&post), text_of(&post["uri"]));

    let like = peer.does("like", json!({ "object": uri })).await;
    assert_eq!(alice_hears.notifies("favourite").await["status"]["id"], post["id"]);
    let boost = peer.does("announce", json!({ "object": uri })).await;
    assert_eq!(alice_hears.notifies("reblog").await["account"]["acct"], peer.handle());
    let reply = peer.posts(json!({ "text": "<p>hello yourself</p>", "replyTo": uri, "mention": both.handle() })).await;
    let mention = alice_hears.notifies("mention").await;
    assert_eq!((&mention["status"]["uri"], &mention["status"]["in_reply_to_id"]), (&json!(reply), &post["id"]));
    for key in ["favourites_count", "reblogs_count", "replies_count"] {
        alice.counts(&id, key, 1).await;
    }

    peer.does("undo", like).await;
    alice.counts(&id, "favourites_count", 0).await;
    peer.does("undo", boost).await;
    alice.counts(&id, "reblogs_count", 0).await;
}

async fn what_alice_does_to_a_note_is_recorded_by_the_peer(both: &Both) {
    let Both { alice, peer, .. } = both;
    let note = peer.posts(json!({ "text": "<p>hello</p>" })).await;
    let there = id_of(&alice.finds_status(&note).await);

    alice.does_to_status("favourite", &there).await;
    let like = peer.receives("Like", |like| like["object"] == note).await;
    alice.does_to_status("reblog", &there).await;
    let announce = peer.receives("Announce", |announce| announce["object"] == note).await;
    let reply = alice.posts_with(json!({ "status": format!("@{} hello yourself", peer.handle()), "in_reply_to_id": there })).await;
    peer.receives("Create", |create| create["object"]["id"] == reply["uri"] && create["object"]["inReplyTo"] == note).await;

    alice.does_to_status("unfavourite", &there).await;
    peer.receives("Undo", |undo| undone(undo) == like["id"]).await;
    alice.does_to_status("unreblog", &there).await;
    peer.receives("Undo", |undo| undone(undo) == announce["id"]).await;
}

async fn votes_go_both_ways(both: &Both) {
    let Both { alice, peer, .. } = both;
    let poll = json!({ "status": "tea?", "poll": { "options": ["black", "green"], "expires_in": 3600 } });
    let post = alice.posts_with(poll).await;
    peer.does("vote", json!({ "poll": post["uri"], "choices": ["green"] })).await;
    until("bob's vote is counted", PATIENCE, async || {
        let poll = alice.status(&id_of(&post)).await["poll"].clone();
        (poll["votes_count"] == 1 && poll["options"][1]["votes_count"] == 1).then_some(())
    })
    .await;

    let poll = peer.posts(json!({ "text": "<p>coffee?</p>", "choices": ["no", "yes"] })).await;
    let there = alice.finds_status(&poll).await;
    let path = format!("/api/v1/polls/{}/votes", text_of(&there["poll"]["id"]));
    alice.asks(Method::POST, &path, Some(json!({ "choices": [0] }))).await.expect(200);
    let vote = peer.receives("Create", |create| create["object"]["inReplyTo"] == poll).await;
    assert_eq!((&vote["object"]["name"], &vote["object"]["content"]), (&json!("no"), &Value::Null));
}

async fn locked_accounts_answer_on_both_sides(both: &Both) {
    let Both { alice, peer, .. } = both;
    let mut alice_hears = alice.listens().await;
    alice.locks().await;
    peer.follows(&both.handle()).await;
    let asked = alice_hears.notifies("follow_request").await;
    assert_eq!(asked["account"]["acct"], peer.handle());
    let accepted = async || peer.record().await.iter().any(|entry| entry["type"] == "Accept");
    assert!(!accepted().await, "nobody is let in before alice says so");
    alice.does(&format!("/api/v1/follow_requests/{}/authorize", id_of(&asked["account"]))).await;
    peer.receives("Accept", |accept| accept["actor"] == text_of(&accept["object"]["object"])).await;

    peer.does("lock", json!({ "locked": true })).await;
    let bob = both.bob().await;
    alice.does_to_account("follow", &bob).await;
    let follow = peer.receives("Follow", |_| true).await;
    alice.is_to(&bob, json!({ "following": false, "requested": true })).await;
    peer.does("accept", json!({ "address": follow["actor"] })).await;
    alice.is_to(&bob, json!({ "following": true, "requested": false })).await;
}

async fn leaving_and_blocking_go_both_ways(both: &Both) {
    let Both { alice, peer, server } = both;
    let bob = both.bob_follows_alice().await;
    alice.is_to(&bob, json!({ "followed_by": true })).await;
    both.alice_follows_bob().await;

    alice.does_to_account("unfollow", &bob).await;
    peer.receives("Undo", |undo| undo["object"]["type"] == "Follow").await;
    both.alice_follows_bob().await;
    let block = peer.does("block", json!({ "address": both.handle() })).await;
    alice.is_to(&bob, json!({ "following": false, "blocked_by": true })).await;
    peer.does("undo", block).await;
    alice.is_to(&bob, json!({ "blocked_by": false })).await;

    alice.does_to_account("block", &bob).await;
    let block = peer.receives("Block", |block| block["object"] == peer.actor()).await;
    assert!(text_of(&block["actor"]).starts_with(&server.public_url()), "{block}");
    alice.does_to_account("unblock", &bob).await;
    peer.receives("Undo", |undo| undone(undo) == block["id"]).await;
}

/// The id of what is undone, which may be there whole or by its id.
fn undone(undo: &Value) -> Value {
    let object = &undo["object"];
    if object.is_object() { object["id"].clone() } else { object.clone() }
}

/// JSON-LD says one thing without a list.
fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

fn contains(value: &Value, wanted: &str) -> bool {
    list(value).iter().any(|item| item == wanted)
}

fn media_type(post: &Value) -> Value {
    let url = text_of(&post["media_attachments"][0]["url"]);
    let kind = match url.rsplit('.').next() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        _ => "image/webp",
    };
    json!(kind)
}
