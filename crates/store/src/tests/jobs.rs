//! The job table.

use super::world::{Database, sorted, stories};
use crate::jobs::{self, Claimed, Lane, NewJob};
use crate::{JobId, Tx};

const LEASE_MS: i64 = 60_000;

fn job(kind: &'static str) -> NewJob {
    NewJob { kind, payload: r#"{"id":1}"#.into(), lane: Lane::Interactive, delay_ms: 0, unique_key: None, request_id: None }
}

async fn enqueue(db: &Database, job: NewJob) -> bool {
    db.write(move |tx| async move { jobs::enqueue(&tx, job).await }).await
}

async fn claim(db: &Database, limit: i64) -> (i64, Vec<Claimed>) {
    db.write(move |tx| async move { jobs::claim(&tx, Lane::Interactive, limit, LEASE_MS).await }).await
}

async fn kinds(db: &Database, limit: i64) -> Vec<String> {
    sorted(claim(db, limit).await.1.into_iter().map(|job| job.kind).collect())
}

/// Enqueues and claims one job.
async fn claimed(db: &Database) -> (i64, JobId) {
    enqueue(db, job("one")).await;
    let (lease, jobs) = claim(db, 1).await;
    (lease, jobs[0].id)
}

stories! {
    async fn a_claimed_job_is_what_was_enqueued(db) {
        enqueue(db, NewJob { request_id: Some("req".into()), ..job("kind") }).await;
        let (_, jobs) = claim(db, 10).await;
        assert_eq!(jobs.len(), 1);
        let claimed = &jobs[0];
        assert_eq!((claimed.kind.as_str(), claimed.payload.as_str(), claimed.attempts), ("kind", r#"{"id":1}"#, 1));
        assert_eq!((claimed.request_id.as_deref(), claimed.created_at), (Some("req"), db.now()));
        assert!(claim(db, 10).await.1.is_empty(), "nobody else gets it");
    }

    async fn the_longest_due_jobs_are_claimed_first_and_no_more_than_asked(db) {
        for (kind, delay_ms) in [("third", 20), ("first", 0), ("fourth", 30), ("second", 10)] {
            enqueue(db, NewJob { delay_ms, ..job(kind) }).await;
        }
        db.advance(30);
        assert_eq!(kinds(db, 2).await, ["first", "second"]);
        assert_eq!(kinds(db, 1).await, ["third"]);
        assert_eq!(kinds(db, 9).await, ["fourth"]);
    }

    async fn a_job_is_claimed_when_its_time_has_come_and_by_its_lane_only(db) {
        enqueue(db, NewJob { delay_ms: 50, ..job("later") }).await;
        enqueue(db, NewJob { lane: Lane::Mail, ..job("mail") }).await;
        db.advance(49);
        assert!(kinds(db, 9).await.is_empty());
        let due = |lane| db.read(move |r| async move { jobs::next_due(&r, lane).await });
        assert_eq!((due(Lane::Interactive).await, due(Lane::Bulk).await), (Some(db.now() + 1), None));
        db.advance(1);
        assert_eq!(kinds(db, 9).await, ["later"]);
    }

    async fn a_job_whose_worker_died_becomes_due_again(db) {
        let (old_lease, id) = claimed(db).await;
        db.advance(LEASE_MS - 1);
        assert!(kinds(db, 9).await.is_empty());
        db.advance(1);
        let (new_lease, jobs) = claim(db, 9).await;
        assert_eq!((jobs[0].id, jobs[0].attempts), (id, 2));
        assert_ne!(old_lease, new_lease);
    }

    async fn a_worker_that_lost_its_lease_can_do_nothing_to_the_job(db) {
        let (lost, id) = claimed(db).await;
        db.advance(LEASE_MS);
        let (held, _) = claim(db, 9).await;
        let touched = db.write(move |tx| async move {
            Ok([
                jobs::complete(&tx, lost, &[id]).await?,
                jobs::retry(&tx, lost, id, 0, "late").await?,
                jobs::give_back(&tx, lost, &[id], 0).await?,
                jobs::extend(&tx, lost, &[id], 1).await?,
                jobs::bury(&tx, lost, id, "late").await?,
            ])
        }).await;
        assert_eq!(touched, [0; 5]);
        assert_eq!(db.write(move |tx| async move { jobs::complete(&tx, held, &[id]).await }).await, 1);
        assert_eq!(db.count("jobs").await, 0);
    }

    async fn a_batch_is_completed_at_once(db) {
        for _ in 0..3 {
            enqueue(db, job("batch")).await;
        }
        let (lease, jobs) = claim(db, 9).await;
        let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
        assert_eq!(db.write(move |tx| async move { jobs::complete(&tx, lease, &ids[..2]).await }).await, 2);
        assert_eq!(db.count("jobs").await, 1);
    }

    async fn an_extended_lease_holds_longer(db) {
        let (lease, id) = claimed(db).await;
        db.advance(LEASE_MS - 1);
        assert_eq!(db.write(move |tx| async move { jobs::extend(&tx, lease, &[id], LEASE_MS).await }).await, 1);
        db.advance(LEASE_MS - 1);
        assert!(kinds(db, 9).await.is_empty());
        db.advance(1);
        assert_eq!(kinds(db, 9).await, ["one"]);
    }

    async fn an_equal_job_is_not_enqueued_while_one_waits_but_is_once_it_was_claimed(db) {
        let keyed = |kind: &'static str, key: &str| NewJob { unique_key: Some(key.into()), ..job(kind) };
        assert!(enqueue(db, keyed("kind", "a")).await);
        db.committed();
        assert!(!enqueue(db, keyed("kind", "a")).await);
        assert!(db.committed().is_empty(), "nobody is woken for nothing");
        assert!(enqueue(db, keyed("kind", "b")).await);
        assert!(enqueue(db, keyed("other", "a")).await);
        assert!(enqueue(db, job("kind")).await && enqueue(db, job("kind")).await);
        assert_eq!(claim(db, 9).await.1.len(), 5);
        assert!(enqueue(db, keyed("kind", "a")).await);
    }

    async fn a_failed_job_is_tried_again_after_its_delay(db) {
        let (lease, id) = claimed(db).await;
        assert_eq!(db.write(move |tx| async move { jobs::retry(&tx, lease, id, 500, "no answer").await }).await, 1);
        db.advance(499);
        assert!(kinds(db, 9).await.is_empty());
        db.advance(1);
        assert_eq!(claim(db, 9).await.1[0].attempts, 2);
    }

    async fn a_job_given_back_is_due_at_once_or_later_and_its_try_not_counted(db) {
        let (lease, id) = claimed(db).await;
        assert_eq!(db.write(move |tx| async move { jobs::give_back(&tx, lease, &[id], 0).await }).await, 1);
        let (lease, jobs) = claim(db, 9).await;
        assert_eq!(jobs[0].attempts, 1);
        db.write(move |tx| async move { jobs::give_back(&tx, lease, &[id], 500).await }).await;
        db.advance(499);
        assert!(claim(db, 9).await.1.is_empty());
        db.advance(1);
        assert_eq!(claim(db, 9).await.1[0].attempts, 1);
    }

    async fn a_process_that_is_alone_takes_back_all_that_was_claimed(db) {
        let (lease, id) = claimed(db).await;
        assert_eq!(db.write(|tx| async move { jobs::give_back_all(&tx).await }).await, 1);
        assert_eq!(db.write(move |tx| async move { jobs::complete(&tx, lease, &[id]).await }).await, 0);
        let (_, again) = claim(db, 10).await;
        assert_eq!(again.iter().map(|job| (job.id, job.attempts)).collect::<Vec<_>>(), [(id, 2)]);
    }

    async fn a_buried_job_is_kept_seen_and_revived(db) {
        let (lease, id) = claimed(db).await;
        let (other_lease, other) = claimed(db).await;
        db.advance(5);
        let buried_at = db.now();
        db.write(move |tx| async move {
            assert_eq!(jobs::bury(&tx, lease, id, "hopeless").await?, 1);
            jobs::bury(&tx, other_lease, other, "hopeless too").await
        }).await;
        db.advance(LEASE_MS);
        assert!(kinds(db, 9).await.is_empty());
        let (dead, count, due) = db.read(|r| async move {
            Ok((jobs::list_dead(&r, 10).await?, jobs::count_dead(&r).await?, jobs::next_due(&r, Lane::Interactive).await?))
        }).await;
        assert_eq!((dead.len(), count, due), (2, 2, None));
        let letter = dead.iter().find(|letter| letter.id == id).unwrap();
        assert_eq!((letter.last_error.as_deref(), letter.attempts, letter.dead_at), (Some("hopeless"), 1, buried_at));
        assert_eq!((letter.kind.as_str(), letter.payload.as_str()), ("one", r#"{"id":1}"#));
        db.committed();
        assert_eq!(db.write(move |tx| async move { jobs::revive(&tx, Some(id)).await }).await, 1);
        assert_eq!(db.committed()[0].lanes, 1 << (Lane::Interactive as u32));
        let (_, jobs) = claim(db, 9).await;
        assert_eq!((jobs.len(), jobs[0].id, jobs[0].attempts), (1, id, 1));
        assert_eq!(db.write(|tx| async move { jobs::revive(&tx, None).await }).await, 1);
        assert_eq!(db.write(|tx| async move { jobs::revive(&tx, None).await }).await, 0);
    }

    async fn old_dead_letters_are_deleted(db) {
        for _ in 0..3 {
            let (lease, id) = claimed(db).await;
            db.write(move |tx| async move { jobs::bury(&tx, lease, id, "x").await }).await;
            db.advance(10);
        }
        enqueue(db, job("alive")).await;
        let delete = |before, limit| db.write(move |tx| async move { jobs::delete_dead(&tx, before, limit).await });
        let last = db.now() - 10;
        assert_eq!(delete(last, 1).await, 1);
        assert_eq!(delete(last, 9).await, 1);
        assert_eq!(delete(last, 9).await, 0);
        assert_eq!(db.count("jobs").await, 2);
    }

    async fn lanes_are_counted_without_dead_letters(db) {
        let (lease, id) = claimed(db).await;
        db.write(move |tx| async move { jobs::bury(&tx, lease, id, "x").await }).await;
        enqueue(db, NewJob { lane: Lane::Bulk, delay_ms: 7, ..job("a") }).await;
        enqueue(db, NewJob { lane: Lane::Bulk, delay_ms: 9, ..job("b") }).await;
        enqueue(db, NewJob { lane: Lane::Ingress, ..job("c") }).await;
        let counts = db.read(|r| async move { jobs::counts(&r).await }).await;
        let counts: Vec<_> = counts.into_iter().map(|c| (c.lane, c.queued, c.oldest_run_at)).collect();
        assert_eq!(counts, [(1, 1, Some(db.now())), (6, 2, Some(db.now() + 7))]);
    }

    async fn workers_that_claim_at_once_never_get_the_same_job(db) {
        db.write(|tx: Tx| async move {
            for _ in 0..60 {
                jobs::enqueue(&tx, job("many")).await?;
            }
            Ok(())
        }).await;
        let claims: Vec<_> = (0..6).map(|_| {
            let store = db.db.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let (_, jobs) = store.write(|tx| async move { jobs::claim(&tx, Lane::Interactive, 4, LEASE_MS).await }).await.unwrap();
                    if jobs.is_empty() {
                        return mine;
                    }
                    assert!(jobs.len() <= 4, "{}", jobs.len());
                    mine.extend(jobs.into_iter().map(|job| job.id));
                }
            })
        }).collect();
        let mut all = Vec::new();
        for claim in claims {
            all.extend(claim.await.unwrap());
        }
        assert_eq!(all.len(), 60);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 60);
    }
}

#[test]
fn lanes_have_names_of_their_own() {
    let mut names: Vec<_> = Lane::ALL.iter().map(|lane| lane.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Lane::ALL.len());
    for (number, lane) in Lane::ALL.into_iter().enumerate() {
        assert_eq!(lane as usize, number, "the numbers are stored");
    }
}
