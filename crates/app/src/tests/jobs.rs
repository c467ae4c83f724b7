//! The runner: retries, dead letters, unique keys, panics, a graceful stop.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::sql;
use tokio_util::sync::CancellationToken;

use crate::jobs::{self, Job, Workers};
use crate::queue::{Expire, Outcome, Payload, enqueue, enqueue_in};
use crate::testing::{DAY_MS, HOUR_MS, World};
use crate::{App, Error, Result, request, stories};

/// A job that does as it is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct Scripted {
    way: String,
    key: Option<String>,
}

impl Payload for Scripted {
    const KIND: &'static str = "scripted";
    const LANE: Lane = Lane::Mail;
    const TRIES: i64 = 4;

    fn unique_key(&self) -> Option<String> {
        self.key.clone()
    }
}

impl Job for Scripted {
    async fn run(self, _: &App) -> Result<Outcome> {
        match self.way.as_str() {
            "fail" => Err(Error::internal("it failed")),
            "later" => Ok(Outcome::RetryAfter(5_000, "not yet".into())),
            "discard" => Ok(Outcome::Discard("no use".into())),
            "panic" => panic!("as told"),
            "hang" => std::future::pending().await,
            "request" => Ok(Outcome::Discard(format!("of request {}", request::id().unwrap_or_default()))),
            _ => Ok(Outcome::Done),
        }
    }
}

fn told(way: &str) -> Scripted {
    Scripted { way: way.into(), key: None }
}

async fn enqueued(world: &World, job: Scripted) {
    world.write(move |tx| async move { enqueue(&tx, &job).await }).await;
}

/// Attempts, milliseconds until it is due, last error, of each job that is queued or dead.
async fn queued(world: &World) -> Vec<(i64, i64, Option<String>)> {
    let now = world.now();
    let rows: Vec<(i64, i64, Option<String>)> =
        world.read(|r| async move { Ok(r.all(sql!("SELECT attempts, run_at, last_error FROM jobs ORDER BY id"), store::args![]).await?) }).await;
    rows.into_iter().map(|(attempts, run_at, error)| (attempts, run_at - now, error)).collect()
}

stories! {
    async fn a_failing_job_is_tried_again_after_growing_pauses_and_then_laid_aside(world: World) {
        enqueued(&world, told("fail")).await;
        let mut shortest = 2_000;
        for attempt in 1..Scripted::TRIES {
            world.drain_jobs().await;
            let (attempts, pause, error) = queued(&world).await.remove(0);
            assert_eq!((attempts, error.as_deref()), (attempt, Some("it failed")));
            assert!((shortest..=shortest * 3 / 2).contains(&pause), "try {attempt}: {pause} ms");
            shortest *= 2;
            world.advance(pause - 1);
            world.drain_jobs().await;
            assert_eq!(queued(&world).await[0].0, attempt, "not before its time");
            world.advance(1);
        }
        world.drain_jobs().await;
        let dead = jobs::dead(&world.app).await.unwrap();
        assert_eq!(dead.iter().map(|d| (d.kind.as_str(), d.attempts, d.last_error.as_deref())).collect::<Vec<_>>(), [("scripted", 4, Some("it failed"))]);
        world.advance(DAY_MS);
        world.drain_jobs().await;
        assert_eq!(queued(&world).await[0].0, 4, "the dead are left alone");
        assert_eq!(jobs::revive(&world.app, None).await.unwrap(), 1);
        world.drain_jobs().await;
        assert_eq!(queued(&world).await[0].0, 1, "until they are revived");
    }

    async fn a_job_says_itself_when_it_wants_to_run_again_or_not_at_all(world: World) {
        enqueued(&world, told("later")).await;
        enqueued(&world, told("discard")).await;
        world.drain_jobs().await;
        assert_eq!(queued(&world).await, [(1, 5_000, Some("not yet".into()))]);
        assert!(jobs::dead(&world.app).await.unwrap().is_empty());
    }

    async fn a_panic_in_a_job_is_a_failed_try_and_harms_no_other(world: World) {
        enqueued(&world, told("panic")).await;
        enqueued(&world, told("well")).await;
        world.drain_jobs().await;
        let left = queued(&world).await;
        assert_eq!(left.len(), 1);
        assert_eq!((left[0].0, left[0].2.as_deref()), (1, Some("the job panicked")));
    }

    async fn a_job_of_a_newer_version_waits_for_it(world: World) {
        world.write(|tx| async move {
            let new = store::jobs::NewJob { kind: "from_the_future", payload: "{}".into(), lane: Lane::Bulk, delay_ms: 0, unique_key: None, request_id: None };
            Ok(store::jobs::enqueue(&tx, new).await?)
        }).await;
        world.drain_jobs().await;
        let (attempts, pause, error) = queued(&world).await.remove(0);
        assert_eq!((attempts, pause, error.unwrap().as_str()), (1, 6 * HOUR_MS, "this version knows no job from_the_future"));
    }

    async fn an_equal_job_is_queued_once_until_it_is_claimed(world: World) {
        let keyed = |way: &str| Scripted { way: way.into(), key: Some("one".into()) };
        enqueued(&world, keyed("later")).await;
        enqueued(&world, keyed("later")).await;
        assert_eq!(queued(&world).await.len(), 1);
        world.drain_jobs().await;
        enqueued(&world, keyed("later")).await;
        assert_eq!(queued(&world).await.len(), 2, "what has begun may have missed the news");
        world.write(|tx| async move { enqueue(&tx, &Expire {}).await?; enqueue(&tx, &Expire {}).await }).await;
        assert_eq!(queued(&world).await.len(), 3);
    }

    async fn a_job_that_never_was_committed_never_runs(world: World) {
        let failed: Result<()> = world.app.write(|tx| async move { enqueue(&tx, &told("fail")).await?; Err(Error::forbidden()) }).await;
        assert!(failed.is_err() && queued(&world).await.is_empty());
    }

    async fn a_delayed_job_waits(world: World) {
        world.write(|tx| async move { enqueue_in(&tx, &told("well"), 1_000).await }).await;
        world.advance(999);
        world.drain_jobs().await;
        assert_eq!(queued(&world).await, [(0, 1, None)]);
        world.advance(1);
        world.drain_jobs().await;
        assert!(queued(&world).await.is_empty());
    }

    async fn a_job_of_a_dead_worker_is_taken_over_when_its_lease_ends(world: World) {
        enqueued(&world, told("well")).await;
        world.write(|tx| async move { Ok(store::jobs::claim(&tx, Lane::Mail, 9, 60_000).await?) }).await;
        world.drain_jobs().await;
        assert_eq!(queued(&world).await.len(), 1);
        world.advance(60_000);
        world.drain_jobs().await;
        assert!(queued(&world).await.is_empty());
    }

    async fn a_job_belongs_to_the_request_that_caused_it(world: World) {
        let app = world.app.clone();
        request::within(Some("r1".into()), async move { app.write(|tx| async move { enqueue(&tx, &told("request")).await }).await.unwrap() }).await;
        let claimed = world.write(|tx| async move { Ok(store::jobs::claim(&tx, Lane::Mail, 9, 60_000).await?.1) }).await;
        assert_eq!(claimed[0].request_id.as_deref(), Some("r1"));
    }

    async fn jobs_that_take_long_keep_only_their_own_places(world: World) {
        for way in ["hang", "hang", "hang"] {
            enqueued(&world, told(way)).await;
        }
        for _ in 0..20 {
            enqueued(&world, told("well")).await;
        }
        let stop = CancellationToken::new();
        let workers = Workers::start(&world.app, &stop);
        while queued(&world).await.len() > 3 {
            tokio::task::yield_now().await;
        }
        assert!(queued(&world).await.iter().all(|(attempts, _, error)| *attempts == 1 && error.is_none()), "they run still");
        // However busy the lane is, what runs in it stays its workers' own.
        enqueued(&world, told("hang")).await;
        while queued(&world).await.iter().any(|(attempts, ..)| *attempts == 0) {
            tokio::task::yield_now().await;
        }
        enqueued(&world, told("well")).await;
        stop.cancel();
        workers.stopped().await;
        assert_eq!(queued(&world).await.iter().map(|(attempts, ..)| *attempts).collect::<Vec<_>>(), [0; 5], "no more side by side than there is room for");
    }

    async fn workers_run_what_is_enqueued_and_give_back_what_they_cannot_end(world: World) {
        let stop = CancellationToken::new();
        let workers = Workers::start(&world.app, &stop);
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let mut events = world.app.bus.listen();
        bob.follows(&alice).await;
        // The notification is the work of a worker.
        while !matches!(events.recv().await.unwrap(), crate::bus::Event::Notification { .. }) {}
        enqueued(&world, told("hang")).await;
        while queued(&world).await.iter().all(|(attempts, ..)| *attempts == 0) {
            tokio::task::yield_now().await;
        }
        stop.cancel();
        workers.stopped().await;
        let left = queued(&world).await;
        assert_eq!(left.iter().map(|(attempts, due, _)| (*attempts, *due)).collect::<Vec<_>>(), [(0, 0)], "as if it had never been claimed");
    }
}
