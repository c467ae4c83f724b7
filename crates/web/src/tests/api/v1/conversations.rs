//! /api/v1/conversations

use app::stories;
use app::testing::Person;
use serde_json::json;

use crate::tests::site::{Site, is_closed_without, keys, pages_both_ways};

const GONE: (u16, &str) = (404, "Record not found");

fn gone() -> (u16, String) {
    (GONE.0, GONE.1.to_owned())
}

async fn of(site: &Site, person: &Person) -> Vec<(bool, Vec<String>, String)> {
    let shown = site.get("/api/v1/conversations").by(person).await.ok();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let one = |c: &serde_json::Value| {
        let accounts = c["accounts"].as_array().unwrap().iter().map(|account| text(&account["username"])).collect();
        (c["unread"].as_bool().unwrap(), accounts, text(&c["last_status"]["id"]))
    };
    shown.as_array().unwrap().iter().map(one).collect()
}

async fn answers(person: &Person, to: app::ids::StatusId, text: &str) -> app::ids::StatusId {
    person.posts_with(text, |draft| (draft.visibility, draft.in_reply_to_id) = (Some("direct".into()), Some(to))).await
}

stories! {
    async fn a_direct_message_is_a_conversation_of_both(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let first = alice.posts_as("@bob hello", "direct").await;
        for visibility in ["public", "unlisted", "private"] {
            alice.posts_as("@bob no message", visibility).await;
        }
        let shown = site.get("/api/v1/conversations").by(&bob).await.ok();
        assert_eq!(shown.as_array().unwrap().len(), 1);
        assert_eq!(keys(&shown[0]), ["accounts", "id", "last_status", "unread"]);
        assert!(shown[0]["id"].is_string());
        assert_eq!(shown[0]["accounts"], json!([site.get(&format!("/api/v1/accounts/{}", alice.account)).by(&bob).await.ok()]));
        assert_eq!(shown[0]["last_status"], site.get(&format!("/api/v1/statuses/{first}")).by(&bob).await.ok());
        let (alices, bobs) = (vec!["alice".to_owned()], vec!["bob".to_owned()]);
        assert_eq!(of(&site, &bob).await, [(true, alices.clone(), first.to_string())]);
        assert_eq!(of(&site, &alice).await, [(false, bobs.clone(), first.to_string())]);
        let second = answers(&bob, first, "@alice hello yourself").await;
        assert_eq!(of(&site, &bob).await, [(false, alices, second.to_string())], "answering is reading");
        assert_eq!(of(&site, &alice).await, [(true, bobs, second.to_string())]);
    }

    async fn blocking_ends_the_conversations_with_somebody(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        bob.posts_as("@alice hello", "direct").await;
        assert_eq!(of(&site, &alice).await.len(), 1);
        site.post(&format!("/api/v1/accounts/{}/block", bob.account)).by(&alice).await.ok();
        assert_eq!((of(&site, &alice).await.len(), of(&site, &bob).await.len()), (0, 1));
    }

    async fn other_people_in_a_thread_make_another_conversation(site: Site) {
        let mut site = site;
        site.world.add_user("carol").await;
        let [alice, bob, carol] = site.users(["alice", "bob", "carol"]);
        let first = alice.posts_as("@bob hello", "direct").await;
        let second = answers(&bob, first, "@alice @carol look").await;
        let note = alice.posts_as("note to myself", "direct").await;
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            of(&site, &alice).await,
            [(false, names(&["alice"]), note.to_string()), (true, names(&["bob", "carol"]), second.to_string()), (false, names(&["bob"]), first.to_string())]
        );
        assert_eq!(of(&site, &carol).await, [(true, names(&["alice", "bob"]), second.to_string())]);
        assert_eq!(of(&site, &bob).await.len(), 2);
    }

    async fn conversations_are_marked_and_put_away_by_their_owner_alone(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let first = alice.posts_as("@bob hello", "direct").await;
        let list = site.get("/api/v1/conversations").by(&bob).await.ok();
        let path = format!("/api/v1/conversations/{}", list[0]["id"].as_str().unwrap());
        for foreign in [path.as_str(), "/api/v1/conversations/1", "/api/v1/conversations/x", "/api/v1/conversations/99999999999999999999"] {
            assert_eq!(site.post(&format!("{foreign}/read")).by(&alice).await.error(), gone(), "{foreign}");
            assert_eq!(site.post(&format!("{foreign}/unread")).by(&alice).await.error(), gone(), "{foreign}");
            assert_eq!(site.delete(foreign).by(&alice).await.error(), gone(), "{foreign}");
        }
        assert!(of(&site, &bob).await[0].0, "nothing has changed");
        let mut read = list[0].clone();
        read["unread"] = json!(false);
        assert_eq!(site.post(&format!("{path}/read")).by(&bob).await.ok(), read);
        assert!(!of(&site, &bob).await[0].0);
        assert_eq!(site.post(&format!("{path}/unread")).by(&bob).await.ok(), list[0]);
        assert!(of(&site, &bob).await[0].0);
        assert_eq!(site.delete(&path).by(&bob).await.ok(), json!({}));
        assert_eq!(of(&site, &bob).await, []);
        assert_eq!(site.delete(&path).by(&bob).await.error(), gone());
        assert_eq!(of(&site, &alice).await.len(), 1, "hers stays");
        assert!(bob.can_see(first).await);
        let second = answers(&alice, first, "@bob again").await;
        assert_eq!(of(&site, &bob).await, [(true, vec!["alice".into()], second.to_string())], "the next message brings it back");
    }

    async fn deleting_the_last_message_brings_back_the_one_before(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let first = alice.posts_as("@bob hello", "direct").await;
        let second = answers(&alice, first, "@bob again").await;
        alice.deletes(second).await;
        assert_eq!(of(&site, &bob).await[0].2, first.to_string());
        assert_eq!(of(&site, &alice).await[0].2, first.to_string());
        alice.deletes(first).await;
        assert_eq!((of(&site, &bob).await, of(&site, &alice).await), (vec![], vec![]));
        site.world.drain_jobs().await;
        assert_eq!(of(&site, &bob).await, []);
    }

    async fn messages_of_those_one_does_not_want_to_hear_do_not_arrive(site: Site) {
        let mut site = site;
        for name in ["carol", "dave", "erin"] {
            site.world.add_user(name).await;
        }
        let [alice, bob, carol, dave, erin] = site.users(["alice", "bob", "carol", "dave", "erin"]);
        site.world.has_blocked(&bob, &alice).await;
        site.world.has_muted(&carol, &alice, true).await;
        site.world.has_muted(&dave, &alice, false).await;
        let first = alice.posts_as("@bob @carol @dave @erin hello", "direct").await;
        assert_eq!((of(&site, &bob).await, of(&site, &carol).await), (vec![], vec![]));
        assert_eq!((of(&site, &dave).await.len(), of(&site, &erin).await.len()), (1, 1), "a mute may leave notifications");
        site.world.has_muted_thread(&erin, first).await;
        answers(&dave, first, "@alice @bob @carol @erin again").await;
        assert_eq!(of(&site, &erin).await[0].2, first.to_string(), "the thread is muted");
        assert_eq!(of(&site, &bob).await, [], "somebody blocked is in it");
        site.world.has_silenced(&alice).await;
        alice.posts_as("@dave from a limited account", "direct").await;
        assert_eq!(of(&site, &dave).await.len(), 1);
        dave.follows(&alice).await;
        alice.posts_as("@dave whom you follow", "direct").await;
        assert_eq!(of(&site, &dave).await.len(), 2);
    }

    async fn conversations_are_paged_by_their_last_status(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let mut last = Vec::new();
        for n in 0..5 {
            last.insert(0, alice.posts_as(&format!("@bob {n}"), "direct").await);
        }
        let bumped = answers(&alice, last[3], "@bob bump").await;
        let shown = site.get("/api/v1/conversations?limit=40").by(&bob).await;
        assert_eq!(of(&site, &bob).await[0].2, bumped.to_string());
        pages_both_ways(&site, "/api/v1/conversations", &bob, &shown.ids()).await;
        let first = site.get("/api/v1/conversations?limit=1").by(&bob).await;
        assert_eq!(first.link("next").unwrap(), format!("/api/v1/conversations?limit=1&max_id={bumped}"));
        assert_eq!(first.link("prev").unwrap(), format!("/api/v1/conversations?limit=1&min_id={bumped}"));
        assert_eq!(site.get("/api/v1/conversations?limit=0&max_id=x&min_id=").by(&bob).await.status, 200);
    }

    async fn conversations_take_as_many_statements_for_one_as_for_twenty(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let mut counts = Vec::new();
        for count in [1, 20] {
            while of(&site, &bob).await.len() < count {
                alice.posts_as("@bob hello", "direct").await;
            }
            let (statements, answer) = site.world.statements_of(async { site.get("/api/v1/conversations").by(&bob).await }).await;
            assert_eq!(answer.ok().as_array().unwrap().len(), count);
            counts.push(statements);
        }
        assert_eq!(counts[0], counts[1]);
    }

    async fn conversations_are_closed_to_others(site: Site) {
        is_closed_without(&site, site.get("/api/v1/conversations"), "read:statuses").await;
        is_closed_without(&site, site.post("/api/v1/conversations/1/read"), "write:conversations").await;
        is_closed_without(&site, site.post("/api/v1/conversations/1/unread"), "write:conversations").await;
        is_closed_without(&site, site.delete("/api/v1/conversations/1"), "write:conversations").await;
    }
}
