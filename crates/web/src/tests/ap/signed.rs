//! Fetches that are signed by accounts of other servers.

use app::Origin;
use app::federation::actor as actor_of_others;
use app::federation::budget::Budget;
use app::federation::domains::{self, Block, Severity};
use app::federation::keys::Dialect;
use app::federation::resolve;
use app::ids::{AccountId, StatusId};
use app::stories;
use app::testing::{Answer as Served, Engine, Fediverse, Person, RemotePerson, TestKey, World};
use serde_json::{Value, json};

use super::{actor, fetch, read, status};
use crate::Options;
use crate::tests::site::{Answer, Ask, Site};

type Headers = Vec<(&'static str, String)>;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A site among others, and two people elsewhere of whom the first follows alice.
struct Fetches {
    site: Site,
    others: Fediverse,
    bob: RemotePerson,
    eve: RemotePerson,
}

impl Fetches {
    async fn new(engine: Engine) -> Fetches {
        let others = Fediverse::open().await;
        let outgoing = others.outgoing();
        let world = World::with(engine, |options| options.outgoing = outgoing).await.with_users(["alice", "carl"]).await;
        let (bob, eve) = (others.person("a", "bob"), others.person("b", "eve"));
        let alice = world.user("alice").account;
        let follower = resolve::account(&world.app, &bob.uri, &Budget::default()).await.unwrap();
        world.joins(follower, alice).await;
        Fetches { site: Site::of(world, Options::default()), others, bob, eve }
    }

    fn alice(&self) -> Person {
        self.site.user("alice")
    }

    async fn knows(&self, person: &RemotePerson) -> AccountId {
        resolve::account(&self.site.world.app, &person.uri, &Budget::default()).await.unwrap()
    }

    /// Somebody known here whom alice blocks.
    async fn blocked(&self) -> RemotePerson {
        let person = self.others.person("blocked", "mallory");
        let account = self.knows(&person).await;
        self.site.post(&format!("/api/v1/accounts/{account}/block")).by(&self.alice()).await.ok();
        person
    }

    /// Two people on a domain that alice blocks, of whom the first is known here.
    async fn on_a_blocked_domain(&self) -> [RemotePerson; 2] {
        let people = [self.others.person("shut", "oscar"), self.others.person("shut", "olga")];
        self.knows(&people[0]).await;
        self.site.world.has_blocked_domain(&self.alice(), &people[0].domain).await;
        people
    }

    /// Somebody known here, on a server that is suspended.
    async fn on_a_suspended_server(&self) -> RemotePerson {
        let person = self.others.person("suspended", "sybil");
        self.knows(&person).await;
        let block = Block { severity: Severity::Suspend, ..Block::default() };
        domains::block(&self.site.world.app, Origin::System, &person.domain, block).await.unwrap();
        person
    }

    /// A server's own actor, known here.
    async fn server(&self) -> RemotePerson {
        let person = self.others.person("server", "server.test");
        let mut actor = person.actor();
        actor["type"] = "Application".into();
        self.others.serves(&person.uri, Served::activity(&actor));
        self.knows(&person).await;
        person
    }

    fn ask(&self, address: &str, headers: &[(&'static str, String)]) -> Ask {
        headers.iter().fold(fetch(&self.site, address), |ask, (name, value)| ask.header(name, value))
    }

    fn signed(&self, person: &RemotePerson, address: &str) -> Headers {
        person.signed("GET", address, None, self.site.world.now())
    }

    async fn fetched_by(&self, person: &RemotePerson, address: &str) -> Answer {
        self.ask(address, &self.signed(person, address)).await
    }

    /// The same in the dialect of RFC 9421.
    async fn fetched_in_9421(&self, person: &RemotePerson, address: &str) -> Answer {
        self.ask(address, &person.signed_in(Dialect::Rfc9421, "GET", address, None, self.site.world.now())).await
    }
}

/// Addresses of the statuses in a collection's page, or of its items that are addresses.
fn listed(answer: &Answer, address: &str) -> Vec<String> {
    let page = read(answer, address);
    let of = |item: &Value| item["object"]["id"].as_str().or_else(|| item["id"].as_str()).or_else(|| item.as_str()).unwrap().to_owned();
    page["orderedItems"].as_array().unwrap().iter().map(of).collect()
}

stories! {
    async fn a_private_status_is_read_by_a_follower_and_missing_for_all_others(it: Fetches) {
        let alice = it.site.user("alice");
        let id = alice.posts_as("for followers", "private").await;
        let secret = alice.posts_as("for nobody", "direct").await;
        let address = status(&alice, id);
        let answer = it.fetched_by(&it.bob, &address).await;
        assert_eq!(read(&answer, &address)["content"], "<p>for followers</p>");
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert!(answer.headers.get_all("vary").iter().any(|vary| vary == "Signature"));
        let missing = it.fetched_by(&it.eve, &status(&alice, StatusId(1))).await;
        for answer in [it.fetched_by(&it.eve, &address).await, it.fetched_by(&it.bob, &status(&alice, secret)).await, fetch(&it.site, &address).await] {
            assert_eq!((answer.status, answer.text()), (404, missing.text()));
        }
        let before = it.others.asked().len();
        let public = status(&alice, alice.posts("hello").await);
        read(&it.fetched_by(&it.others.person("c", "carol"), &public).await, &public);
        read(&it.fetched_by(&it.others.person("c", "carol"), &actor(&alice)).await, &actor(&alice));
        assert_eq!(it.others.asked().len(), before, "no key is asked for what everybody may read");
    }

    async fn who_is_suspended_or_of_a_blocked_server_reads_nothing_private(it: Fetches) {
        let alice = it.site.user("alice");
        let address = status(&alice, alice.posts_as("for followers", "private").await);
        assert_eq!(it.fetched_by(&it.bob, &address).await.status, 200);
        let mut gone = it.bob.actor();
        gone["suspended"] = true.into();
        actor_of_others::keep(&it.site.world.app, &gone, &Budget::default()).await.unwrap();
        assert_eq!(it.fetched_by(&it.bob, &address).await.status, 404);
        actor_of_others::keep(&it.site.world.app, &it.bob.actor(), &Budget::default()).await.unwrap();
        assert_eq!(it.fetched_by(&it.bob, &address).await.status, 200);
        let block = Block { severity: Severity::Suspend, ..Block::default() };
        domains::block(&it.site.world.app, Origin::System, &it.bob.domain, block).await.unwrap();
        assert_eq!(it.fetched_by(&it.bob, &address).await.status, 404);
    }

    async fn each_viewer_reads_the_statuses_they_may_and_no_others(it: Fetches) {
        let (alice, dana) = (it.alice(), it.others.person("dana", "dana"));
        it.knows(&dana).await;
        let stranger = it.others.person("known", "trent");
        it.knows(&stranger).await;
        let (blocked, [oscar, olga], suspended, server) = (it.blocked().await, it.on_a_blocked_domain().await, it.on_a_suspended_server().await, it.server().await);
        let named = format!("@{}@{} psst", dana.username, dana.domain);
        let [public, unlisted, private] = [
            status(&alice, alice.posts("one").await),
            status(&alice, alice.posts_as("two", "unlisted").await),
            status(&alice, alice.posts_as("three", "private").await),
        ];
        let direct = status(&alice, alice.posts_as(&named, "direct").await);
        let [ok, no] = [200, 404];
        // Public, unlisted, followers-only, direct to dana.
        let viewers = [
            ("a follower", &it.bob, [ok, ok, ok, no]),
            ("who is named", &dana, [ok, ok, no, ok]),
            ("a stranger", &stranger, [ok, ok, no, no]),
            ("a stranger of whom nothing is known", &it.eve, [ok, ok, no, no]),
            ("the actor of a server", &server, [ok, ok, no, no]),
            ("who is blocked", &blocked, [no, no, no, no]),
            ("on a domain that the author blocks", &oscar, [no, no, no, no]),
            ("on such a domain, and not known here", &olga, [no, no, no, no]),
            ("on a suspended server", &suspended, [no, no, no, no]),
        ];
        for (who, person, expected) in viewers {
            for (address, expected) in [&public, &unlisted, &private, &direct].into_iter().zip(expected) {
                for part in ["", "/activity", "/replies", "/replies?page=true", "/likes", "/shares"] {
                    let address = format!("{address}{part}");
                    let answers = [it.fetched_by(person, &address).await, it.fetched_in_9421(person, &address).await];
                    assert_eq!(answers.map(|answer| answer.status), [expected; 2], "{who}: {address}");
                }
            }
        }
        for (address, expected) in [(&public, ok), (&unlisted, ok), (&private, no), (&direct, no)] {
            assert_eq!(fetch(&it.site, address).await.status, expected, "anybody: {address}");
        }
        // What a block takes away is what everybody may read; nobody learns why.
        let missing = it.fetched_by(&blocked, &status(&alice, StatusId(1))).await;
        assert_eq!(it.fetched_by(&blocked, &public).await.text(), missing.text());
    }

    async fn the_page_of_a_status_answers_signed_fetches_as_its_address_does(it: Fetches) {
        let alice = it.alice();
        let (blocked, suspended) = (it.blocked().await, it.on_a_suspended_server().await);
        let [public, private] = [alice.posts("one").await, alice.posts_as("two", "private").await].map(|id| format!("https://here.test/@alice/{id}"));
        let by_name = |id: &str| id.replace("/@alice/", "/users/Alice/statuses/");
        for (person, expected) in [(&it.bob, [200, 200]), (&it.eve, [200, 404]), (&blocked, [404, 404]), (&suspended, [404, 404])] {
            for (address, expected) in [&public, &private].into_iter().zip(expected) {
                for address in [address.clone(), by_name(address)] {
                    let answer = it.fetched_by(person, &address).await;
                    assert_eq!((answer.status, answer.header("cache-control")), (expected, "private, no-store"), "{address}");
                    assert!(answer.headers.get_all("vary").iter().any(|vary| vary == "Signature"), "{address}");
                }
            }
        }
    }

    async fn pages_of_an_outbox_show_what_who_signed_may_see(it: Fetches) {
        let (alice, carl) = (it.alice(), it.site.user("carl"));
        let dana = it.others.person("dana", "dana");
        it.knows(&dana).await;
        let (blocked, [oscar, olga], suspended) = (it.blocked().await, it.on_a_blocked_domain().await, it.on_a_suspended_server().await);
        let [public, private] = [status(&alice, alice.posts("one").await), status(&alice, alice.posts_as("two", "private").await)];
        let direct = status(&alice, alice.posts_as(&format!("@{}@{} psst", dana.username, dana.domain), "direct").await);
        let boost = format!("{}/activity", status(&alice, alice.reblogs(carl.posts("carl").await).await));
        let page = format!("{}/outbox?page=true", actor(&alice));
        let all: [(&str, &RemotePerson, Vec<&String>); 7] = [
            ("a follower", &it.bob, vec![&boost, &private, &public]),
            ("who is named", &dana, vec![&boost, &direct, &public]),
            ("a stranger", &it.eve, vec![&boost, &public]),
            ("who is blocked", &blocked, vec![]),
            ("on a blocked domain", &oscar, vec![]),
            ("on a blocked domain, not known here", &olga, vec![]),
            ("on a suspended server", &suspended, vec![]),
        ];
        for (who, person, expected) in all {
            let address = if who == "a follower" { format!("{page}&max_id={}", i64::MAX) } else { page.clone() };
            let address = address.replace(&format!("?page=true&max_id={}", i64::MAX), &format!("?max_id={}&page=true", i64::MAX));
            for answer in [it.fetched_by(person, &address).await, it.fetched_in_9421(person, &address).await] {
                assert_eq!(listed(&answer, &address).iter().collect::<Vec<_>>(), expected, "{who}");
                assert_eq!(answer.header("cache-control"), "private, no-store");
            }
        }
        let anybody = fetch(&it.site, &page).await;
        assert_eq!(listed(&anybody, &page), [boost.clone(), public.clone()]);
        assert_eq!(anybody.header("cache-control"), "max-age=180, public");
        // Whom carl blocks does not find what alice passed on of his.
        it.site.post(&format!("/api/v1/accounts/{}/block", it.knows(&it.eve).await)).by(&carl).await.ok();
        assert_eq!(listed(&it.fetched_by(&it.eve, &page).await, &page), [public]);
        // How much there is, everybody may know.
        let whole = format!("{}/outbox", actor(&alice));
        assert_eq!(read(&it.fetched_by(&blocked, &whole).await, &whole), read(&fetch(&it.site, &whole).await, &whole));
    }

    async fn pins_are_whole_if_public_and_addresses_if_not_and_hidden_from_the_blocked(it: Fetches) {
        let alice = it.alice();
        let (blocked, [oscar, olga], suspended) = (it.blocked().await, it.on_a_blocked_domain().await, it.on_a_suspended_server().await);
        let mut pins = Vec::new();
        for visibility in ["public", "unlisted", "private"] {
            let id = alice.posts_as(visibility, visibility).await;
            it.site.post(&format!("/api/v1/statuses/{id}/pin")).by(&alice).await.ok();
            pins.insert(0, status(&alice, id));
        }
        let featured = format!("{}/collections/featured", actor(&alice));
        for answer in [fetch(&it.site, &featured).await, it.fetched_by(&it.bob, &featured).await, it.fetched_by(&it.eve, &featured).await] {
            assert_eq!(listed(&answer, &featured), pins);
            let document = read(&answer, &featured);
            assert_eq!((&document["totalItems"], &document["orderedItems"][0]), (&json!(3), &json!(pins[0])));
            assert_eq!(document["orderedItems"][1]["content"], "<p>unlisted</p>");
        }
        for person in [&blocked, &oscar, &olga, &suspended] {
            let answer = it.fetched_by(person, &featured).await;
            assert!(listed(&answer, &featured).is_empty());
            assert_eq!(answer.header("cache-control"), "private, no-store");
        }
    }

    async fn what_proves_nothing_is_read_as_if_it_was_not_signed(it: Fetches) {
        let alice = it.alice();
        let [public, private] = [status(&alice, alice.posts("one").await), status(&alice, alice.posts_as("two", "private").await)];
        let outbox = format!("{}/outbox?page=true", actor(&alice));
        let now = it.site.world.now();
        for dialect in [Dialect::Cavage, Dialect::Rfc9421] {
            let signed = |address: &str, at: i64| it.bob.signed_in(dialect, "GET", address, None, at);
            let altered = |address: &str| -> Headers {
                let spoilt = |name: &str, value: String| if name == "signature" { value.replace(['A', 'B', 'C', 'D'], "x") } else { value };
                signed(address, now).into_iter().map(|(name, value)| (name, spoilt(name, value))).collect()
            };
            let to_another_host = |address: &str| -> Headers {
                signed(&address.replace("here.test", "else.test"), now)
            };
            type Sign<'a> = &'a dyn Fn(&str) -> Headers;
            let cases: [(&str, Sign<'_>); 8] = [
                ("altered", &altered),
                ("for another path", &|_| signed(&actor(&alice), now)),
                ("for another host", &to_another_host),
                ("by POST", &|address| it.bob.signed_in(dialect, "POST", address, None, now)),
                ("long ago", &|address| signed(address, now - DAY_MS)),
                ("in the future", &|address| signed(address, now + DAY_MS)),
                ("no signature at all", &|_| vec![("signature", "keyId".to_owned())]),
                ("by a key of ours", &|address| {
                    let own = RemotePerson { domain: "here.test".into(), username: "alice".into(), uri: actor(&alice) };
                    own.signed_in(dialect, "GET", address, None, now)
                }),
            ];
            for (what, headers) in cases {
                let ask = |address: &str| it.ask(address, &headers(address));
                assert_eq!(read(&ask(&public).await, &public)["content"], "<p>one</p>", "{what}");
                assert_eq!(ask(&private).await.status, 404, "{what}");
                let page = ask(&outbox).await;
                assert_eq!((listed(&page, &outbox), page.header("cache-control")), (vec![public.clone()], "private, no-store"), "{what}");
            }
            // The right one, also a second time: it opens nothing else, and not for long.
            let headers = signed(&private, it.site.world.now());
            assert_eq!([it.ask(&private, &headers).await.status, it.ask(&private, &headers).await.status], [200, 200]);
            it.site.world.advance(14 * HOUR_MS);
            assert_eq!(it.ask(&private, &headers).await.status, 404, "replayed after its time");
            it.site.world.advance(-14 * HOUR_MS);
        }
    }

    async fn a_key_that_has_changed_is_asked_for_only_where_something_is_missing(it: Fetches) {
        let alice = it.alice();
        let blocked = it.blocked().await;
        let [public, private] = [status(&alice, alice.posts("one").await), status(&alice, alice.posts_as("two", "private").await)];
        let old = TestKey::rsa();
        for person in [&it.bob, &blocked] {
            app::testing::replace_key(&it.site.world, &person.key_id(), &old.public_pem).await;
            it.site.world.forget_keys(it.knows(person).await);
        }
        let fetched = it.others.fetched().len();
        assert_eq!(it.fetched_by(&it.bob, &public).await.status, 200);
        assert_eq!(it.fetched_by(&blocked, &public).await.status, 200, "it proves nothing");
        assert_eq!(it.others.fetched().len(), fetched);
        assert_eq!(it.fetched_by(&it.bob, &private).await.status, 200);
        assert_eq!(&it.others.fetched()[fetched..], std::slice::from_ref(&it.bob.uri));
        assert_eq!(it.fetched_by(&blocked, &private).await.status, 404);
        assert_eq!(it.fetched_by(&blocked, &public).await.status, 404, "now it is known whose it is");
    }

    async fn answers_that_depend_on_who_signed_say_so_and_are_kept_by_nobody_then(it: Fetches) {
        let alice = it.alice();
        let id = alice.posts("one").await;
        let (note, boost) = (status(&alice, id), status(&alice, alice.reblogs(it.site.user("carl").posts("hi").await).await));
        let by_name = note.replace(&actor(&alice), "https://here.test/users/alice");
        let dependent = [
            note.clone(), by_name.clone(), format!("{by_name}/likes"), format!("{note}/activity"), format!("{note}/replies"), format!("{note}/replies?page=true"),
            format!("{note}/likes"), format!("{note}/shares"), boost, format!("https://here.test/@alice/{id}"), format!("{}/outbox?page=true", actor(&alice)),
            "https://here.test/users/alice/outbox?page=true".into(), format!("{}/collections/featured", actor(&alice)), status(&alice, StatusId(1)),
        ];
        let varies = |answer: &Answer| answer.headers.get_all("vary").iter().any(|vary| vary == "Signature");
        for address in dependent {
            let (anybody, signed) = (fetch(&it.site, &address).await, it.fetched_by(&it.bob, &address).await);
            assert!(varies(&anybody) && varies(&signed), "{address}");
            assert_eq!((anybody.status, signed.header("cache-control")), (signed.status, "private, no-store"), "{address}");
            if anybody.status == 200 {
                assert_eq!(anybody.header("cache-control"), "max-age=180, public", "{address}");
                let known = it.ask(&address, &it.signed(&it.bob, &address)).header("if-none-match", signed.header("etag")).await;
                assert_eq!((known.status, known.header("cache-control")), (304, "private, no-store"), "{address}");
            }
        }
        let for_all = [actor(&alice), format!("{}/followers", actor(&alice)), format!("{}/following?page=true", actor(&alice)), "https://here.test/actor".into()];
        for address in for_all {
            let (anybody, signed) = (fetch(&it.site, &address).await, it.fetched_by(&it.bob, &address).await);
            assert_eq!((anybody.text(), anybody.header("cache-control")), (signed.text(), signed.header("cache-control")), "{address}");
            assert!(!varies(&anybody) && anybody.header("cache-control").ends_with("public"), "{address}");
        }
    }

    async fn signed_reads_take_a_fixed_number_of_statements_and_fetch_nothing_for_what_is_public(it: Fetches) {
        let alice = it.alice();
        let stranger = it.others.person("known", "trent");
        it.knows(&stranger).await;
        let note = status(&alice, alice.posts("one").await);
        let places = [note.clone(), format!("{note}/replies"), format!("{}/outbox?page=true", actor(&alice)), format!("{}/collections/featured", actor(&alice))];
        let fetched = it.others.asked().len();
        let mut counts = Vec::new();
        for round in 0..2 {
            for address in &places {
                let anybody = it.site.world.statements_of(async { fetch(&it.site, address).await }).await.0;
                it.fetched_by(&it.bob, address).await;
                for person in [&it.bob, &stranger] {
                    let signed = it.site.world.statements_of(it.fetched_by(person, address)).await.0;
                    assert!(signed <= anybody + 3, "{address}: {signed} of {anybody}");
                    counts.push(signed);
                }
                it.fetched_by(&it.eve, address).await;
            }
            if round == 0 {
                for n in 0..10 {
                    alice.posts(&format!("more {n}")).await;
                }
                it.fetched_by(&stranger, &note).await;
            }
        }
        let (before, after) = counts.split_at(counts.len() / 2);
        assert!(after.iter().zip(before).all(|(after, before)| *after <= before + 1), "{before:?} {after:?}");
        assert_eq!(it.others.asked().len(), fetched, "nobody is asked for a key");
        // What is not public has a key fetched, whether it is there or not, and once.
        for (host, address) in [("x", status(&alice, StatusId(1))), ("y", status(&alice, alice.posts_as("two", "private").await))] {
            let somebody = it.others.person(host, "somebody");
            assert_eq!(it.fetched_by(&somebody, &address).await.status, 404);
            let asked = it.others.fetched().iter().filter(|url| **url == somebody.uri).count();
            it.fetched_by(&somebody, &address).await;
            assert_eq!((asked, it.others.fetched().iter().filter(|url| **url == somebody.uri).count()), (1, 1), "{address}");
        }
    }
}
