//! Which servers we speak with: rules, what they do to accounts, and what is left when they are lifted.

use store::domain_rules::{self, DomainBlock};
use store::{AccountId, accounts, audit_log, follows};

use super::problems;
use crate::accounts::follow;
use crate::bus::Event;
use crate::federation::domains::{self, Block, Rule, Severity, allow, apply_to_new, block, disallow, unblock};
use crate::testing::{Engine, World};
use crate::{Error, Origin, stories};

async fn blocks(world: &World, domain: &str, severity: Severity) {
    block(&world.app, Origin::Cli, domain, Block { severity, ..Block::default() }).await.unwrap();
}

async fn account(world: &World, id: AccountId) -> accounts::Account {
    world.read(move |r| async move { Ok(accounts::find(&r, id).await?.unwrap()) }).await
}

async fn is_suspended(world: &World, id: AccountId) -> bool {
    account(world, id).await.suspended_at.is_some()
}

async fn limited(engine: Engine) -> World {
    World::with(engine, |options| options.limited_federation = true).await
}

stories! {
    async fn a_block_is_for_every_form_of_the_name_and_all_below_it(world: World) {
        blocks(&world, " BÜCHER.test. ", Severity::Suspend).await;
        for domain in ["bücher.test", "xn--bcher-kva.test", "XN--BCHER-KVA.TEST.", "shop.bücher.test", "a.b.xn--bcher-kva.test:8443"] {
            assert!(world.app.context().rule(domain).suspended, "{domain}");
        }
        for domain in ["test", "bucher.test", "mybücher.test", "xn--bcher-kva.test.evil.test", ""] {
            assert_eq!(world.app.context().rule(domain), Rule::default(), "{domain}");
        }
    }

    async fn the_longest_name_decides(world: World) {
        blocks(&world, "a.test", Severity::Suspend).await;
        blocks(&world, "good.a.test", Severity::Noop).await;
        blocks(&world, "a.test:8443", Severity::Silence).await;
        assert!(world.app.context().rule("a.test").suspended && world.app.context().rule("bad.a.test").suspended);
        assert_eq!(world.app.context().rule("x.good.a.test"), Rule::default());
        let with_port = world.app.context().rule("a.test:8443");
        assert!(with_port.silenced && !with_port.suspended);
    }

    async fn nobody_blocks_themselves(world: World) {
        for own in ["here.test", "HERE.test.", "test", "here.test:443"] {
            let error = block(&world.app, Origin::Cli, own, Block::default()).await.unwrap_err();
            assert_eq!(problems(error), ["invalid-domain-own"], "{own}");
        }
        for none in ["", "no domain", "https://a.test/"] {
            assert!(matches!(block(&world.app, Origin::Cli, none, Block::default()).await, Err(Error::Invalid(_))), "{none}");
        }
        assert!(matches!(unblock(&world.app, Origin::Cli, "a.test").await, Err(Error::NotFound(_))));
        assert_eq!(world.app.context().rule("here.test"), Rule::default());
    }

    async fn a_suspended_hosts_accounts_vanish_with_what_tied_them_to_people_here(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let (bad, below, other) = (world.stranger("bad", "a.test").await, world.stranger("low", "x.a.test").await, world.stranger("ok", "ba.test").await);
        for stranger in [bad, below, other] {
            world.joins(alice.account, stranger).await;
            world.joins(stranger, alice.account).await;
        }
        let status = world.hears(bad, None).await;
        blocks(&world, "a.test", Severity::Suspend).await;
        world.drain_jobs().await;
        assert!(is_suspended(&world, bad).await && is_suspended(&world, below).await && !is_suspended(&world, other).await);
        let me = account(&world, alice.account).await;
        assert_eq!((me.following_count, me.followers_count), (1, 1));
        let (visible, follows_bad) = world.read(move |r| async move {
            Ok((store::statuses::visible_ids(&r, &[status], None).await?, follows::exists(&r, alice.account, bad).await?))
        }).await;
        assert!(visible.is_empty() && !follows_bad);
        let viewer = world.user("alice").viewer().await;
        assert!(matches!(follow::follow(&world.app, &viewer, bad, follow::Wish::default()).await, Err(Error::NotFound(_))));
        unblock(&world.app, Origin::Cli, "a.test").await.unwrap();
        world.drain_jobs().await;
        assert!(!is_suspended(&world, bad).await && !is_suspended(&world, below).await);
        assert_eq!(world.app.context().rule("a.test"), Rule::default());
        let visible = world.read(move |r| async move { Ok(store::statuses::visible_ids(&r, &[status], None).await?) }).await;
        assert_eq!(visible, [status]);
        let log: Vec<String> = world.read(|r| async move { Ok(audit_log::list(&r, 10).await?) }).await.into_iter().map(|entry| entry.action).collect();
        assert_eq!(log[..2], ["domain.unblock", "domain.block"]);
    }

    async fn lifting_a_block_leaves_those_alone_who_are_suspended_for_themselves(world: World) {
        let (one, other) = (world.stranger("one", "a.test").await, world.stranger("other", "a.test").await);
        world.write(move |tx| async move { Ok(accounts::suspend(&tx, other).await?) }).await;
        world.advance(1_000);
        blocks(&world, "a.test", Severity::Suspend).await;
        world.drain_jobs().await;
        unblock(&world.app, Origin::Cli, "a.test").await.unwrap();
        world.drain_jobs().await;
        assert!(!is_suspended(&world, one).await && is_suspended(&world, other).await);
    }

    async fn a_block_that_becomes_milder_takes_back_what_it_did(world: World) {
        let one = world.stranger("one", "a.test").await;
        blocks(&world, "a.test", Severity::Suspend).await;
        world.drain_jobs().await;
        world.advance(1_000);
        blocks(&world, "a.test", Severity::Silence).await;
        world.drain_jobs().await;
        let now = account(&world, one).await;
        assert!(now.suspended_at.is_none() && now.silenced_at.is_some());
        blocks(&world, "a.test", Severity::Noop).await;
        world.drain_jobs().await;
        assert!(account(&world, one).await.silenced_at.is_none());
    }

    async fn who_comes_from_a_limited_host_later_is_limited_too(world: World) {
        blocks(&world, "a.test", Severity::Silence).await;
        let late = world.stranger("late", "x.a.test").await;
        world.write(move |tx| async move { apply_to_new(&tx, late, "x.a.test").await }).await;
        assert!(account(&world, late).await.silenced_at.is_some() && !is_suspended(&world, late).await);
        unblock(&world.app, Origin::Cli, "a.test").await.unwrap();
        world.drain_jobs().await;
        assert!(account(&world, late).await.silenced_at.is_none());
    }

    async fn a_host_with_many_ties_is_done_a_batch_at_a_time(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice").account;
        let mut strangers = Vec::new();
        for _ in 0..55 {
            strangers.push(world.knows_somebody_on("a.test").await);
        }
        let everybody = strangers.clone();
        world.write(move |tx| async move {
            let options = follows::Options { show_reblogs: true, notify: false, languages: None };
            for one in &everybody {
                for other in &everybody[..5] {
                    if one != other {
                        follows::insert(&tx, *one, *other, &options).await?;
                    }
                }
                follows::insert(&tx, *one, alice, &options).await?;
            }
            Ok(())
        }).await;
        blocks(&world, "a.test", Severity::Suspend).await;
        world.drain_jobs().await;
        for one in strangers {
            assert!(is_suspended(&world, one).await);
            let left = world.read(move |r| async move { Ok(follows::list_of_account(&r, one, 1).await?) }).await;
            assert!(left.is_empty(), "{left:?}");
        }
    }

    async fn another_node_hears_of_a_change(world: World) {
        let mut bus = world.app.bus.listen();
        world.write(|tx| async move {
            let block = DomainBlock {
                domain: "a.test".into(), severity: domain_rules::SUSPEND, reject_media: false, reject_reports: false,
                private_comment: String::new(), public_comment: String::new(), obfuscate: false, created_at: tx.now(),
            };
            domain_rules::put_block(&tx, &block).await?;
            crate::bus::publish(&tx, &Event::DomainsChanged);
            Ok(())
        }).await;
        assert_eq!(bus.recv().await.unwrap(), Event::DomainsChanged);
        assert!(!world.app.context().rule("a.test").suspended);
        domains::reload(&world.app).await.unwrap();
        assert!(world.app.context().rule("a.test").suspended);
        assert!(world.opened_again().await.context().rule("a.test").suspended, "read at the start");
    }
}

/// Where only allowed hosts are spoken with.
struct Limited(World);

impl Limited {
    async fn new(engine: Engine) -> Limited {
        Limited(limited(engine).await)
    }
}

mod limited_mode {
    use super::*;

    stories! {
        async fn only_allowed_hosts_are_spoken_with_each_by_its_own_name(site: Limited) {
            let world = site.0;
            allow(&world.app, Origin::Cli, "Friend.test.").await.unwrap();
            assert_eq!(world.app.context().rule("friend.TEST"), Rule::default());
            for domain in ["x.friend.test", "friend.test:8443", "other.test"] {
                assert!(world.app.context().rule(domain).suspended, "{domain}");
            }
            assert_eq!(world.app.context().rule("here.test"), Rule::default());
        }

        async fn a_host_that_is_no_longer_allowed_is_suspended_until_it_is_again(site: Limited) {
            let world = site.0;
            allow(&world.app, Origin::Cli, "friend.test").await.unwrap();
            let friend = world.stranger("friend", "friend.test").await;
            disallow(&world.app, Origin::Cli, "friend.test").await.unwrap();
            world.drain_jobs().await;
            assert!(is_suspended(&world, friend).await && world.app.context().rule("friend.test").suspended);
            assert!(matches!(disallow(&world.app, Origin::Cli, "friend.test").await, Err(Error::NotFound(_))));
            world.advance(1_000);
            allow(&world.app, Origin::Cli, "friend.test").await.unwrap();
            world.drain_jobs().await;
            assert!(!is_suspended(&world, friend).await);
            assert_eq!(domains::list(&world.app).await.unwrap().allows, ["friend.test"]);
        }
    }
}
