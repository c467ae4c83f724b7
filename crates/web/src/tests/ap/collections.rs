//! Collections, walked as a strict client walks them.

use std::collections::BTreeSet;

use app::stories;
use app::testing::Person;
use serde_json::Value;

use super::{actor, document, fetch, read, status};
use crate::tests::site::Site;

/// More pages than any list here has.
const PAGES_MAX: usize = 20;

/// All items of a collection: from the address in `first` by `next`; each page is of this collection and found where it
/// says it is, none comes twice.
async fn walked(site: &Site, address: &str, list: &str) -> Vec<Value> {
    let whole = document(site, address).await;
    let mut next = Some(whole["first"].clone());
    let (mut items, mut seen) = (Vec::new(), BTreeSet::new());
    while let Some(reference) = next {
        let page = match reference.as_str() {
            Some(address) => {
                assert!(seen.insert(address.to_owned()) && seen.len() < PAGES_MAX, "{address} comes twice");
                document(site, address).await
            }
            None => reference,
        };
        assert_eq!(page["partOf"], address);
        items.extend(page[list].as_array().unwrap().iter().cloned());
        next = page.get("next").cloned();
    }
    items
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item.as_str().or_else(|| item["id"].as_str()).unwrap()).collect()
}

async fn posts(person: &Person, count: usize) -> Vec<app::ids::StatusId> {
    let mut made = Vec::new();
    for n in 0..count {
        made.push(person.posts(&format!("number {n}")).await);
    }
    made
}

stories! {
    async fn an_outbox_is_read_to_its_end_and_back(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let outbox = format!("{}/outbox", actor(&alice));
        assert!(walked(&site, &outbox, "orderedItems").await.is_empty());
        let mut expected: Vec<String> = posts(&alice, 44).await.into_iter().map(|id| format!("{}/activity", status(&alice, id))).collect();
        let reblogged = alice.reblogs(bob.posts("hello").await).await;
        expected.push(format!("{}/activity", status(&alice, reblogged)));
        alice.posts_as("hush", "private").await;
        expected.reverse();
        let items = walked(&site, &outbox, "orderedItems").await;
        assert_eq!(ids(&items), expected);
        assert_eq!((&items[0]["type"], &items[1]["type"], &items[1]["object"]["type"]), (&"Announce".into(), &"Create".into(), &"Note".into()));
        let whole = document(&site, &outbox).await;
        assert_eq!((whole["totalItems"].as_i64(), whole.get("orderedItems")), (Some(46), None));
        let last = document(&site, whole["last"].as_str().unwrap()).await;
        assert_eq!(ids(last["orderedItems"].as_array().unwrap()), &expected[25..], "the last page has the oldest");
        let second = document(&site, document(&site, whole["first"].as_str().unwrap()).await["next"].as_str().unwrap()).await;
        let back = document(&site, second["prev"].as_str().unwrap()).await;
        assert_eq!(ids(back["orderedItems"].as_array().unwrap()), &expected[..20]);
    }

    async fn followers_are_addresses_and_can_be_hidden(site: Site) {
        let alice = site.user("alice");
        let mut expected = Vec::new();
        for n in 0..45 {
            let name: &'static str = Box::leak(format!("fan{n}").into_boxed_str());
            let fan = site.world.stranger(name, "far.test").await;
            site.world.joins(fan, alice.account).await;
            site.world.joins(alice.account, fan).await;
            expected.push(format!("https://far.test/users/{name}"));
        }
        expected.reverse();
        for list in ["followers", "following"] {
            let place = format!("{}/{list}", actor(&alice));
            let items = walked(&site, &place, "orderedItems").await;
            assert_eq!(ids(&items), expected, "{list}");
            assert_eq!(document(&site, &place).await["totalItems"], 45);
            assert_eq!(document(&site, &format!("{place}?page=true")).await["totalItems"], 45);
        }
        site.world.hides_collections(&alice).await;
        for list in ["followers", "following"] {
            let place = format!("{}/{list}", actor(&alice));
            let hidden = document(&site, &place).await;
            assert_eq!((&hidden["totalItems"], hidden.get("first")), (&45.into(), None), "{list}");
            for page in ["page=true", "page=1", "max_id=5&page=true", "min_id=0"] {
                let page = fetch(&site, &format!("{place}?{page}")).await;
                assert_eq!((page.status, page.text().contains("far.test")), (403, false), "{}", page.text());
            }
        }
    }

    async fn answers_of_the_author_come_first_and_those_of_others_after(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let parent = alice.posts("hello").await;
        let far = site.world.stranger("carol", "far.test").await;
        let heard = site.world.hears(far, Some((parent, alice.account))).await;
        let mut own = Vec::new();
        let mut others = vec![format!("https://far.test/statuses/{heard}")];
        for n in 0..7 {
            others.push(status(&bob, bob.replies(parent, &format!("{n}")).await));
            own.push(status(&alice, alice.replies(parent, &format!("{n}")).await));
        }
        let place = format!("{}/replies", status(&alice, parent));
        let items = walked(&site, &place, "items").await;
        assert_eq!(ids(&items), own.iter().chain(&others).collect::<Vec<_>>());
        assert!(items[7].is_string() && items[8]["type"] == "Note", "those of others are named, ours are whole");
        // By others alone, as a page and as the first of the whole collection.
        let theirs = format!("{place}?only_other_accounts=true&page=true");
        let page = document(&site, &theirs).await;
        assert_eq!((ids(page["items"].as_array().unwrap()), page.get("next")), (others.iter().map(String::as_str).collect(), None));
        let answer = fetch(&site, &format!("{place}?only_other_accounts=true")).await;
        let whole: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((&whole["id"], &whole["type"], &whole["first"]), (&place.clone().into(), &"Collection".into(), &page));
        assert_eq!(document(&site, &place).await["first"]["next"], theirs, "the author's are few");
        let note = document(&site, &status(&alice, parent)).await;
        assert_eq!(note["replies"]["first"]["items"].as_array().unwrap().len(), 5);
        assert_eq!(ids(note["replies"]["first"]["items"].as_array().unwrap()), &own[..5]);
        assert!(note["replies"]["first"]["next"].as_str().unwrap().contains("min_id="));
    }

    async fn a_conversation_answers_where_its_statuses_say_it_is(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let top = alice.posts("hello").await;
        let mut expected = vec![status(&alice, top)];
        for n in 0..60 {
            expected.push(status(&bob, bob.replies(top, &format!("{n}")).await));
        }
        let place = document(&site, &expected[0]).await["context"].as_str().unwrap().to_owned();
        assert_eq!(document(&site, &expected[60]).await["context"], place);
        let whole = document(&site, &place).await;
        assert_eq!((&whole["type"], &whole["attributedTo"]), (&"Collection".into(), &actor(&alice).into()));
        assert_eq!(ids(whole["first"]["items"].as_array().unwrap()), &expected[..60], "its first page is in it");
        let items = document(&site, &format!("{place}/items")).await;
        assert_eq!((&items["first"], &items["type"]), (&whole["first"], &whole["type"]));
        assert_eq!(document(&site, &format!("{place}/items?page=true")).await, whole["first"]);
        let short = document(&site, &status(&alice, alice.posts("alone").await)).await["context"].as_str().unwrap().to_owned();
        assert_eq!(document(&site, &short).await["first"].get("next"), None);
        alice.posts_with("hush", |draft| (draft.in_reply_to_id, draft.visibility) = (Some(top), Some("private".into()))).await;
        assert_eq!(ids(&walked(&site, &place, "items").await), expected);
        let direct = alice.posts_as("@bob psst", "direct").await;
        let hidden = site.world.context_of(direct).await;
        for missing in [format!("{hidden}/items"), hidden, "/contexts/1".into(), "/contexts/x".into(), "/contexts/1/items".into()] {
            assert_eq!(fetch(&site, &missing).await.status, 404, "{missing}");
        }
    }

    async fn pinned_statuses_are_featured_newest_pin_first(site: Site) {
        let alice = site.user("alice");
        let made = posts(&alice, 3).await;
        for id in &made {
            site.post(&format!("/api/v1/statuses/{id}/pin")).by(&alice).await.ok();
        }
        let featured = document(&site, &format!("{}/collections/featured", actor(&alice))).await;
        let expected: Vec<String> = made.iter().rev().map(|id| status(&alice, *id)).collect();
        assert_eq!(ids(featured["orderedItems"].as_array().unwrap()), expected);
        assert_eq!((&featured["type"], &featured["totalItems"]), (&"OrderedCollection".into(), &3.into()));
        let tags = document(&site, &format!("{}/collections/tags", actor(&alice))).await;
        assert_eq!((&tags["type"], &tags["items"]), (&"Collection".into(), &serde_json::json!([])));
    }

    async fn collections_take_as_many_statements_for_one_as_for_twenty(site: Site) {
        let [alice, bob] = site.users(["alice", "bob"]);
        let rich = async || {
            let picture = alice.uploads(&site.world).await;
            let id = alice.posts_with("@bob #cats", |draft| draft.media_ids = vec![picture]).await;
            alice.reblogs(bob.posts("hi").await).await;
            id
        };
        let parent = rich().await;
        alice.replies(parent, "and").await;
        let places = [format!("{}/outbox?page=true", actor(&alice)), format!("{}/replies?page=true", status(&alice, parent)), actor(&alice)];
        let count = async |place: &String| site.world.statements_of(async { read(&fetch(&site, place).await, place) }).await.0;
        let mut before = Vec::new();
        for place in &places {
            count(place).await;
            before.push(count(place).await);
        }
        for _ in 0..10 {
            rich().await;
            alice.replies(parent, "and on").await;
        }
        let mut after = Vec::new();
        for place in &places {
            after.push(count(place).await);
        }
        assert_eq!(before, after);
        assert!(after.iter().all(|count| *count <= 12), "{after:?}");
    }
}
