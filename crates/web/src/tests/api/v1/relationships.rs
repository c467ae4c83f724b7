//! Blocks, mutes, follow requests and blocked hosts: /api/v1/accounts/:id/block and the like, and their lists.

use app::stories;
use app::testing::Person;
use serde_json::{Value, json};

use crate::tests::shapes::{account, relationship, with};
use crate::tests::site::{Site, is_closed_without, keys, pages_both_ways};

fn verb(person: &Person, verb: &str) -> String {
    format!("/api/v1/accounts/{}/{verb}", person.account)
}

async fn crowd(site: &mut Site) -> Vec<Person> {
    let mut people = Vec::new();
    for number in 0..5 {
        people.push(site.world.add_user(&format!("person{number}")).await);
    }
    people
}

fn newest_first(people: &[Person]) -> Vec<String> {
    people.iter().rev().map(|person| person.account.to_string()).collect()
}

/// An account list whose keys are not the accounts' ids: both ways, back by `since_id`, `min_id` ignored.
async fn is_paged_by_since_id(site: &Site, path: &str, by: &Person, whole: &[String]) {
    assert_eq!(site.get(path).by(by).await.ids(), whole);
    pages_both_ways(site, path, by, whole).await;
    let page = site.get(&format!("{path}?limit=2")).by(by).await;
    assert!(page.link("prev").unwrap().contains("since_id=") && page.link("next").unwrap().contains("max_id="));
    assert_eq!(site.get(&format!("{path}?limit=2&min_id=1")).by(by).await.ids(), whole[..2], "min_id is ignored");
    assert_eq!(site.get(&format!("{path}?limit=nonsense")).by(by).await.ok(), json!([]));
}

stories! {
    async fn a_block_is_a_relationship_that_both_sides_see(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.follows(&alice).await;
        for _ in 0..2 {
            assert_eq!(site.post(&verb(&bob, "block")).by(&alice).await.ok(), with(relationship(&bob), json!({ "blocking": true })));
        }
        let seen = site.get(&format!("/api/v1/accounts/relationships?id[]={}", alice.account)).by(&bob).await.ok();
        assert_eq!(seen, json!([with(relationship(&alice), json!({ "blocked_by": true }))]));
        assert_eq!(site.get("/api/v1/blocks").by(&alice).await.ok(), json!([account(&bob)]));
        assert_eq!(site.get("/api/v1/blocks").by(&bob).await.ok(), json!([]));
        for person in [&alice, &bob] {
            let other = if person.name == "alice" { &bob } else { &alice };
            assert_eq!(site.post(&verb(other, "follow")).by(person).await.error(), (403, "This action is not allowed".into()));
        }
        for _ in 0..2 {
            assert_eq!(site.post(&verb(&bob, "unblock")).by(&alice).await.ok(), relationship(&bob));
        }
        assert_eq!(site.post(&verb(&alice, "block")).by(&alice).await.ok(), relationship(&alice), "oneself");
        let oneself = (403, "Following your own account is not allowed".to_owned());
        assert_eq!(site.post(&verb(&alice, "follow")).by(&alice).await.error(), oneself);
    }

    async fn every_act_wants_its_scope_and_somebody_there(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let acts = [
            ("block", "write:blocks"), ("unblock", "write:blocks"), ("mute", "write:mutes"), ("unmute", "write:mutes"),
            ("remove_from_followers", "write:follows"), ("note", "write:accounts"),
        ];
        for (act, scope) in acts {
            is_closed_without(&site, site.post(&verb(&bob, act)), scope).await;
            for missing in ["5", "abc", "-99", "99999999999999999999"] {
                let answer = site.post(&format!("/api/v1/accounts/{missing}/{act}")).by(&alice).await;
                assert_eq!(answer.error(), (404, "Record not found".into()), "{act} {missing}");
            }
        }
        for (path, scope) in [
            ("/api/v1/blocks", "read:blocks"), ("/api/v1/mutes", "read:mutes"), ("/api/v1/domain_blocks", "read:blocks"),
            ("/api/v1/follow_requests", "read:follows"), ("/api/v1/accounts/familiar_followers", "read:follows"),
            ("/api/v1/domain_blocks/preview?domain=far.test", "write:blocks"),
        ] {
            is_closed_without(&site, site.get(path), scope).await;
        }
        is_closed_without(&site, site.post("/api/v1/domain_blocks?domain=far.test"), "write:blocks").await;
        is_closed_without(&site, site.delete("/api/v1/domain_blocks?domain=far.test"), "write:blocks").await;
        for answer in ["authorize", "reject"] {
            let path = format!("/api/v1/follow_requests/{}/{answer}", bob.account);
            is_closed_without(&site, site.post(&path), "write:follows").await;
            assert_eq!(site.post(&path).by(&alice).await.error(), (404, "Record not found".into()), "who does not ask is not answered");
        }
        let old_scope = alice.token_with("follow").await;
        site.post(&verb(&bob, "mute")).with_token(&old_scope).await.ok();
        site.get("/api/v1/mutes").with_token(&old_scope).await.ok();
    }

    async fn a_mute_has_options_and_an_end(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let mute = || site.post(&verb(&bob, "mute")).by(&alice);
        let muted = |changes: Value| with(with(relationship(&bob), json!({ "muting": true, "muting_notifications": true })), changes);
        assert_eq!(mute().await.ok(), muted(json!({})));
        assert_eq!(mute().json(json!({ "notifications": false })).await.ok(), muted(json!({ "muting_notifications": false })));
        let timed = mute().form("duration=3600").await.ok();
        assert_eq!(timed, muted(json!({ "muting_expires_at": "2026-01-01T13:00:00.000Z" })));
        let shown = with(account(&bob), json!({ "mute_expires_at": "2026-01-01T13:00:00.000Z" }));
        assert_eq!(site.get("/api/v1/mutes").by(&alice).await.ok(), json!([shown]));
        assert_eq!(mute().form("duration=0").await.ok(), muted(json!({})));
        assert_eq!(site.get("/api/v1/mutes").by(&alice).await.ok(), json!([with(account(&bob), json!({ "mute_expires_at": null }))]));
        assert_eq!(mute().form("duration=nonsense").await.ok(), muted(json!({})));
        let seen_by_bob = site.get(&format!("/api/v1/accounts/relationships?id={}", alice.account)).by(&bob).await.ok();
        assert_eq!(seen_by_bob, json!([relationship(&alice)]), "who is muted does not learn of it");
        for _ in 0..2 {
            assert_eq!(site.post(&verb(&bob, "unmute")).by(&alice).await.ok(), relationship(&bob));
        }
        assert_eq!(site.get("/api/v1/mutes").by(&alice).await.ok(), json!([]));
    }

    async fn blocks_mutes_and_requests_are_paged_by_their_own_keys(site: Site) {
        let mut site = site;
        let people = crowd(&mut site).await;
        let alice = site.user("alice");
        site.world.locks(&alice, true).await;
        // Not in the order of the accounts, so that their ids cannot be the keys.
        let people = vec![people[2].clone(), people[0].clone(), people[4].clone(), people[1].clone(), people[3].clone()];
        for person in &people {
            person.follows(&alice).await;
        }
        is_paged_by_since_id(&site, "/api/v1/follow_requests", &alice, &newest_first(&people)).await;
        for person in &people {
            alice.mutes(person).await;
        }
        is_paged_by_since_id(&site, "/api/v1/mutes", &alice, &newest_first(&people)).await;
        for person in &people {
            alice.blocks(person).await;
        }
        is_paged_by_since_id(&site, "/api/v1/blocks", &alice, &newest_first(&people)).await;
        assert_eq!(site.get("/api/v1/follow_requests").by(&alice).await.ok(), json!([]));
    }

    async fn a_locked_account_is_asked_and_answers(site: Site) {
        let mut site = site;
        let carol = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        site.world.locks(&alice, true).await;
        let asked = with(relationship(&alice), json!({ "requested": true, "showing_reblogs": true }));
        assert_eq!(site.post(&verb(&alice, "follow")).by(&bob).await.ok(), asked);
        assert_eq!(site.post(&verb(&alice, "follow")).by(&bob).form("notify=true").await.ok(), with(asked, json!({ "notifying": true })));
        carol.follows(&alice).await;
        site.world.drain_jobs().await;
        let notified = site.get("/api/v1/notifications?types[]=follow_request").by(&alice).await.ok();
        let mut from: Vec<&str> = notified.as_array().unwrap().iter().map(|n| n["account"]["acct"].as_str().unwrap()).collect();
        from.sort_unstable();
        assert_eq!(from, ["bob", "carol"]);
        assert!(keys(&notified[0]).iter().all(|key| *key != "status"));
        let own = site.get("/api/v1/accounts/verify_credentials").by(&alice).await.ok();
        assert_eq!(own["source"]["follow_requests_count"], json!(2));
        let seen = site.get(&format!("/api/v1/accounts/relationships?id={}", bob.account)).by(&alice).await.ok();
        assert_eq!(seen, json!([with(relationship(&bob), json!({ "requested_by": true }))]));
        let answer = |person: &Person, word: &str| site.post(&format!("/api/v1/follow_requests/{}/{word}", person.account)).by(&alice);
        assert_eq!(answer(&bob, "authorize").await.ok(), with(relationship(&bob), json!({ "followed_by": true })));
        assert_eq!(answer(&carol, "reject").await.ok(), relationship(&carol));
        assert_eq!(answer(&carol, "reject").await.error(), (404, "Record not found".into()));
        assert_eq!(site.get("/api/v1/follow_requests").by(&alice).await.ok(), json!([]));
        site.post(&verb(&alice, "follow")).by(&carol).await.ok();
        assert_eq!(site.post(&verb(&alice, "unfollow")).by(&carol).await.ok(), relationship(&alice), "withdrawn");
        assert_eq!(answer(&carol, "authorize").await.status, 404);
    }

    async fn languages_of_a_follow_are_kept_until_they_are_changed(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let follow = |body: Value| site.post(&verb(&bob, "follow")).by(&alice).json(body);
        assert_eq!(follow(json!({ "languages": ["de"] })).await.ok()["languages"], json!(["de"]));
        assert_eq!(follow(json!({ "reblogs": false })).await.ok()["languages"], json!(["de"]));
        assert_eq!(follow(json!({ "languages": null })).await.ok()["languages"], json!(["de"]));
        assert_eq!(follow(json!({ "languages": [] })).await.ok()["languages"], json!(null));
    }

    async fn too_many_follows_are_refused_in_mastodons_words(site: Site) {
        let mut site = site;
        let alice = site.user("alice");
        for person in crowd(&mut site).await {
            alice.follows(&person).await;
        }
        let refused = site.post(&verb(&site.user("bob"), "follow")).by(&alice).await;
        assert_eq!(refused.error(), (422, "Validation failed: You cannot follow more than 5 people".into()));
    }

    async fn a_follower_is_removed(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.follows(&alice).await;
        for _ in 0..2 {
            assert_eq!(site.post(&verb(&bob, "remove_from_followers")).by(&alice).await.ok(), relationship(&bob));
        }
        assert_eq!(site.get(&verb(&alice, "followers")).await.ok(), json!([]));
    }

    async fn a_note_is_private_and_a_blank_one_is_none(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let note = |comment: &str| site.post(&verb(&bob, "note")).by(&alice).json(json!({ "comment": comment }));
        assert_eq!(note("met in <Oslo>").await.ok(), with(relationship(&bob), json!({ "note": "met in <Oslo>" })));
        let seen_by_bob = site.get(&format!("/api/v1/accounts/relationships?id={}", alice.account)).by(&bob).await.ok();
        assert_eq!(seen_by_bob, json!([relationship(&alice)]));
        assert_eq!(note(&"ä".repeat(2000)).await.status, 200);
        assert_eq!(note(&"ä".repeat(2001)).await.error(), (422, "Validation failed: Comment is too long (maximum is 2000 characters)".into()));
        assert_eq!(note("  ").await.ok(), relationship(&bob));
        assert_eq!(site.post(&verb(&bob, "note")).by(&alice).await.ok(), relationship(&bob));
    }

    async fn somebody_elsewhere_is_asked_and_asks_before_there_is_a_follow(site: Site) {
        let alice = site.user("alice");
        let far = site.world.stranger("far", "far.test").await;
        let ties = |answer: Value| ["requested", "following", "requested_by", "followed_by"].map(|key| answer[key].as_bool().unwrap());
        let says = async |kind: &str, object: Value| {
            let activity = json!({ "id": "https://far.test/1", "type": kind, "actor": "https://far.test/users/far", "object": object });
            site.world.write(move |tx| async move { app::queue::enqueue(&tx, &app::queue::ReceiveActivity { actor: far, to: None, activity }).await }).await;
            site.world.drain_jobs().await;
        };
        let me = site.world.app.urls().account_uri(alice.account);
        let asked = site.post(&format!("/api/v1/accounts/{far}/follow")).by(&alice).await.ok();
        assert_eq!(ties(asked), [true, false, false, false]);
        says("Accept", json!({ "type": "Follow", "actor": me, "object": "https://far.test/users/far" })).await;
        let relationship = async || site.get(&format!("/api/v1/accounts/relationships?id={far}")).by(&alice).await.ok()[0].clone();
        assert_eq!(ties(relationship().await), [false, true, false, false]);
        site.world.locks(&alice, true).await;
        says("Follow", json!(me)).await;
        assert_eq!(ties(relationship().await), [false, true, true, false]);
        let waiting = site.get("/api/v1/follow_requests").by(&alice).await.ok();
        assert_eq!((waiting[0]["acct"].clone(), waiting[1].clone()), (json!("far@far.test"), Value::Null));
        let let_in = site.post(&format!("/api/v1/follow_requests/{far}/authorize")).by(&alice).await.ok();
        assert_eq!(ties(let_in), [false, true, false, true]);
        says("Block", json!(me)).await;
        assert_eq!((ties(relationship().await), relationship().await["blocked_by"].clone()), ([false; 4], json!(true)));
    }

    async fn hosts_are_blocked_listed_and_let_go(site: Site) {
        let alice = site.user("alice");
        let far = site.world.stranger("far", "far.test").await;
        site.world.joins(alice.account, far).await;
        let block = |domain: &str| site.post("/api/v1/domain_blocks").by(&alice).json(json!({ "domain": domain }));
        let previewed = site.get("/api/v1/domain_blocks/preview?domain=far.test").by(&alice).await.ok();
        assert_eq!(previewed, json!({ "following_count": 1, "followers_count": 0 }));
        let mut newest_first: Vec<String> = Vec::new();
        for domain in ["Far.test", "b.test", "c.test", "bücher.test", "e.test"] {
            assert_eq!(block(domain).await.ok(), json!({}));
        }
        block("b.test").await.ok();
        site.world.drain_jobs().await;
        newest_first.extend(["e.test", "xn--bcher-kva.test", "c.test", "b.test", "far.test"].map(str::to_owned));
        assert_eq!(site.get("/api/v1/domain_blocks").by(&alice).await.ok(), json!(newest_first));
        let first = site.get("/api/v1/domain_blocks?limit=2").by(&alice).await;
        assert_eq!(first.ok(), json!(newest_first[..2]));
        assert_eq!(site.get(&first.link("next").unwrap()).by(&alice).await.ok(), json!(newest_first[2..4]));
        assert!(first.link("prev").unwrap().contains("since_id="));
        assert_eq!(site.get(&first.link("prev").unwrap()).by(&alice).await.ok(), json!([]));
        let seen = site.get(&format!("/api/v1/accounts/relationships?id={far}")).by(&alice).await.ok();
        assert_eq!((seen[0]["domain_blocking"].clone(), seen[0]["following"].clone()), (json!(true), json!(false)));
        assert_eq!(block("").await.error(), (422, "Validation failed: Domain can't be blank".into()));
        assert_eq!(block("no host").await.error(), (422, "Validation failed: Domain is not a valid domain name".into()));
        for domain in ["FAR.test", "far.test", "never.test", "no host"] {
            let gone = site.delete("/api/v1/domain_blocks").by(&alice).json(json!({ "domain": domain })).await;
            assert_eq!(gone.ok(), json!({}), "{domain}");
        }
        site.delete("/api/v1/domain_blocks?domain=e.test").by(&alice).await.ok();
        assert_eq!(site.get("/api/v1/domain_blocks").by(&alice).await.ok(), json!(newest_first[1..4]));
    }

    async fn what_a_blocked_person_asks_for_is_not_there(site: Site) {
        let mut site = site;
        let carol = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        carol.follows(&alice).await;
        alice.follows(&carol).await;
        alice.blocks(&bob).await;
        for (path, list) in [
            (verb(&alice, "statuses"), true), (verb(&alice, "followers"), true), (verb(&alice, "following"), true),
            (format!("/api/v1/statuses/{status}"), false), (format!("/api/v1/statuses/{status}/context"), false),
            (format!("/api/v1/statuses/{status}/favourited_by"), false), (format!("/api/v1/statuses/{status}/reblogged_by"), false),
        ] {
            let (blocked, other, nobody) = (site.get(&path).by(&bob).await, site.get(&path).by(&carol).await, site.get(&path).await);
            if list {
                assert_eq!(blocked.ok(), json!([]), "{path}");
                assert_eq!((other.ids().len(), nobody.ids().len()), (1, 1), "{path}");
            } else {
                assert_eq!(blocked.error(), (404, "Record not found".into()), "{path}");
                assert_eq!((other.status, nobody.status), (200, 200), "{path}");
            }
        }
        for act in ["favourite", "reblog", "bookmark"] {
            assert_eq!(site.post(&format!("/api/v1/statuses/{status}/{act}")).by(&bob).await.status, 404, "{act}");
        }
        let several = site.get(&format!("/api/v1/statuses?id[]={status}")).by(&bob).await.ok();
        assert_eq!(several, json!([]));
        assert_eq!(site.get(&format!("/api/v1/accounts/{}", alice.account)).by(&bob).await.ok()["id"], json!(alice.account.to_string()));
        assert_eq!(site.get(&verb(&bob, "statuses")).by(&alice).await.status, 200, "who blocks may look");
    }

    async fn hidden_lists_of_follows_are_shown_to_their_owner_only(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.follows(&alice).await;
        site.world.hides_collections(&alice).await;
        let path = verb(&alice, "followers");
        assert_eq!((site.get(&path).await.ok(), site.get(&path).by(&bob).await.ok()), (json!([]), json!([])));
        assert_eq!(site.get(&path).by(&alice).await.ids(), [bob.account.to_string()]);
        let profile = site.get(&format!("/api/v1/accounts/{}", alice.account)).await.ok();
        assert_eq!((profile["followers_count"].clone(), profile["hide_collections"].clone()), (json!(1), json!(true)), "the count stays");
    }

    async fn a_thread_leaves_out_whom_its_viewer_shut_out(site: Site) {
        let mut site = site;
        let carol = site.world.add_user("carol").await;
        let [alice, bob] = site.users(["alice", "bob"]);
        let root = alice.posts("root").await;
        let (theirs, below) = { let theirs = bob.replies(root, "answer").await; (theirs, alice.replies(theirs, "below").await) };
        let shown = |by: Option<Person>, id: String| {
            let ask = site.get(&format!("/api/v1/statuses/{id}/context"));
            async move {
                let found = match by { Some(by) => ask.by(&by).await.ok(), None => ask.await.ok() };
                let ids = |list: &str| found[list].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
                (ids("ancestors"), ids("descendants"))
            }
        };
        carol.mutes(&bob).await;
        let (root, theirs, below) = (root.to_string(), theirs.to_string(), below.to_string());
        assert_eq!(shown(None, root.clone()).await, (vec![], vec![theirs.clone(), below.clone()]));
        assert_eq!(shown(Some(carol.clone()), root.clone()).await, (vec![], vec![below.clone()]));
        assert_eq!(shown(Some(carol), below).await, (vec![root], vec![]));
    }

    async fn relationships_leave_out_the_suspended_unless_they_are_wanted(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        app::accounts::delete::delete(&site.world.app, app::Origin::Cli, bob.account).await.unwrap();
        let path = format!("/api/v1/accounts/relationships?id[]={}&id[]={}", bob.account, alice.account);
        assert_eq!(site.get(&path).by(&alice).await.ids(), [alice.account.to_string()]);
        assert_eq!(site.get(&format!("{path}&with_suspended=true")).by(&alice).await.ids().len(), 2);
    }

    async fn familiar_followers_are_those_i_follow(site: Site) {
        let mut site = site;
        let people = crowd(&mut site).await;
        let [alice, bob] = site.users(["alice", "bob"]);
        for person in &people[..3] {
            person.follows(&bob).await;
        }
        for person in &people[1..4] {
            alice.follows(person).await;
        }
        let path = format!("/api/v1/accounts/familiar_followers?id[]={}&id[]=5&id[]={}", bob.account, people[4].account);
        let found = site.get(&path).by(&alice).await.ok();
        assert_eq!(found[0]["id"], json!(bob.account.to_string()));
        assert_eq!(found[0]["accounts"][0], with(account(&people[2]), json!({ "followers_count": 1, "following_count": 1 })));
        assert_eq!((found[0]["accounts"][1]["acct"].clone(), found[0]["accounts"].as_array().unwrap().len()), (json!("person1"), 2));
        assert_eq!(found[1], json!({ "id": people[4].account.to_string(), "accounts": [] }));
        assert_eq!(found.as_array().unwrap().len(), 2, "unknown accounts are left out");
        site.world.hides_collections(&bob).await;
        assert_eq!(site.get(&path).by(&alice).await.ok()[0], json!({ "id": bob.account.to_string(), "accounts": [] }));
        assert_eq!(site.get("/api/v1/accounts/familiar_followers").by(&alice).await.ok(), json!([]));
    }
}
