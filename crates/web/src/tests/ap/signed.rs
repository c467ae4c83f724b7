//! Fetches of what is not public, signed by accounts of other servers.

use app::Origin;
use app::federation::actor as actor_of_others;
use app::federation::domains::{self, Block, Severity};
use app::federation::resolve::{self, Budget};
use app::ids::StatusId;
use app::stories;
use app::testing::{Engine, Fediverse, RemotePerson, World};

use super::{actor, fetch, read, status};
use crate::Options;
use crate::tests::site::{Answer, Site};

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
        let world = World::with(engine, |options| options.outgoing = outgoing).await.with_user("alice").await;
        let (bob, eve) = (others.person("a", "bob"), others.person("b", "eve"));
        let alice = world.user("alice").account;
        let follower = resolve::account(&world.app, &bob.uri, &Budget::default()).await.unwrap();
        world.joins(follower, alice).await;
        Fetches { site: Site::of(world, Options::default()), others, bob, eve }
    }

    async fn fetched_by(&self, person: &RemotePerson, address: &str) -> Answer {
        let mut ask = fetch(&self.site, address);
        for (name, value) in person.signed("GET", address, None, self.site.world.now()) {
            ask = ask.header(name, &value);
        }
        ask.await
    }
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
}
