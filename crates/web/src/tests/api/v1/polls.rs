//! /api/v1/polls

use app::stories;
use app::testing::{MINUTE_MS, Person};
use serde_json::{Value, json};

use crate::tests::shapes::with;
use crate::tests::site::{Ask, Site, is_closed_without};

const NOT_FOUND: &str = "Record not found";

fn posts(site: &Site, person: &Person, poll: Value) -> Ask {
    site.post("/api/v1/statuses").by(person).json(json!({ "status": "which?", "poll": poll }))
}

/// A poll of a and b that ends in five minutes, changed by `changes`: the status.
async fn asks(site: &Site, person: &Person, changes: Value) -> Value {
    posts(site, person, with(json!({ "options": ["a", "b"], "expires_in": 300 }), changes)).await.ok()
}

fn path(status: &Value) -> String {
    format!("/api/v1/polls/{}", status["poll"]["id"].as_str().unwrap())
}

fn votes(site: &Site, status: &Value, person: &Person, choices: Value) -> Ask {
    site.post(&format!("{}/votes", path(status))).by(person).json(json!({ "choices": choices }))
}

fn failed(words: &str) -> (u16, String) {
    (422, format!("Validation failed: {words}"))
}

stories! {
    async fn nobody_votes_across_a_block(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let poll = json!({ "status": "which?", "poll": { "options": ["a", "b"], "expires_in": 600 } });
        let posted = site.post("/api/v1/statuses").by(&alice).json(poll).await.ok();
        let path = format!("/api/v1/polls/{}/votes", posted["poll"]["id"].as_str().unwrap());
        site.post(&format!("/api/v1/accounts/{}/block", alice.account)).by(&bob).await.ok();
        assert_eq!(site.post(&path).by(&bob).json(json!({ "choices": [0] })).await.error(), (403, "This action is not allowed".into()));
        site.post(&format!("/api/v1/accounts/{}/unblock", alice.account)).by(&bob).await.ok();
        assert_eq!(site.post(&path).by(&bob).await.status, 400, "without choices");
        for none in [json!(null), json!(""), json!([]), json!({})] {
            assert_eq!(site.post(&path).by(&bob).json(json!({ "choices": none })).await.status, 400, "{none}");
        }
        assert_eq!(site.post(&path).by(&bob).json(json!({ "choices": [0] })).await.ok()["own_votes"], json!([0]));
    }

    async fn a_poll_is_made_by_json_and_form_alike_and_shown_to_everybody(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = asks(&site, &alice, json!({})).await;
        let anybodys = json!({
            "id": status["poll"]["id"],
            "expires_at": "2026-01-01T12:05:00.000Z",
            "expired": false,
            "multiple": false,
            "votes_count": 0,
            "voters_count": 0,
            "options": [{ "title": "a", "votes_count": 0 }, { "title": "b", "votes_count": 0 }],
            "emojis": [],
        });
        assert_eq!(status["poll"], with(anybodys.clone(), json!({ "voted": true, "own_votes": [] })), "to its author");
        assert_eq!(site.get(&path(&status)).await.ok(), anybodys);
        let unvoted = with(anybodys.clone(), json!({ "voted": false, "own_votes": [] }));
        assert_eq!(site.get(&path(&status)).by(&bob).await.ok(), unvoted);
        let id = status["id"].as_str().unwrap();
        assert_eq!(site.get(&format!("/api/v1/statuses/{id}")).by(&bob).await.ok()["poll"], unvoted);
        let form = "status=x&poll[options][]=+a+&poll[options][]=b&poll[options][]=&poll[expires_in]=600&poll[multiple]=1&poll[hide_totals]=true";
        let by_form = site.post("/api/v1/statuses").by(&alice).form(form).await.ok();
        assert_eq!((by_form["poll"]["multiple"].clone(), by_form["poll"]["expires_at"].clone()), (json!(true), json!("2026-01-01T12:10:00.000Z")));
        assert_eq!(by_form["poll"]["options"], json!([{ "title": "a", "votes_count": null }, { "title": "b", "votes_count": null }]));
        for none in [json!(null), json!(""), json!({})] {
            assert_eq!(posts(&site, &alice, none).await.ok()["poll"], json!(null));
        }
        let narrow = bob.token_with("read:accounts").await;
        assert_eq!(site.get(&path(&status)).with_token(&narrow).await.status, 403);
        assert_eq!(site.get(&path(&status)).with_token("unknown").await.status, 200, "as anybody");
    }

    async fn a_poll_that_breaks_a_rule_is_refused_in_mastodons_words(site: Site) {
        let alice = site.user("alice");
        let refused = |changes| posts(&site, &alice, with(json!({ "options": ["a", "b"], "expires_in": 300 }), changes));
        let cases = [
            (json!({ "options": ["a"] }), "Choices must have more than one item"),
            (json!({ "options": ["a", " "] }), "Choices must have more than one item"),
            (json!({ "options": [] }), "Choices can't be blank, Choices must have more than one item"),
            (json!({ "options": ["a", "b", "c", "d", "e"] }), "Choices can't contain more than 4 items"),
            (json!({ "options": ["a", "b".repeat(51)] }), "Choices cannot be longer than 50 characters each"),
            (json!({ "options": ["a", " a"] }), "Choices contain duplicate items"),
            (json!({ "expires_in": 299 }), "Deadline is too soon"),
            (json!({ "expires_in": "abc" }), "Deadline is too soon"),
            (json!({ "expires_in": 2_629_747 }), "Deadline is too far into the future"),
            (json!({ "expires_in": null }), "Deadline can't be blank"),
        ];
        for (changes, words) in cases {
            assert_eq!(refused(changes.clone()).await.error(), failed(words), "{changes}");
        }
        refused(json!({ "options": ["👨‍👩‍👧‍👦".repeat(50), "日".repeat(50), "c", "d"], "expires_in": "2629746" })).await.ok();
        let textless = site.post("/api/v1/statuses").by(&alice).json(json!({ "poll": { "options": ["a", "b"], "expires_in": 300 } })).await;
        assert_eq!(textless.error(), failed("Text can't be blank"));
        assert_eq!(alice.home().await.len(), 1);
    }

    async fn a_picture_and_a_poll_go_together(site: Site) {
        let alice = site.user("alice");
        let picture = alice.uploads(&site.world).await.to_string();
        let body = json!({ "media_ids": [picture], "poll": { "options": ["a", "b"], "expires_in": 300 } });
        let status = site.post("/api/v1/statuses").by(&alice).json(body).await.ok();
        assert_eq!((status["media_attachments"][0]["id"].clone(), status["poll"]["options"][1]["title"].clone()), (json!(picture), json!("b")));
    }

    async fn one_votes_once_in_a_poll_of_one_choice(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = asks(&site, &alice, json!({})).await;
        assert_eq!(votes(&site, &status, &alice, json!([0])).await.error(), failed("You cannot vote in your own polls"));
        for choice in [json!(["2"]), json!([-1]), json!(["x"])] {
            assert_eq!(votes(&site, &status, &bob, choice).await.error(), failed("The chosen vote option does not exist"));
        }
        assert_eq!(votes(&site, &status, &bob, json!([0, 1])).await.error(), failed("You have already voted on this poll"));
        assert_eq!(votes(&site, &status, &bob, json!([])).await.status, 400, "no choice is no vote");
        let voted = votes(&site, &status, &bob, json!(["1"])).await.ok();
        assert_eq!((voted["voted"].clone(), voted["own_votes"].clone()), (json!(true), json!([1])));
        assert_eq!((voted["votes_count"].clone(), voted["voters_count"].clone()), (json!(1), json!(1)));
        assert_eq!(voted["options"], json!([{ "title": "a", "votes_count": 0 }, { "title": "b", "votes_count": 1 }]));
        for choice in [0, 1] {
            assert_eq!(votes(&site, &status, &bob, json!([choice])).await.error(), failed("You have already voted on this poll"));
        }
        assert_eq!(site.get(&path(&status)).by(&bob).await.ok(), voted);
        is_closed_without(&site, site.post(&format!("{}/votes", path(&status))).json(json!({ "choices": [0] })), "write:statuses").await;
    }

    async fn in_a_poll_of_several_choices_each_counts_once(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = asks(&site, &alice, json!({ "options": ["a", "b", "c"], "multiple": true })).await;
        votes(&site, &status, &bob, json!([2, 0])).await.ok();
        assert_eq!(votes(&site, &status, &bob, json!([1, 2])).await.error(), failed("You have already voted on this poll"));
        let all = votes(&site, &status, &bob, json!([1])).await.ok();
        assert_eq!((all["own_votes"].clone(), all["votes_count"].clone(), all["voters_count"].clone()), (json!([2, 0, 1]), json!(3), json!(1)));
    }

    async fn two_votes_at_once_are_one(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = asks(&site, &alice, json!({})).await;
        let (one, two) = tokio::join!(votes(&site, &status, &bob, json!([0])), votes(&site, &status, &bob, json!([1])));
        let mut answers = [one.status, two.status];
        answers.sort_unstable();
        assert_eq!(answers, [200, 422]);
        let shown = site.get(&path(&status)).await.ok();
        assert_eq!((shown["votes_count"].clone(), shown["voters_count"].clone()), (json!(1), json!(1)));
    }

    async fn at_its_end_the_tallies_are_open_and_those_who_took_part_are_told_once(site: Site) {
        let mut site = site;
        let carol = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = asks(&site, &alice, json!({ "hide_totals": true })).await;
        let hidden = votes(&site, &status, &bob, json!([1])).await.ok();
        assert_eq!(hidden["options"][1], json!({ "title": "b", "votes_count": null }));
        assert_eq!(hidden["votes_count"], json!(1));
        site.world.drain_jobs().await;
        assert!(bob.notifications().await.is_empty());
        site.world.advance(5 * MINUTE_MS);
        site.world.drain_jobs().await;
        let shown = site.get(&path(&status)).by(&bob).await.ok();
        assert_eq!((shown["expired"].clone(), shown["options"][1]["votes_count"].clone()), (json!(true), json!(1)));
        assert_eq!(bob.notifications().await, ["poll from alice"]);
        assert_eq!(alice.notifications().await, ["poll from alice"]);
        assert!(carol.notifications().await.is_empty());
        assert_eq!(votes(&site, &status, &carol, json!([0])).await.error(), failed("The poll has already ended"));
    }

    async fn a_poll_is_as_hidden_as_its_status(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let body = json!({ "status": "which?", "visibility": "private", "poll": { "options": ["a", "b"], "expires_in": 300 } });
        let status = site.post("/api/v1/statuses").by(&alice).json(body).await.ok();
        assert_eq!(site.get(&path(&status)).by(&bob).await.error(), (404, NOT_FOUND.into()));
        assert_eq!(votes(&site, &status, &bob, json!([0])).await.error(), (404, NOT_FOUND.into()));
        assert_eq!(site.get("/api/v1/polls/5").await.error(), (404, NOT_FOUND.into()));
        bob.follows(&alice).await;
        votes(&site, &status, &bob, json!([0])).await.ok();
        let deleted = site.delete(&format!("/api/v1/statuses/{}", status["id"].as_str().unwrap())).by(&alice).await.ok();
        assert_eq!(deleted["poll"]["options"][0], json!({ "title": "a", "votes_count": 1 }), "to be redrafted");
        site.world.drain_jobs().await;
        assert_eq!(site.get(&path(&status)).by(&alice).await.error(), (404, NOT_FOUND.into()));
    }
}
