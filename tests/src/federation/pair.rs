//! Two of ours. Alice is on one, bob on the other; each test runs with alice on SQLite and bob on PostgreSQL,
//! and the other way round.

use serde_json::json;

use super::id_of;
use crate::person::{Answer, Person, text_of};
use crate::pictures;
use crate::server::{Engine, Server, Site};
use crate::wait::{PATIENCE, until};

struct Pair {
    /// Where alice is.
    one: Server,
    /// Where bob is.
    two: Server,
    alice: Person,
    bob: Person,
    /// Alice's account as bob's server has it.
    alice_there: String,
}

impl Pair {
    async fn start(engine: Engine, other: Engine) -> Self {
        let (one, two) = tokio::join!(Server::start_at(engine, Site::new("one.localhost")), Server::start_at(other, Site::new("two.localhost")));
        let (alice, bob) = (one.user("alice").await, two.user("bob").await);
        let found = bob.finds(&format!("@alice@{}", one.domain())).await;
        assert_eq!(found["acct"], format!("alice@{}", one.domain()));
        Self { alice_there: id_of(&found), one, two, alice, bob }
    }

    async fn bob_follows_alice(&self) {
        self.bob.does_to_account("follow", &self.alice_there).await;
        self.bob.is_to(&self.alice_there, json!({ "following": true, "requested": false })).await;
    }

    fn bobs_handle(&self) -> String {
        format!("bob@{}", self.two.domain())
    }

    /// Bob's account as alice's server has it.
    async fn bob_here(&self) -> String {
        id_of(&self.alice.finds(&format!("@{}", self.bobs_handle())).await)
    }

    fn ends_well(&self) {
        self.one.assert_never_panicked();
        self.two.assert_never_panicked();
    }
}

macro_rules! in_both_directions {
    ($($test:ident),+ $(,)?) => {
        mod sqlite_to_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let pair = super::Pair::start(crate::server::Engine::Sqlite, crate::server::Engine::Postgres).await;
                super::$test(&pair).await;
                pair.ends_well();
            })+
        }
        mod postgres_to_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let pair = super::Pair::start(crate::server::Engine::Postgres, crate::server::Engine::Sqlite).await;
                super::$test(&pair).await;
                pair.ends_well();
            })+
        }
    };
}

in_both_directions![
    a_follower_sees_a_post_with_mention_picture_and_warning,
    answers_boosts_and_favourites_reach_the_author_and_can_be_taken_back,
    an_edit_and_a_deletion_reach_the_follower,
    a_profile_edit_reaches_the_follower,
    a_vote_reaches_the_poll_once,
    a_locked_account_lets_in_and_turns_away,
    who_is_left_or_blocked_is_followed_no_more,
];

async fn a_follower_sees_a_post_with_mention_picture_and_warning(pair: &Pair) {
    let Pair { alice, bob, one, two, .. } = pair;
    let (mut alice_hears, mut bob_hears) = (alice.listens().await, bob.listens().await);

    pair.bob_follows_alice().await;
    let followed = alice_hears.notifies("follow").await;
    assert_eq!(followed["account"]["acct"], pair.bobs_handle());
    assert_eq!(alice.account(&alice.id).await["followers_count"], 1);

    let media = alice.uploads(pictures::png(1, 320, 200), "a gradient").await;
    let text = format!("@{} look #here", pair.bobs_handle());
    let post = alice.posts_with(json!({ "status": text, "spoiler_text": "careful", "media_ids": [media["id"]] })).await;

    let seen = bob_hears.next("update").await;
    assert_eq!((&seen["uri"], &seen["spoiler_text"], &seen["sensitive"]), (&post["uri"], &json!("careful"), &json!(true)));
    assert_eq!((&seen["account"]["acct"], &seen["visibility"]), (&json!(format!("alice@{}", one.domain())), &json!("public")));
    assert_eq!((&seen["mentions"][0]["acct"], &seen["tags"][0]["name"]), (&json!("bob"), &json!("here")));
    let attachment = &seen["media_attachments"][0];
    assert_eq!((&attachment["type"], &attachment["description"]), (&json!("image"), &json!("a gradient")));
    assert_eq!(attachment["blurhash"], post["media_attachments"][0]["blurhash"]);
    for url in [&attachment["url"], &attachment["preview_url"]] {
        let url = text_of(url);
        assert!(url.starts_with(&two.public_url()), "a picture is shown through one's own server: {url}");
        let picture = Answer::of(two.http.get(url.replacen(&two.public_url(), &two.url, 1))).await.expect("an answer");
        assert_eq!((picture.status, pictures::size_of(&picture.body)), (200, (320, 200)), "{url}");
    }
    let mention = bob_hears.notifies("mention").await;
    assert_eq!(mention["status"]["id"], seen["id"]);
    assert_eq!(bob.reads("/api/v1/timelines/home").await[0]["id"], seen["id"]);
    assert_eq!(bob.finds_status(&text_of(&post["url"])).await["id"], seen["id"], "by the address of its page");
}

async fn answers_boosts_and_favourites_reach_the_author_and_can_be_taken_back(pair: &Pair) {
    let Pair { alice, bob, .. } = pair;
    let mut alice_hears = alice.listens().await;
    let post = alice.posts("hello, out there").await;
    let (here, there) = (id_of(&post), id_of(&bob.finds_status(&text_of(&post["uri"])).await));

    bob.does_to_status("favourite", &there).await;
    let favourite = alice_hears.notifies("favourite").await;
    assert_eq!((&favourite["account"]["acct"], &favourite["status"]["id"]), (&json!(pair.bobs_handle()), &post["id"]));
    bob.does_to_status("reblog", &there).await;
    assert_eq!(alice_hears.notifies("reblog").await["status"]["id"], post["id"]);
    let reply = bob.posts_with(json!({ "status": format!("@alice@{} hello yourself", pair.one.domain()), "in_reply_to_id": there })).await;
    let mention = alice_hears.notifies("mention").await;
    assert_eq!((&mention["status"]["uri"], &mention["status"]["in_reply_to_id"]), (&reply["uri"], &post["id"]));
    let shown = alice.status(&here).await;
    assert_eq!((&shown["favourites_count"], &shown["reblogs_count"], &shown["replies_count"]), (&json!(1), &json!(1), &json!(1)));
    let context = alice.reads(&format!("/api/v1/statuses/{here}/context")).await;
    assert_eq!(context["descendants"][0]["uri"], reply["uri"]);

    bob.does_to_status("unfavourite", &there).await;
    alice.counts(&here, "favourites_count", 0).await;
    bob.does_to_status("unreblog", &there).await;
    alice.counts(&here, "reblogs_count", 0).await;
    bob.deletes(&reply).await;
    alice.counts(&here, "replies_count", 0).await;
    alice.misses(&text_of(&mention["status"]["id"])).await;
}

async fn an_edit_and_a_deletion_reach_the_follower(pair: &Pair) {
    let Pair { alice, bob, .. } = pair;
    pair.bob_follows_alice().await;
    let mut bob_hears = bob.listens().await;
    let post = alice.posts("a frist try").await;
    let seen = bob_hears.next("update").await;

    alice.edits(&id_of(&post), "a first try").await;
    let edited = bob_hears.next("status.update").await;
    assert_eq!((&edited["id"], &edited["content"]), (&seen["id"], &json!("<p>a first try</p>")));
    assert!(edited["edited_at"].is_string(), "{edited}");
    let history = bob.reads(&format!("/api/v1/statuses/{}/history", id_of(&seen))).await;
    let texts: Vec<_> = history.as_array().expect("a history").iter().map(|edit| edit["content"].clone()).collect();
    assert_eq!(texts, ["<p>a frist try</p>", "<p>a first try</p>"]);

    alice.deletes(&post).await;
    assert_eq!(bob_hears.next("delete").await, seen["id"]);
    bob.misses(&id_of(&seen)).await;
    let home = bob.reads("/api/v1/timelines/home").await;
    assert!(home.as_array().is_some_and(Vec::is_empty), "{home}");
}

async fn a_profile_edit_reaches_the_follower(pair: &Pair) {
    let Pair { alice, bob, alice_there, .. } = pair;
    pair.bob_follows_alice().await;
    let change = json!({ "display_name": "Alice of One", "note": "new words" });
    alice.asks(reqwest::Method::PATCH, "/api/v1/accounts/update_credentials", Some(change)).await.expect(200);
    let shown = until("the follower's server has the new name", PATIENCE, async || {
        let shown = bob.account(alice_there).await;
        (shown["display_name"] == "Alice of One").then_some(shown)
    })
    .await;
    assert_eq!(shown["note"], "<p>new words</p>");
}

async fn a_vote_reaches_the_poll_once(pair: &Pair) {
    let Pair { alice, bob, .. } = pair;
    let poll = json!({ "status": "tea?", "poll": { "options": ["black", "green"], "expires_in": 3600 } });
    let post = alice.posts_with(poll).await;
    let there = bob.finds_status(&text_of(&post["uri"])).await;
    let titles: Vec<_> = there["poll"]["options"].as_array().expect("a poll").iter().map(|option| option["title"].clone()).collect();
    assert_eq!(titles, ["black", "green"]);

    let path = format!("/api/v1/polls/{}/votes", text_of(&there["poll"]["id"]));
    let voted = bob.asks(reqwest::Method::POST, &path, Some(json!({ "choices": [1] }))).await.expect(200);
    assert_eq!((&voted["voted"], &voted["own_votes"]), (&json!(true), &json!([1])));
    until("the vote is counted where the poll is", PATIENCE, async || {
        let poll = alice.status(&id_of(&post)).await["poll"].clone();
        (poll["votes_count"] == 1 && poll["voters_count"] == 1 && poll["options"][1]["votes_count"] == 1).then_some(())
    })
    .await;
    let replies = alice.reads(&format!("/api/v1/statuses/{}/context", id_of(&post))).await;
    assert!(replies["descendants"].as_array().is_some_and(Vec::is_empty), "a vote is no reply: {replies}");
}

async fn a_locked_account_lets_in_and_turns_away(pair: &Pair) {
    let Pair { alice, bob, two, alice_there, .. } = pair;
    let carol = two.user("carol").await;
    let mut alice_hears = alice.listens().await;
    alice.locks().await;

    for person in [bob, &carol] {
        person.does_to_account("follow", alice_there).await;
        let asked = alice_hears.notifies("follow_request").await;
        assert_eq!(asked["account"]["acct"], format!("{}@{}", person.name, two.domain()));
        person.is_to(alice_there, json!({ "following": false, "requested": true })).await;
    }
    let waiting = alice.reads("/api/v1/follow_requests").await;
    let id_here = |name: &str| {
        let found = waiting.as_array().into_iter().flatten().find(|account| account["username"] == name);
        id_of(found.unwrap_or_else(|| panic!("{name} does not wait: {waiting}")))
    };
    alice.does(&format!("/api/v1/follow_requests/{}/authorize", id_here("bob"))).await;
    bob.is_to(alice_there, json!({ "following": true, "requested": false })).await;
    alice.does(&format!("/api/v1/follow_requests/{}/reject", id_here("carol"))).await;
    carol.is_to(alice_there, json!({ "following": false, "requested": false })).await;

    let mut bob_hears = bob.listens().await;
    let post = alice.posts_with(json!({ "status": "among us", "visibility": "private" })).await;
    let seen = bob_hears.next("update").await;
    assert_eq!((&seen["uri"], &seen["visibility"]), (&post["uri"], &json!("private")));
    let hidden = carol.asks(reqwest::Method::GET, &format!("/api/v1/statuses/{}", id_of(&seen)), None).await;
    assert_eq!(hidden.status, 404, "who was turned away does not see it: {}", hidden.text());
}

async fn who_is_left_or_blocked_is_followed_no_more(pair: &Pair) {
    let Pair { alice, bob, alice_there, .. } = pair;
    pair.bob_follows_alice().await;
    let bob_here = pair.bob_here().await;
    alice.is_to(&bob_here, json!({ "followed_by": true })).await;

    bob.does_to_account("unfollow", alice_there).await;
    alice.is_to(&bob_here, json!({ "followed_by": false })).await;
    assert_eq!(alice.account(&alice.id).await["followers_count"], 0);

    pair.bob_follows_alice().await;
    alice.is_to(&bob_here, json!({ "followed_by": true })).await;
    alice.does_to_account("block", &bob_here).await;
    bob.is_to(alice_there, json!({ "following": false, "blocked_by": true })).await;
    alice.does_to_account("unblock", &bob_here).await;
    bob.is_to(alice_there, json!({ "blocked_by": false })).await;
}
