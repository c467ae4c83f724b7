//! Whose a row is and how long it counts: each statement with a row that it must leave alone.

use super::world::{Database, stories};
use crate::ids::Generator;
use crate::jobs::{self, Lane, NewJob};
use crate::media::{self, KIND_IMAGE, Words};
use crate::notifications::{self, Cause, NewNotification};
use crate::oauth::{self, NewApplication, NewGrant};
use crate::push_subscriptions::{self as subscriptions, PushSubscription};
use crate::scheduled::{self, Scheduled};
use crate::{AccountId, ApplicationId, MediaId, ScheduledStatusId, StatusId, TokenId, UserId, accounts, leases, pins, statuses, tombstones};

const LEASE_MS: i64 = 60_000;

fn job(kind: &'static str, lane: Lane) -> NewJob {
    NewJob { kind, payload: "{}".into(), lane, delay_ms: 0, unique_key: None, request_id: None }
}

async fn enqueue(db: &Database, job: NewJob) {
    assert!(db.write(move |tx| async move { jobs::enqueue(&tx, job).await }).await);
}

async fn claim(db: &Database, lane: Lane) -> Vec<String> {
    let (_, jobs) = db.write(move |tx| async move { jobs::claim(&tx, lane, 9, LEASE_MS).await }).await;
    jobs.into_iter().map(|job| job.kind).collect()
}

async fn application(db: &Database, client_id: &'static str) -> ApplicationId {
    let new = NewApplication {
        name: "Client".into(),
        website: None,
        redirect_uris: "https://client.test/".into(),
        scopes: "read".into(),
        client_id: client_id.into(),
        secret_hash: vec![1],
        superapp: false,
    };
    db.write(move |tx| async move { oauth::insert_application(&tx, &new).await }).await
}

/// A token with a subscription for pushes.
async fn token(db: &Database, app: ApplicationId, user: UserId, hash: u8) -> TokenId {
    db.write(move |tx| async move {
        let token = TokenId(tx.next_id());
        oauth::insert_token(&tx, token, app, Some(user), &[hash], "read").await?;
        let id = subscriptions::next_id(&tx).await?;
        let subscription = PushSubscription {
            id,
            token_id: token,
            user_id: user,
            endpoint: "https://push.test/".into(),
            key_p256dh: "key".into(),
            sealed_key_auth: vec![1],
            standard: true,
            policy: "all".into(),
            alerts: "{}".into(),
            failed_at: None,
        };
        subscriptions::replace(&tx, &subscription).await?;
        Ok(token)
    })
    .await
}

async fn grant(db: &Database, app: ApplicationId, user: UserId, code: u8) {
    let grant = NewGrant {
        application_id: app,
        user_id: user,
        code_hash: vec![code],
        redirect_uri: "https://client.test/".into(),
        scopes: "read".into(),
        code_challenge: None,
        lifetime_ms: 600,
    };
    db.write(move |tx| async move { oauth::insert_grant(&tx, &grant).await }).await;
}

async fn picture(db: &Database, account: AccountId) -> MediaId {
    db.write(move |tx| async move {
        let id = media::insert(&tx, account, KIND_IMAGE, &Words::default()).await?;
        media::complete(&tx, id, "blur").await?;
        Ok(id)
    })
    .await
}

async fn scheduled_by(db: &Database, account: AccountId) -> ScheduledStatusId {
    db.write(move |tx| async move {
        let id = ScheduledStatusId(tx.next_id());
        scheduled::insert(&tx, &Scheduled { id, account_id: account, scheduled_at: 1, params: "{}".into() }).await?;
        Ok(id)
    })
    .await
}

stories! {
    async fn a_worker_gets_the_jobs_of_its_own_lane(db) {
        for lane in Lane::ALL {
            enqueue(db, job(lane.name(), lane)).await;
        }
        for lane in Lane::ALL.into_iter().rev() {
            assert_eq!(claim(db, lane).await, [lane.name()]);
        }
    }

    async fn only_a_job_that_is_due_wakes_a_worker(db) {
        db.committed();
        enqueue(db, NewJob { delay_ms: 1, ..job("later", Lane::Mail) }).await;
        assert!(db.committed().iter().all(|commit| commit.lanes == 0));
        enqueue(db, job("now", Lane::Mail)).await;
        assert_eq!(db.committed().iter().map(|commit| commit.lanes).collect::<Vec<_>>(), [1 << (Lane::Mail as u32)]);
    }

    async fn giving_all_back_hurries_no_job_that_waits(db) {
        enqueue(db, NewJob { delay_ms: 50, ..job("waits", Lane::Bulk) }).await;
        enqueue(db, job("claimed", Lane::Bulk)).await;
        claim(db, Lane::Bulk).await;
        assert_eq!(db.write(|tx| async move { jobs::give_back_all(&tx).await }).await, 1);
        assert_eq!(claim(db, Lane::Bulk).await, ["claimed"]);
        db.advance(50);
        assert_eq!(claim(db, Lane::Bulk).await, ["waits"]);
    }

    async fn a_dead_job_is_neither_claimed_nor_given_back(db) {
        enqueue(db, job("dead", Lane::Bulk)).await;
        let (lease, jobs) = db.write(move |tx| async move { jobs::claim(&tx, Lane::Bulk, 9, LEASE_MS).await }).await;
        let id = jobs[0].id;
        db.write(move |tx| async move { jobs::bury(&tx, lease, id, "x").await }).await;
        assert_eq!(db.write(|tx| async move { jobs::give_back_all(&tx).await }).await, 0);
        db.advance(2 * LEASE_MS);
        assert!(claim(db, Lane::Bulk).await.is_empty());
    }

    async fn a_lease_counts_for_its_name_and_its_owner(db) {
        let take = |name: &'static str, owner: &'static str| db.write(move |tx| async move { leases::take(&tx, name, owner, 100).await });
        assert!(take("one", "a").await && take("two", "b").await);
        db.write(|tx| async move { leases::release(&tx, "one", "b").await }).await;
        assert!(!take("one", "b").await && !take("two", "a").await);
        db.write(|tx| async move { leases::release(&tx, "one", "a").await }).await;
        assert!(take("one", "b").await && !take("two", "a").await);
    }

    async fn a_token_is_given_again_to_its_own_application_alone(db) {
        let ((_, user), (_, other)) = (db.login().await, db.login().await);
        let (mine, foreign) = (application(db, "mine").await, application(db, "foreign").await);
        let id = token(db, mine, user, 1).await;
        let same = |app, user| db.read(move |r| async move { Ok(oauth::find_same_token(&r, app, Some(user), "read").await?.map(|(id, _)| id)) });
        assert_eq!((same(mine, user).await, same(foreign, user).await, same(mine, other).await), (Some(id), None, None));
        db.write(move |tx| async move { oauth::revoke_token(&tx, id).await }).await;
        assert_eq!(same(mine, user).await, None, "a revoked one is not given again");
    }

    async fn revoking_ends_codes_and_pushes_of_that_user_alone(db) {
        let ((_, user), (_, other), app) = (db.login().await, db.login().await, application(db, "client").await);
        let (first, _, theirs) = (token(db, app, user, 1).await, token(db, app, user, 2).await, token(db, app, other, 3).await);
        grant(db, app, user, 1).await;
        grant(db, app, other, 2).await;
        let pushed = |token| db.read(move |r| async move { Ok(subscriptions::find_of_token(&r, token).await?.is_some()) });
        db.write(move |tx| async move { oauth::revoke_token(&tx, first).await }).await;
        assert_eq!((pushed(first).await, db.count("web_push_subscriptions").await, db.count("oauth_grants").await), (false, 2, 2));
        db.write(move |tx| async move { oauth::revoke_tokens_of_user(&tx, user).await }).await;
        assert_eq!((pushed(theirs).await, db.count("web_push_subscriptions").await), (true, 1));
        let take = |code: u8| db.write(move |tx| async move { Ok(oauth::take_grant(&tx, app, &[code]).await?.is_some()) });
        assert_eq!((take(1).await, take(2).await), (false, true));
    }

    async fn what_a_moderator_decided_is_not_lifted(db) {
        let account = db.account().await;
        for (uri, by_moderator) in [("https://a.test/1", false), ("https://a.test/2", true)] {
            db.write(move |tx| async move { tombstones::insert(&tx, uri, Some(account), by_moderator).await }).await;
        }
        let lift = |uri: &'static str| db.write(move |tx| async move { tombstones::lift(&tx, uri).await });
        assert_eq!((lift("https://a.test/1").await, lift("https://a.test/2").await, lift("https://a.test/3").await), (true, false, false));
        let exists = |uri: &'static str| db.read(move |r| async move { tombstones::exists(&r, uri).await });
        assert_eq!((exists("https://a.test/1").await, exists("https://a.test/2").await), (false, true));
        db.write(move |tx| async move { tombstones::insert(&tx, "https://a.test/2", Some(account), false).await }).await;
        assert!(!lift("https://a.test/2").await, "the author's word does not make it theirs");
    }

    async fn a_deleted_status_takes_no_place_among_the_pins(db) {
        let (me, other) = (db.user().await, db.user().await);
        let statuses = [db.posts(me).await, db.posts(me).await, db.posts(other).await];
        db.write(move |tx| async move {
            for (account, status) in [(me, statuses[0]), (me, statuses[1]), (other, statuses[2])] {
                pins::insert(&tx, account, status).await?;
            }
            Ok(())
        }).await;
        let count = |account| db.read(move |r| async move { pins::count(&r, account).await });
        assert_eq!((count(me).await, count(other).await), (2, 1));
        db.write(move |tx| async move { statuses::mark_deleted(&tx, statuses[0]).await }).await;
        assert_eq!(count(me).await, 1);
        assert!(!db.write(move |tx| async move { pins::delete(&tx, other, statuses[1]).await }).await);
        assert_eq!(count(me).await, 1);
    }

    async fn a_notification_of_a_suspended_account_is_not_found(db) {
        let (me, fan) = (db.user().await, db.user().await);
        let new = NewNotification { account_id: me, from_account_id: fan, cause: Cause::Follow(crate::FollowId(1)) };
        let id = db.write(move |tx| async move { notifications::insert(&tx, &new, None).await }).await.unwrap();
        let found = || db.read(move |r| async move { Ok(notifications::find(&r, me, id).await?.is_some()) });
        assert!(found().await);
        db.write(move |tx| async move { accounts::suspend(&tx, fan).await }).await;
        assert!(!found().await);
    }

    async fn a_picture_in_use_goes_nowhere_else(db) {
        let (me, other) = (db.user().await, db.user().await);
        let (status, next) = (db.posts(me).await, db.posts(me).await);
        let (mine, later) = (scheduled_by(db, me).await, scheduled_by(db, me).await);
        let [free, attached, held, former, foreign] =
            [picture(db, me).await, picture(db, me).await, picture(db, me).await, picture(db, me).await, picture(db, other).await];
        let queued = db.write(move |tx| async move { media::insert(&tx, me, KIND_IMAGE, &Words::default()).await }).await;
        let replace = |status: StatusId, ids: Vec<MediaId>| db.write(move |tx| async move { media::replace(&tx, me, status, &ids).await });
        let hold = |scheduled, id: MediaId| db.write(move |tx| async move { media::hold(&tx, me, scheduled, &[id]).await });
        let attach = |id| db.write(move |tx| async move { media::attach(&tx, id, me, next, 0).await });
        assert!(replace(status, vec![attached, former]).await && replace(status, vec![attached]).await && hold(mine, held).await);
        for (id, what) in [(attached, "attached"), (held, "held"), (former, "of an earlier version"), (foreign, "another's"), (queued, "not ready")] {
            assert!(!attach(id).await, "attach, {what}");
            assert!(!hold(later, id).await, "hold, {what}");
            assert!(!replace(next, vec![id]).await, "replace, {what}");
        }
        assert!(replace(status, vec![former, attached]).await, "its own status may have it again");
        assert!(hold(later, free).await && !attach(free).await);
        db.write(move |tx| async move { media::release(&tx, later).await }).await;
        assert!(attach(free).await);
    }
}

#[test]
fn a_floor_is_raised_and_never_lowered() {
    let ids = Generator::default();
    ids.raise_floor(500 << 16);
    ids.raise_floor(3);
    assert_eq!(ids.floor(), 500 << 16);
    let next = ids.next(1, 0);
    assert_eq!((next, ids.floor()), ((500 << 16) + 1, (500 << 16) + 1), "though the clock went back");
    assert_eq!((ids.next(1, 9), ids.next(600, 7), ids.next(600, 7)), ((500 << 16) + 2, (600 << 16) | 7, (600 << 16) | 8));
}
