//! What goes to other servers, and whether they take it.

use super::world::{Database, stories};
use crate::audience::Wanted;
use crate::deliveries::{self, BELL, Batch, Due, NewBody};
use crate::hosts::{self, Claimed, Failed};
use crate::{AccountId, DeliveryBodyId, DeliveryId, StatusId, args, audience, sql};

const LEASE_MS: i64 = 60_000;

fn inbox(domain: &str) -> String {
    format!("https://{domain}/inbox")
}

fn body(subject: &str) -> NewBody<'_> {
    NewBody { actor: AccountId(1), uri: "https://here.test/1", subject, body: r#"{"id":"https://here.test/1"}"#, distributing: false }
}

/// Queues an activity for the shared inboxes of these hosts. Returns those that were wanted.
async fn send<const N: usize>(db: &Database, domains: [&'static str; N]) -> Vec<String> {
    say(db, 1, "", domains).await
}

/// As [`send`], by this actor about this subject.
async fn say<const N: usize>(db: &Database, actor: i64, subject: &'static str, domains: [&'static str; N]) -> Vec<String> {
    db.write(move |tx| async move {
        let domains: Vec<String> = domains.map(str::to_owned).to_vec();
        let mut wanted = hosts::want(&tx, &domains).await?;
        wanted.sort();
        let body = deliveries::insert_body(&tx, NewBody { actor: AccountId(actor), ..body(subject) }).await?;
        let batches: Vec<Batch> = wanted.iter().map(|domain| Batch { domain: domain.clone(), inboxes: vec![inbox(domain)] }).collect();
        deliveries::enqueue(&tx, body, &batches).await?;
        Ok(wanted)
    })
    .await
}

async fn claim(db: &Database, owner: &'static str, failing: bool) -> Vec<Claimed> {
    let mut claimed = db.write(move |tx| async move { hosts::claim(&tx, owner, failing, 10, LEASE_MS).await }).await;
    claimed.sort_by(|one, other| one.domain.cmp(&other.domain));
    claimed
}

fn names(claimed: &[Claimed]) -> Vec<&str> {
    claimed.iter().map(|host| host.domain.as_str()).collect()
}

async fn due<const N: usize>(db: &Database, domains: [&'static str; N], limit: i64) -> Vec<Due> {
    let now = db.now();
    db.read(move |r| async move { deliveries::list_due(&r, &domains.map(str::to_owned), now, limit).await }).await
}

async fn only(db: &Database, domain: &'static str) -> DeliveryId {
    let found = due(db, [domain], 10).await;
    assert_eq!(found.len(), 1);
    found[0].id
}

async fn release(db: &Database, owner: &'static str, domain: &'static str) -> u64 {
    db.write(move |tx| async move {
        hosts::lock(&tx, &[domain.to_owned()]).await?;
        hosts::release(&tx, owner, &[domain.to_owned()]).await
    })
    .await
}

async fn fail(db: &Database, domain: &'static str, failed: Failed) {
    db.write(move |tx| async move { hosts::release_failed(&tx, "a", domain, &failed).await }).await;
}

async fn next_due(db: &Database) -> Option<i64> {
    db.read(|r| async move { hosts::next_due(&r).await }).await
}

stories! {
    async fn an_activity_is_kept_once_for_all_its_hosts(db) {
        assert_eq!(send(db, ["a.test", "b.test", "c.test"]).await, ["a.test", "b.test", "c.test"]);
        assert_eq!((db.count("delivery_bodies").await, db.count("deliveries").await, db.count("hosts").await), (1, 3, 3));
        assert!(db.committed().iter().any(|committed| committed.lanes & (1 << BELL) != 0), "the bell rings");
        let found = due(db, ["a.test", "c.test"], 10).await;
        assert_eq!(found.iter().map(|due| due.domain.as_str()).collect::<Vec<_>>(), ["a.test", "c.test"]);
        assert_eq!(found[0].inboxes, r#"["https://a.test/inbox"]"#);
        let body = found[0].body_id;
        let bodies = db.read(move |r| async move { Ok((deliveries::list_bodies(&r, &[body]).await?, deliveries::find_actor(&r, body).await?)) }).await;
        assert_eq!((bodies.0[0].actor_account_id, bodies.0[0].body.as_str(), bodies.1), (AccountId(1), r#"{"id":"https://here.test/1"}"#, Some(AccountId(1))));
        assert_eq!(db.read(|r| async move { deliveries::find_actor(&r, DeliveryBodyId(5)).await }).await, None);
    }

    async fn a_host_is_claimed_by_one_sender_until_it_is_given_back(db) {
        send(db, ["a.test", "b.test"]).await;
        assert_eq!(names(&claim(db, "a", false).await), ["a.test", "b.test"]);
        assert!(claim(db, "b", false).await.is_empty());
        let id = only(db, "a.test").await;
        db.write(move |tx| async move { deliveries::complete(&tx, &[id]).await }).await;
        assert_eq!(release(db, "b", "a.test").await, 0, "somebody else's");
        assert_eq!(release(db, "a", "a.test").await, 1);
        assert!(claim(db, "b", false).await.is_empty(), "nothing waits for it any more");
        db.advance(LEASE_MS);
        assert_eq!(names(&claim(db, "b", false).await), ["b.test"], "whoever held it has died");
        assert_eq!(db.write(|tx| async move { hosts::give_back(&tx, Some("a")).await }).await, 0);
        assert_eq!(db.write(|tx| async move { hosts::give_back(&tx, None).await }).await, 1);
        assert_eq!(names(&claim(db, "c", false).await), ["b.test"]);
    }

    async fn a_sender_that_lives_keeps_its_hosts_and_one_that_died_does_not(db) {
        send(db, ["a.test", "b.test"]).await;
        claim(db, "a", false).await;
        for _ in 0..4 {
            db.advance(LEASE_MS / 2);
            let renew = |owner: &'static str| db.write(move |tx| async move { hosts::renew(&tx, owner, &["a.test".into()], LEASE_MS).await });
            assert_eq!((renew("a").await, renew("b").await), (1, 0));
        }
        assert_eq!(names(&claim(db, "b", false).await), ["b.test"]);
        db.advance(LEASE_MS);
        assert_eq!(names(&claim(db, "c", false).await), ["a.test", "b.test"]);
        assert_eq!(db.write(|tx| async move { hosts::renew(&tx, "a", &["a.test".into()], LEASE_MS).await }).await, 0, "it is another's now");
    }

    async fn what_is_queued_while_a_host_is_claimed_is_due_when_it_is_given_back(db) {
        send(db, ["a.test"]).await;
        claim(db, "a", false).await;
        let id = only(db, "a.test").await;
        send(db, ["a.test"]).await;
        db.write(move |tx| async move { deliveries::complete(&tx, &[id]).await }).await;
        release(db, "a", "a.test").await;
        assert_eq!(next_due(db).await, Some(db.now()));
        assert_eq!(names(&claim(db, "a", false).await), ["a.test"]);
    }

    async fn deliveries_of_a_host_come_in_order_and_no_more_than_asked(db) {
        for _ in 0..3 {
            send(db, ["a.test", "b.test"]).await;
        }
        let found = due(db, ["a.test", "b.test"], 2).await;
        assert_eq!(found.len(), 4);
        let of_a: Vec<_> = found.iter().filter(|due| due.domain == "a.test").map(|due| due.id).collect();
        assert!(of_a.is_sorted() && of_a.len() == 2);
    }

    async fn a_delivery_that_failed_waits_with_what_is_left_of_it(db) {
        send(db, ["a.test"]).await;
        claim(db, "a", false).await;
        let (id, at) = (only(db, "a.test").await, db.now() + 500);
        db.write(move |tx| async move { deliveries::retry(&tx, id, &["https://a.test/2".into()], at, "503").await }).await;
        fail(db, "a.test", Failed { failures: 1, failing_days: 1, last_failed_day: Some(9), rests_until: None, unavailable: false }).await;
        assert_eq!(next_due(db).await, Some(at));
        db.advance(500);
        assert!(claim(db, "a", false).await.is_empty(), "it failed the last time");
        let claimed = claim(db, "a", true).await;
        assert_eq!((claimed[0].failures, claimed[0].failing_days, claimed[0].last_failed_day), (1, 1, Some(9)));
        let found = due(db, ["a.test"], 10).await;
        assert_eq!((found[0].attempts, found[0].inboxes.as_str()), (1, r#"["https://a.test/2"]"#));
        let shown = db.read(move |r| async move { deliveries::find(&r, id).await }).await.unwrap();
        assert_eq!((shown.last_error.as_deref(), shown.activity_uri.as_str()), (Some("503"), "https://here.test/1"));
    }

    async fn what_is_newer_about_a_subject_is_never_due_before_what_is_older(db) {
        say(db, 1, "https://here.test/s", ["a.test"]).await;
        let (id, at) = (only(db, "a.test").await, db.now() + 500);
        say(db, 1, "https://here.test/s", ["a.test"]).await;
        db.write(move |tx| async move { deliveries::retry(&tx, id, &[inbox("a.test")], at, "503").await }).await;
        assert!(due(db, ["a.test"], 10).await.is_empty(), "what waited behind it is put off with it");
        say(db, 1, "https://here.test/s", ["a.test", "b.test"]).await;
        let free = || async { due(db, ["a.test", "b.test"], 10).await.iter().map(|due| due.domain.clone()).collect::<Vec<_>>() };
        assert_eq!(free().await, ["b.test"], "what comes later waits where something waits");
        for (actor, subject) in [(1, "https://here.test/other"), (2, "https://here.test/s"), (1, ""), (1, "")] {
            say(db, actor, subject, ["a.test"]).await;
        }
        assert_eq!(free().await.len(), 5, "but others do not");
        db.advance(500);
        let about = due(db, ["a.test"], 10).await;
        assert_eq!((about.len(), about[4].id), (7, id), "those that were put off come last");
        assert!(about[4..].iter().map(|due| due.body_id).collect::<Vec<_>>().is_sorted());
    }

    async fn nothing_waits_behind_what_has_no_subject(db) {
        send(db, ["a.test"]).await;
        let (id, at) = (only(db, "a.test").await, db.now() + 500);
        send(db, ["a.test"]).await;
        db.write(move |tx| async move { deliveries::retry(&tx, id, &[inbox("a.test")], at, "503").await }).await;
        assert_ne!(only(db, "a.test").await, id);
    }

    async fn what_was_said_about_a_subject_can_be_taken_back(db) {
        let take_back = |actor, limit| db.write(move |tx| async move { deliveries::take_back(&tx, AccountId(actor), "https://here.test/s", limit).await });
        say(db, 1, "https://here.test/s", ["a.test", "b.test", "c.test"]).await;
        let dead = only(db, "b.test").await;
        db.write(move |tx| async move { deliveries::bury(&tx, dead, &[inbox("b.test")], "404").await }).await;
        say(db, 2, "https://here.test/s", ["a.test"]).await;
        say(db, 1, "https://here.test/other", ["a.test"]).await;
        assert_eq!(take_back(3, 10).await, Vec::<String>::new());
        assert_eq!(take_back(1, 2).await.len(), 2, "no more than asked");
        let mut taken = take_back(1, 10).await;
        assert_eq!((taken.len(), db.count("deliveries").await), (1, 2));
        say(db, 1, "https://here.test/s", ["d.test"]).await;
        taken = take_back(1, 10).await;
        assert_eq!(taken, [inbox("d.test")]);
    }

    async fn a_host_that_rests_is_not_claimed_before(db) {
        send(db, ["a.test"]).await;
        claim(db, "a", false).await;
        let rests_until = Some(db.now() + 1_000);
        fail(db, "a.test", Failed { failures: 10, rests_until, ..Failed::default() }).await;
        send(db, ["a.test"]).await;
        assert!(claim(db, "a", true).await.is_empty());
        assert_eq!(next_due(db).await, rests_until);
        db.advance(1_000);
        assert_eq!(names(&claim(db, "a", true).await), ["a.test"]);
    }

    async fn nothing_is_queued_for_an_unavailable_host_until_it_shows_that_it_lives(db) {
        send(db, ["a.test"]).await;
        claim(db, "a", false).await;
        fail(db, "a.test", Failed { failures: 3, failing_days: 7, last_failed_day: Some(1), rests_until: None, unavailable: true }).await;
        assert_eq!(db.write(|tx| async move { deliveries::bury_of_host(&tx, "a.test", "gone").await }).await, 1);
        assert_eq!(send(db, ["a.test", "b.test"]).await, ["b.test"]);
        assert!(claim(db, "a", true).await.is_empty());
        let listed = db.read(|r| async move { hosts::list_waiting(&r, 10).await }).await;
        assert_eq!((listed[0].domain.as_str(), listed[0].waiting, listed[0].dead, listed[0].last_error.as_deref()), ("a.test", 0, 1, Some("gone")));
        assert!(listed[0].unavailable_at.is_some() && listed[1].unavailable_at.is_none() && listed[1].waiting == 1);
        db.committed();
        db.write(|tx| async move { hosts::alive(&tx, "a.test").await }).await;
        assert_eq!(db.committed().len(), 1, "the bell rings");
        assert_eq!(send(db, ["a.test"]).await, ["a.test"]);
        db.write(|tx| async move { hosts::alive(&tx, "a.test").await }).await;
        assert_eq!(names(&claim(db, "a", false).await), ["a.test", "b.test"]);
    }

    async fn dead_letters_are_seen_and_can_be_queued_again(db) {
        send(db, ["a.test", "b.test"]).await;
        let (a, b) = (only(db, "a.test").await, only(db, "b.test").await);
        for id in [a, b] {
            db.write(move |tx| async move { deliveries::bury(&tx, id, &["https://a.test/x".into()], "404").await }).await;
        }
        let dead = db.read(|r| async move { deliveries::list_dead(&r, 10).await }).await;
        assert_eq!((dead.len(), dead[0].last_error.as_deref(), dead[0].dead_at), (2, Some("404"), Some(db.now())));
        let counts = db.read(|r| async move { deliveries::counts(&r).await }).await;
        assert_eq!((counts.waiting, counts.dead), (0, 2));
        assert_eq!(db.write(move |tx| async move { deliveries::revive(&tx, Some(a)).await }).await, 1);
        assert_eq!(only(db, "a.test").await, a);
        assert_eq!(db.write(|tx| async move { deliveries::delete_dead(&tx, i64::MAX, 10).await }).await, 1);
        assert_eq!(db.write(|tx| async move { deliveries::revive(&tx, None).await }).await, 0);
    }

    async fn an_activity_goes_when_nobody_waits_for_it(db) {
        send(db, ["a.test"]).await;
        let waits = || db.read(|r| async move { deliveries::waits_for_key(&r, AccountId(1)).await });
        let sweep = |before| db.write(move |tx| async move { deliveries::delete_bodies(&tx, before, 10).await });
        assert!(waits().await);
        assert_eq!(sweep(i64::MAX).await, 0);
        assert_eq!(db.write(|tx| async move { deliveries::drop_of_host(&tx, "a.test").await }).await, 1);
        assert!(!waits().await);
        assert_eq!(sweep(db.now()).await, 0, "too young");
        assert_eq!(sweep(i64::MAX).await, 1);
    }

    async fn what_an_actor_says_later_waits_while_something_is_handed_out(db) {
        let insert = |actor, distributing| {
            db.write(move |tx| async move { deliveries::insert_body(&tx, NewBody { actor: AccountId(actor), distributing, ..body("") }).await })
        };
        let waits = |actor, before, since| db.read(move |r| async move { deliveries::is_distributing(&r, AccountId(actor), before, since).await });
        let (first, second) = (insert(1, true).await, insert(1, true).await);
        insert(2, false).await;
        assert!(waits(1, None, 0).await && !waits(2, None, 0).await && !waits(1, None, db.now()).await);
        assert!(waits(1, Some(second), 0).await && !waits(1, Some(first), 0).await);
        assert_eq!(db.read(move |r| async move { deliveries::find_actor(&r, first).await }).await, Some(AccountId(1)));
        db.write(move |tx| async move { deliveries::distributed(&tx, first).await }).await;
        assert!(!waits(1, Some(second), 0).await && waits(1, None, 0).await);
    }

    async fn a_delivery_that_was_begun_is_due_for_the_rest(db) {
        send(db, ["a.test"]).await;
        let id = only(db, "a.test").await;
        db.write(move |tx| async move { deliveries::shorten(&tx, id, &["https://a.test/2".into()]).await }).await;
        let left = due(db, ["a.test"], 10).await.remove(0);
        assert_eq!((left.id, left.inboxes.as_str(), left.attempts), (id, r#"["https://a.test/2"]"#, 0));
    }

    async fn whom_somebody_blocks_is_not_among_anothers_followers(db) {
        let (author, replier) = (db.account().await, db.account().await);
        let hosts = ["a.test", "b.test", "c.test"];
        let mut people = Vec::new();
        for host in hosts {
            people.push(db.account_on(host).await);
        }
        let all = people.clone();
        db.write(move |tx| async move {
            for (account, host) in all.iter().zip(hosts) {
                tx.exec(sql!("UPDATE accounts SET inbox_url = $2 WHERE id = $1"), args![*account, inbox(host)]).await?;
                let options = crate::follows::Options { show_reblogs: true, notify: false, languages: None };
                crate::follows::insert(&tx, *account, author, &options).await?;
            }
            crate::stats::add_to_accounts(&tx, vec![(author, crate::stats::AccountDelta { followers: 3, ..Default::default() })]).await?;
            crate::blocks::insert(&tx, replier, all[0]).await?;
            crate::domain_blocks::insert(&tx, replier, "b.test").await.map(drop)
        })
        .await;
        let list = |accounts: Vec<AccountId>, without_blocked_by| {
            db.read(move |r| async move {
                let wanted = Wanted { followers_of: &[author], accounts: &accounts, without_blocked_by, only_own: false };
                audience::list_inboxes(&r, &wanted, "", 10).await
            })
        };
        assert_eq!(list(vec![], None).await.len(), 3);
        assert_eq!(list(vec![], Some(replier)).await, [inbox("c.test")]);
        assert_eq!(list(vec![people[0]], Some(replier)).await, [inbox("a.test"), inbox("c.test")], "who is named is meant");
        let count = db.read(move |r| async move { audience::count_followers(&r, &[author, replier]).await }).await;
        assert_eq!(count, 3);
        db.write(move |tx| async move {
            for account in [people[0], replier] {
                crate::statuses::insert_mention(&tx, StatusId(5), account, false).await?;
            }
            Ok(())
        })
        .await;
        let addressed = |followers_of| db.read(move |r| async move { audience::list_addressed(&r, StatusId(5), followers_of, 10).await });
        assert_eq!((addressed(Some(author)).await.len(), addressed(Some(replier)).await.len()), (1, 0));
    }

    async fn an_inbox_can_be_forgotten(db) {
        let (far, here) = (db.account_on("a.test").await, db.account().await);
        let inbox = |account| db.read(move |r| async move { deliveries::inbox_of(&r, account).await });
        assert_eq!((inbox(far).await, inbox(here).await), (None, None));
        db.write(move |tx| async move {
            tx.exec(sql!("UPDATE accounts SET inbox_url = 'https://a.test/own', shared_inbox_url = 'https://a.test/all' WHERE id = $1"), args![far]).await
        })
        .await;
        assert_eq!(inbox(far).await.as_deref(), Some("https://a.test/own"));
        db.write(|tx| async move { deliveries::forget_inbox(&tx, "https://a.test/own").await }).await;
        assert_eq!(inbox(far).await.as_deref(), Some("https://a.test/all"));
        db.write(|tx| async move { deliveries::forget_inbox(&tx, "https://a.test/all").await }).await;
        assert_eq!(inbox(far).await, None);
    }

    async fn an_audience_is_inboxes_each_once(db) {
        let author = db.account().await;
        let people = [db.account_on("a.test").await, db.account_on("a.test").await, db.account_on("b.test").await, db.account_on("c.test").await];
        db.write(move |tx| async move {
            for (account, own, shared) in [(people[0], "https://a.test/1", "https://a.test/all"), (people[1], "https://a.test/2", "https://a.test/all"), (people[2], "https://b.test/1", ""), (people[3], "https://c.test/1", "https://c.test/all")] {
                tx.exec(sql!("UPDATE accounts SET inbox_url = $2, shared_inbox_url = $3 WHERE id = $1"), args![account, own, shared]).await?;
            }
            for follower in &people[..3] {
                let options = crate::follows::Options { show_reblogs: true, notify: false, languages: None };
                crate::follows::insert(&tx, *follower, author, &options).await?;
            }
            Ok(())
        })
        .await;
        let list = |accounts: Vec<AccountId>, only_own, after: &'static str, limit| {
            db.read(move |r| async move {
                let wanted = Wanted { followers_of: &[author], accounts: &accounts, only_own, ..Wanted::default() };
                audience::list_inboxes(&r, &wanted, after, limit).await
            })
        };
        assert_eq!(list(vec![], false, "", 10).await, ["https://a.test/all", "https://b.test/1"]);
        assert_eq!(list(vec![people[3], author], false, "https://a.test/all", 10).await, ["https://b.test/1", "https://c.test/all"]);
        assert_eq!(list(vec![people[3]], false, "", 1).await, ["https://a.test/all"]);
        assert_eq!(list(vec![people[3]], true, "", 10).await, ["https://b.test/1"]);
        let shared = |after: &'static str| db.read(move |r| async move { audience::list_shared_inboxes(&r, after, 10).await });
        assert_eq!((shared("").await, shared("https://a.test/all").await), (vec!["https://a.test/all".into(), "https://c.test/all".into()], vec!["https://c.test/all".to_owned()]));
        let concerned = db.read(|r| async move { audience::list_concerned(&r, StatusId(5), 10).await }).await;
        assert!(concerned.is_empty());
        db.write(move |tx| async move {
            crate::statuses::insert_mention(&tx, StatusId(5), people[0], true).await?;
            crate::statuses::insert_mention(&tx, StatusId(5), author, false).await?;
            crate::favourites::insert(&tx, people[1], StatusId(5)).await.map(drop)
        })
        .await;
        let (addressed, concerned) =
            db.read(|r| async move { Ok((audience::list_addressed(&r, StatusId(5), None, 10).await?, audience::list_concerned(&r, StatusId(5), 10).await?)) }).await;
        assert_eq!((addressed, concerned), (vec![people[0]], vec![people[1]]));
    }

    async fn a_host_remembers_which_signatures_it_takes(db) {
        send(db, ["a.test"]).await;
        db.write(|tx| async move { hosts::set_dialect(&tx, "a.test", 2).await }).await;
        assert_eq!(claim(db, "a", false).await[0].signature_dialect, 2);
    }

    async fn what_a_host_runs_is_asked_for_once_in_a_while(db) {
        let begin = |domain: &'static str| db.write(move |tx| async move { hosts::begin_software_check(&tx, domain, LEASE_MS).await });
        let host = |domain: &'static str| db.read(move |r| async move { hosts::find_shown(&r, domain).await });
        send(db, ["a.test"]).await;
        let begun = db.now();
        assert_eq!((begin("a.test").await, begin("a.test").await, begin("b.test").await, begin("b.test").await), (true, false, true, false));
        db.write(|tx| async move { hosts::set_software(&tx, "a.test", "mastodon", "4.3.1").await }).await;
        db.write(|tx| async move { hosts::set_software(&tx, "c.test", "mastodon", "4.3.1").await }).await;
        db.advance(LEASE_MS - 1);
        assert!(!begin("a.test").await);
        let (a, b) = (host("a.test").await.unwrap(), host("b.test").await.unwrap());
        assert_eq!((a.software.as_str(), a.software_version.as_str(), a.software_checked_at), ("mastodon", "4.3.1", Some(begun)));
        assert_eq!((b.software.as_str(), b.software_version.as_str(), b.software_checked_at), ("", "", Some(begun)));
        assert!(host("c.test").await.is_none());
        db.advance(1);
        assert!(begin("a.test").await && begin("b.test").await);
        let a = host("a.test").await.unwrap();
        assert_eq!((a.software.as_str(), a.software_checked_at), ("mastodon", Some(db.now())), "what was known stays");
        // Nothing is sent to a host because it was asked, and what is sent later is not held up by that.
        assert_eq!(names(&claim(db, "a", false).await), ["a.test"]);
        assert_eq!(send(db, ["b.test"]).await, ["b.test"]);
        assert_eq!(names(&claim(db, "a", false).await), ["b.test"]);
    }

    async fn of_two_who_would_ask_at_once_one_does(db) {
        for _ in 0..2 {
            let begin = || db.write(|tx| async move { hosts::begin_software_check(&tx, "a.test", LEASE_MS).await });
            let begun = tokio::join!(begin(), begin(), begin(), begin());
            assert_eq!([begun.0, begun.1, begun.2, begun.3].into_iter().filter(|begun| *begun).count(), 1);
            db.advance(LEASE_MS);
        }
    }
}
